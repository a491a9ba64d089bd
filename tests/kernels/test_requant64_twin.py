"""kernels/eo_requant64.h == quantmath.py, with and without DSP instructions and a long multiply."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from support.host import SANITIZE, STRICT, host_compiler

from edgeopt import quantmath, resources
from edgeopt.ir import Array

SUMS = [*(sign * (2**bits + off) for bits in (0, 7, 15, 16, 30, 31, 46) for off in (-1, 0, 1) for sign in (-1, 1))]
EDGES = np.array(sorted({*SUMS, 0, 2**47 - 1, -(2**47) + 1}))
MULTIPLIERS = np.array([0, 2**30, 2**30 + 2**15, 3 * 2**29, 2**31 - 2**16 - 1, 2**31 - 2**15, 2**31 - 1])

# rows of int64 in: sum, Q31 multiplier, multiplier of 15 bits, shift; rows of int32 out: by 64, by 32 bits, by code,
# by the Q31 multiplier, which is as good a one of Q32
PROGRAM = """
#include <stdio.h>
#include "eo_requant64.h"

int main(void) {
    int64_t row[4];
    while (fread(row, sizeof row, 1, stdin) == 1) {
        const int32_t q31 = (int32_t)row[1], q15 = (int32_t)row[2];
        const int shift = (int)row[3];
        const int is_short = row[0] >= INT32_MIN && row[0] <= INT32_MAX;
        const int32_t sum = is_short ? (int32_t)row[0] : 0;
        int32_t out[5];
        out[0] = eo_requantize64(row[0], q15, shift);
        out[1] = is_short && shift <= -2 ? eo_requantize_q15(sum, q15, shift) : out[0];
        out[2] = is_short ? eo_requantize_by_code(sum, q15, shift <= -2 ? shift : shift + EO_LONG) : out[0];
        out[3] = eo_requantize_by_code(sum, q31, shift + EO_DOUBLE);
        out[4] = eo_requantize_q32(sum, q31);
        fwrite(out, sizeof out, 1, stdout);
    }
    return 0;
}
"""


def cases(rng: np.random.Generator) -> Array:
    """[n, 3] int64 of sum, Q31 multiplier and shift: edges with every shift, and random ones."""
    grid = np.array(np.meshgrid(EDGES, MULTIPLIERS, np.arange(-31, 8))).reshape(3, -1).T
    count = 100_000
    bits = rng.uniform(1, 47, count)
    sums = np.rint(rng.uniform(-1, 1, count) * 2.0**bits)
    random = np.stack([sums, rng.integers(2**30, 2**31, count), rng.integers(-31, 8, count)], axis=1)
    return np.concatenate([grid, random.astype(np.int64)])


@pytest.mark.parametrize("path", ["-DEO_HAS_LONG_MULTIPLY=1", "-DEO_HAS_LONG_MULTIPLY=0", "-DEO_HAS_DSP=1"])
def test_c_equals_numpy(path: str, tmp_path: Path, rng: np.random.Generator) -> None:
    source, program = tmp_path / "twin.c", tmp_path / "twin"
    source.write_text(PROGRAM)
    include = f"-I{resources.kernels_dir()}"
    argv = [host_compiler(), "-std=c99", "-O2", *STRICT, *SANITIZE, path, include, str(source), "-o", str(program)]
    subprocess.run(argv, check=True)
    sums, multipliers, shifts = cases(rng).T
    rows = np.stack([sums, multipliers, quantmath.reduced_multiplier(multipliers), shifts], axis=1)
    done = subprocess.run([str(program)], input=rows.astype(np.int64).tobytes(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[:2000]
    got = np.frombuffer(done.stdout, np.int32).reshape(-1, 5)
    once = quantmath.requantize64(sums, multipliers, shifts)
    for column in range(3):
        np.testing.assert_array_equal(got[:, column], once)
    fits = np.abs(sums) < 2**31
    twice = quantmath.requantize(np.where(fits, sums, 0), multipliers, shifts)
    np.testing.assert_array_equal(got[fits, 3], twice[fits])
    once = quantmath.requantize_q32(np.where(fits, sums, 0), multipliers)
    np.testing.assert_array_equal(got[fits, 4], once[fits])

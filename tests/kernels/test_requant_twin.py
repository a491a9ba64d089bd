"""kernels/eo_requant.h == quantmath.py, with and without a long multiply, with and without DSP instructions."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from support.host import SANITIZE, STRICT, host_compiler

from edgeopt import quantmath, resources
from edgeopt.ir import Array

SEED = 11
EDGES = np.array([-(2**31), -(2**31) + 1, -(2**30), -129, -128, -2, -1, 0, 1, 2, 127, 128, 2**30 - 1, 2**30, 2**31 - 1])
MULTIPLIERS = np.array([0, 2**30, 2**30 + 1, 3 * 2**29, 2**31 - 2, 2**31 - 1])
PATHS = ["-DEO_HAS_LONG_MULTIPLY=1", "-DEO_HAS_LONG_MULTIPLY=0", "-DEO_HAS_DSP=1"]

# rows of int32 in: acc, multiplier, shift, zero point; rows of int32 out: requantized, int8 by any, int8 by narrow
PROGRAM = """
#include <stdio.h>
#include "eo_requant.h"

int main(void) {
    int32_t row[4];
    while (fread(row, sizeof row, 1, stdin) == 1) {
        const int32_t acc = row[0], multiplier = row[1], zero_point = row[3];
        const int shift = (int)row[2];
        const int is_narrow = shift >= -22 && shift < 0 && acc > -(1 << 30) && acc < 1 << 30;
        int32_t out[3];
        out[0] = eo_requantize(acc, multiplier, shift);
        out[1] = eo_requantize_any(acc, multiplier, shift + EO_WIDE, zero_point);
        out[2] = !is_narrow ? out[1]
                            : eo_requantize_narrow(acc, multiplier, eo_narrow_nudge(zero_point, -shift), -shift);
        fwrite(out, sizeof out, 1, stdout);
    }
    return 0;
}
"""


def cases() -> Array:
    """[n, 4] int32: every edge with every shift, and random ones whose results are small enough to be seen."""
    rng = np.random.default_rng(SEED)
    grid = np.array(np.meshgrid(EDGES, MULTIPLIERS, np.arange(-31, 31), [-128, 0, 127])).reshape(4, -1).T
    count = 200_000
    shifts = rng.integers(-31, 31, count)
    bits = np.clip(8 - shifts + rng.integers(-3, 4, count), 1, 31)
    acc = np.rint(rng.uniform(-1, 1, count) * 2.0**bits).clip(-(2**31), 2**31 - 1)
    multipliers = rng.integers(2**30, 2**31, count)
    random = np.stack([acc, multipliers, shifts, rng.integers(-128, 128, count)], axis=1)
    return np.concatenate([grid, random]).astype(np.int32)


@pytest.mark.parametrize("path", PATHS)
def test_c_equals_numpy(path: str, tmp_path: Path) -> None:
    source = tmp_path / "twin.c"
    source.write_text(PROGRAM)
    program = tmp_path / "twin"
    include = f"-I{resources.kernels_dir()}"
    argv = [host_compiler(), "-std=c99", "-O2", *STRICT, *SANITIZE, path, include, str(source), "-o", str(program)]
    subprocess.run(argv, check=True)
    rows = cases()
    done = subprocess.run([str(program)], input=rows.tobytes(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[:2000]
    got = np.frombuffer(done.stdout, np.int32).reshape(-1, 3)
    acc, multiplier, shift, zero_point = rows.astype(np.int64).T
    expected = quantmath.requantize(acc, multiplier, shift)
    np.testing.assert_array_equal(got[:, 0], expected)
    as_int8 = np.clip(expected + zero_point, -128, 127)
    np.testing.assert_array_equal(got[:, 1], as_int8)
    np.testing.assert_array_equal(got[:, 2], as_int8)

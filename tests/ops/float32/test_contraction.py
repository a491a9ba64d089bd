"""Products are not fused with sums, whatever the compiler does by default: the float would be another one."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from support.floats import constant, data, floats
from support.host import run_on_host
from support.proof import Case, assert_same, reference

from edgeopt import resources

FUSING = """float dot(const float *a, const float *b, int n);
float dot(const float *a, const float *b, int n) {
    float sum = 0.0f;
    for (int i = 0; i < n; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}
"""


# each with options under which it fuses
COMPILERS = {
    "arm-none-eabi-gcc": ["-std=gnu11", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    "clang": ["-std=gnu11", "--target=x86_64-linux-gnu", "-mfma", "-ffreestanding"],
}


def fused(command: list[str], source: Path, folder: Path) -> bool:
    """Whether the compiler makes fused instructions of `source`."""
    out = folder / f"{source.stem}.s"
    done = subprocess.run([*command, "-O3", "-S", str(source), "-o", str(out)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return "vfm" in out.read_text() or "vfnm" in out.read_text()


@pytest.mark.parametrize("compiler", COMPILERS)
def test_no_kernel_has_a_fused_instruction(compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"apt-get install {compiler.replace('arm-none-eabi-gcc', 'gcc-arm-none-eabi')}")
    command = [compiler, *COMPILERS[compiler]]
    (tmp_path / "fusing.c").write_text(FUSING)
    assert fused(command, tmp_path / "fusing.c", tmp_path), "these options do not fuse: nothing would be proved"
    kernels = sorted(resources.kernels_dir().glob("eo_*_f32.c"))
    assert len(kernels) >= 13
    assert [kernel.name for kernel in kernels if fused(command, kernel, tmp_path)] == []


def test_a_host_with_fused_instructions_has_the_same_bytes(tmp_path: Path, rng: np.random.Generator) -> None:
    if "fma" not in Path("/proc/cpuinfo").read_text().split():
        pytest.skip("this computer has no fused multiply-add")
    weights = constant(floats(rng, 9, 200))
    case = Case("FULLY_CONNECTED", [data(1, 200), weights], data(1, 9)).with_random_samples(rng, 4)
    flags = ["-std=gnu11", "-O3", "-mfma"]
    (outputs,) = run_on_host([case.graph()], [case.samples], tmp_path, flags=flags)
    for sample, output in zip(case.samples, outputs, strict=True):
        assert_same(output, reference(case.graph(), sample), "with -mfma")

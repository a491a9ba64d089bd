"""The C is C99 and C++11 and clean of warnings under both compilers, whatever path of the library is taken."""

import shutil
import subprocess
from pathlib import Path

import pytest
from support.host import STRICT
from support.networks import NETWORKS, mixed

from edgeopt import resources
from edgeopt.emit import model_files
from edgeopt.ir import Target
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import plan

COMPILERS = {
    "gcc": ["-std=c99"],
    "clang": ["-std=c99"],
    "g++": ["-x", "c++", "-std=c++11"],
    "clang++": ["-x", "c++", "-std=c++11"],
}
PATHS = ["-DEO_HAS_DSP=0", "-DEO_HAS_DSP=1", "-DEO_HAS_LONG_MULTIPLY=0"]


def check(compiler: str, folder: Path, *options: str) -> None:
    """All C files of `folder` pass the compiler without a word."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is missing: apt-get install {'clang' if 'clang' in compiler else 'g++'}")
    sources = sorted(path.name for path in folder.glob("*.c"))
    assert sources
    command = [compiler, *COMPILERS[compiler], *STRICT, *options, "-fsyntax-only", *sources]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[:4000]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_kernel_library(compiler: str, path: str, tmp_path: Path) -> None:
    for file in resources.kernels_dir().glob("eo_*.[ch]"):
        shutil.copy(file, tmp_path)
    for header in resources.kernels_dir().glob("eo_*.h"):  # each stands alone
        (tmp_path / f"alone_{header.stem}.c").write_text(f'#include "{header.name}"\nint alone_{header.stem};\n')
    check(compiler, tmp_path, path)


@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("name", [*NETWORKS, "mixed"])
def test_a_generated_network(name: str, compiler: str, tmp_path: Path) -> None:
    network = {**NETWORKS, "mixed": mixed}[name]
    made = plan(optimize(load_bytes(network(), name)), Target())
    for file, text in model_files(made, name).items():
        (tmp_path / file).write_text(text)
    check(compiler, tmp_path)


def test_the_library_asks_for_nothing_but_its_contract() -> None:
    """No heap, no file, no float arithmetic of the C library: these headers are all that is included."""
    allowed = {"<stdint.h>", "<stddef.h>", "<string.h>"}
    for file in resources.kernels_dir().glob("eo_*.[ch]"):
        lines = [line.split()[1] for line in file.read_text().splitlines() if line.startswith("#include")]
        assert {name for name in lines if not name.startswith('"eo_')} <= allowed, file.name

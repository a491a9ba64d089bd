"""What is shipped: wheel and sdist hold all data files, and an installed wheel works far from the checkout."""

import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

DATA_FOLDERS = {
    "boards": "boards",
    "firmware_templates": "firmware_templates",
    "edgeopt/kernels": "kernels",
    "edgeopt/energy/cells": "energy/cells",
}
OFFLINE = ("NewConnectionError", "NameResolutionError", "Temporary failure in name resolution", "ConnectTimeoutError")


@pytest.fixture(scope="session")
def dist(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist; the wheel is built from the sdist, as an installer would."""
    pytest.importorskip("hatchling", reason="pip install hatchling build")
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, project], check=True, capture_output=True
    )
    return out


def data_files(project: Path, folder: str) -> set[str]:
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", folder], cwd=project, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    found = {path for path in tracked if path and (project / path).is_file()}
    return found or {path.relative_to(project).as_posix() for path in (project / folder).rglob("*") if path.is_file()}


@pytest.mark.parametrize("folder", DATA_FOLDERS)
def test_wheel_and_sdist_hold_the_data(dist: Path, project: Path, folder: str) -> None:
    wheel = set(zipfile.ZipFile(next(dist.glob("*.whl"))).namelist())
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        sdist = {name.partition("/")[2] for name in archive.getnames()}
    files = data_files(project, folder)
    assert files
    assert files <= sdist
    assert {f"edgeopt/{DATA_FOLDERS[folder]}/{Path(file).relative_to(folder).as_posix()}" for file in files} <= wheel
    assert any(name.endswith("licenses/LICENSE") for name in wheel)


@pytest.fixture(scope="session")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `edgeopt` command of an environment that holds the wheel and what it depends on, nothing else."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=True)
    wheel = next(dist.glob("*.whl"))
    result = subprocess.run(
        [home / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel],
        capture_output=True,
        text=True,
    )
    if result.returncode != 0 and any(sign in result.stderr for sign in OFFLINE):
        pytest.skip("connect to the network: pip cannot fetch what the wheel depends on")
    assert result.returncode == 0, result.stderr
    return home / "bin" / "edgeopt"


def edgeopt(command: Path, cwd: Path, *arguments: str) -> str:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(cwd)}
    result = subprocess.run([command, *arguments], cwd=cwd, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_installed_wheel_knows_the_boards(installed: Path, tmp_path: Path, project: Path) -> None:
    listed = edgeopt(installed, tmp_path, "boards")
    assert {path.stem for path in (project / "boards").glob("*.toml")} <= set(listed.split())


def test_installed_wheel_generates(installed: Path, tmp_path: Path, small_model: bytes) -> None:
    (tmp_path / "small.tflite").write_bytes(small_model)
    edgeopt(installed, tmp_path, "generate", "small.tflite", "--board", "nucleo-g071rb", "-o", "out")
    written = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*")}
    assert {"manifest.json", "eo_model.c", "model/eo_arch.h", "linker.ld"} <= written

"""A small project to build: the stand-in model, a main without the protocol, and the platform's files."""

import functools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeopt.board import Board, load_board
from edgeopt.errors import ToolchainError
from edgeopt.firmware import build, find_toolchain, write_platform

_HERE = Path(__file__).parent

MakeProject = Callable[[Board], Path]
WriteProject = Callable[[Board, Path], Path]


@pytest.fixture(params=["gcc", "zig"])
def toolchain(request: pytest.FixtureRequest) -> str:
    """Each toolchain that is installed."""
    kind: str = request.param
    try:
        find_toolchain(kind)
    except ToolchainError as error:
        pytest.skip(f"install it: {error.hint}")
    return kind


@pytest.fixture(scope="session")
def write_project() -> WriteProject:
    """Writes the project for a board into a folder that is not there yet, and returns it."""

    def write(board: Board, folder: Path) -> Path:
        (folder / "model").mkdir(parents=True)
        write_platform(folder, board)
        # the protocol has its own tests
        for name in ("eo_protocol*", "eo_extension*", "eo_inference", "eo_dataset*"):
            for path in folder.glob(f"{name}.[ch]"):
                path.unlink()
        shutil.copy(_HERE / "wire_main.c", folder / "main.c")
        shutil.copy(_HERE / "fake_model.c", folder / "model" / "fake.c")
        for name in ("eo_fake_double.c", "fake_weights.c", "fake_weights.h"):
            shutil.copy(_HERE / name, folder / "model")
        return folder

    return write


@pytest.fixture
def make_project(tmp_path: Path, write_project: WriteProject) -> MakeProject:
    """Writes the project for a board and returns its folder."""
    return lambda board: write_project(board, tmp_path / "project")


@pytest.fixture(scope="session", params=["gcc", "zig"])
def stm32_elf(
    request: pytest.FixtureRequest, write_project: WriteProject, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """The program stm32_main.c of the board of that name, built once by each toolchain that is installed."""
    from support.stm32_boards import project  # which needs unicorn

    toolchain: str = request.param
    try:
        find_toolchain(toolchain)
    except ToolchainError as error:
        pytest.skip(f"install it: {error.hint}")
    folder = tmp_path_factory.mktemp(toolchain)

    @functools.cache
    def elf(name: str) -> Path:
        return build(project(name, write_project, folder / name), load_board(name), toolchain).elf

    return elf

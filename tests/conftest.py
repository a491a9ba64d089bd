"""What tests of every room may use: the reference models, a seeded generator, golden files."""

import os
import signal
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

PROJECT = Path(__file__).resolve().parents[1]

# Of the terminal that the tests are run from: what is printed must not depend on it. (readline sets it for the
# processes that pytest-xdist starts.)
os.environ.pop("COLUMNS", None)

# A shell without job control starts what runs in the background with Ctrl-C ignored; what is tested must hear it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="rewrite the golden files with what came out")


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """The folder of the MLPerf Tiny reference models, which lies beside the checkout."""
    folder = PROJECT.parent / "shared" / "models"
    if not folder.is_dir():
        pytest.skip(f"put the MLPerf Tiny reference models into {folder}")
    return folder


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers of this test's own; a failure shows the seed, EDGEOPT_SEED=... sets it."""
    seed = int(os.environ.get("EDGEOPT_SEED", zlib.crc32(request.node.nodeid.encode())))
    print(f"EDGEOPT_SEED={seed}")
    return np.random.default_rng(seed)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Compares a text with golden/<test>.txt beside the test's file; `pytest --accept` writes it instead."""
    path = request.path.parent / "golden" / f"{request.node.name}.txt"

    def check(text: str) -> None:
        if request.config.getoption("--accept"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        assert path.is_file(), "no golden file yet: review what `pytest --accept` writes"
        assert text == path.read_text()

    return check


@pytest.fixture(scope="session")
def small_model() -> bytes:
    """A .tflite of four layers, for tests of the whole."""
    from support.small import small_classifier

    return small_classifier()


@pytest.fixture(scope="session")
def any_toolchain() -> None:
    """Skips where no compiler for Arm is installed."""
    from edgeopt.errors import ToolchainError
    from edgeopt.firmware import find_toolchain

    try:
        find_toolchain("auto")
    except ToolchainError as error:
        pytest.skip(f"install it: {error.hint}")

"""Layers of benchmarks/fuzz_kernels.py: those on which the fuzzer once found something, and the first few."""

import pytest
from support.fuzzed_layers import fuzz_layer
from support.kernel_library import KernelLibrary

FIRST = 300
# number of the layer: what was wrong
FOUND: dict[int, str] = {}


@pytest.fixture(scope="module", params=[0, 1], ids=["without DSP", "C forms of DSP"])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> KernelLibrary:
    return KernelLibrary(tmp_path_factory.mktemp("library"), request.param)


def test_layers(library: KernelLibrary, capfd: pytest.CaptureFixture[str]) -> None:
    compared = 0
    for number in (*FOUND, *range(FIRST)):
        done = fuzz_layer(number, library)
        assert not done.wrong, done.wrong
        compared += done.compared
    assert compared > 5 * FIRST
    assert "runtime error" not in capfd.readouterr().err, "the sanitizer complains"

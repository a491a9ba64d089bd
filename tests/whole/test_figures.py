"""No change makes a figure worse by over 1 %: memory, instructions, cycles, of whole networks and of their layers.

The figures are in benchmarks/figures.json. Where a change makes one better, `pytest --accept` on this file keeps the
new one; where it must make one worse, the same says so in the diff.
"""

from pathlib import Path

import pytest
from support.mlperf_like import MLPERF_LIKE

from benchmarks.guard import compare, keep, kept
from benchmarks.measured import VIRTUAL, Figures, Layer, Without, figures_of, start_up_of
from edgeopt.errors import ToolchainError
from edgeopt.firmware import find_toolchain

pytest.importorskip("unicorn", reason="pip install unicorn")

REFERENCE = ("kws_dscnn_int8", "ic_resnet8_int8", "vww_mobilenet_int8", "ad_autoencoder_int8")
GOALS = ("latency", "balanced", "flash", "ram")
OTHER_CORES = ("cortex-m0plus", "cortex-m3")


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the networks that need no trained weights."""
    folder = tmp_path_factory.mktemp("networks")
    for name, made in MLPERF_LIKE.items():
        (folder / f"{name}.tflite").write_bytes(made())
    return folder


def _compilers() -> list[tuple[str, str]]:
    """(kind, name and version) of the compilers here, the quicker one first."""
    found = []
    for kind in ("gcc", "zig"):
        try:
            found.append((kind, str(find_toolchain(kind))))
        except ToolchainError:
            continue
    return found


def _hold(request: pytest.FixtureRequest, model: Path, core: str, goal: str) -> None:
    compilers = _compilers()
    if not compilers:
        pytest.skip("no compiler for Arm: pip install ziglang")
    if request.config.getoption("--accept"):
        for kind, name in compilers:
            keep((name, model.stem, core, goal), figures_of(model, goal, VIRTUAL[core], kind))
        return
    known = [(kind, name, before) for kind, name in compilers if (before := kept((name, model.stem, core, goal)))]
    if not known:
        pytest.skip(f"no figures of {model.stem} by {' or '.join(name for _, name in compilers)}: pytest --accept")
    kind, name, before = known[0]
    verdict = compare(before, figures_of(model, goal, VIRTUAL[core], kind))
    where = f"{model.stem} on {core}, goal {goal}, {name}"
    assert not verdict.worse, f"worse: {where}:\n" + "\n".join(verdict.worse)
    assert not verdict.better, f"better: {where}: keep it with `pytest --accept`:\n" + "\n".join(verdict.better)


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("model", REFERENCE)
def test_reference_models(model: str, goal: str, shared_models: Path, request: pytest.FixtureRequest) -> None:
    _hold(request, shared_models / f"{model}.tflite", "cortex-m4f", goal)


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("model", MLPERF_LIKE)
def test_networks_like_them(model: str, goal: str, networks: Path, request: pytest.FixtureRequest) -> None:
    _hold(request, networks / f"{model}.tflite", "cortex-m4f", goal)


@pytest.mark.parametrize("core", OTHER_CORES)
@pytest.mark.parametrize("model", MLPERF_LIKE)
def test_other_cores(model: str, core: str, networks: Path, request: pytest.FixtureRequest) -> None:
    _hold(request, networks / f"{model}.tflite", core, "balanced")


_KEPT = {
    "flash_bytes": 1000,
    "ram_bytes": 1000,
    "instructions": 100_000,
    "cycles": 150_000,
    "layers": {"conv": 60_000, "dense": 40_000},
}


def _figures(flash: int, conv: int, dense: int) -> Figures:
    layers = (Layer("conv", "lanes", conv), Layer("dense", "plain", dense))
    return Figures(flash, 1000, conv + dense, 150_000, layers)


def test_what_is_as_before_passes() -> None:
    verdict = compare(_KEPT, _figures(1010, 60_500, 40_000))
    assert (verdict.worse, verdict.better) == ((), ())


def test_a_worse_figure_is_named_with_its_layer() -> None:
    verdict = compare(_KEPT, _figures(1011, 60_000, 42_000))
    assert verdict.worse == (
        "flash_bytes 1,000 -> 1,011 (+1.1%)",
        "instructions 100,000 -> 102,000 (+2.0%): `dense` by `plain` +2,000",
        "layer `dense` by `plain`: 40,000 -> 42,000 instructions",
    )


def test_a_layer_may_not_hide_behind_another() -> None:
    verdict = compare(_KEPT, _figures(1000, 58_000, 42_000))
    assert verdict.worse == ("layer `dense` by `plain`: 40,000 -> 42,000 instructions",)


def test_a_better_figure_asks_to_be_kept() -> None:
    verdict = compare(_KEPT, _figures(900, 60_000, 40_000))
    assert (verdict.worse, verdict.better) == ((), ("flash_bytes 1,000 -> 900 (-10.0%)",))


def test_start_up_is_copying_and_clearing(networks: Path) -> None:
    """Of .data and .bss: a load, a store, a count and a branch a word, and what enables the FPU."""
    compilers = _compilers()
    if not compilers:
        pytest.skip("no compiler for Arm: pip install ziglang")
    instructions, words = start_up_of(networks / "kws_like.tflite", toolchain=compilers[0][0])
    assert instructions <= 4 * words + 60


def test_what_is_turned_off_is_not_taken(networks: Path) -> None:
    """The ablations of the bench turn off what they say."""
    compilers = _compilers()
    if not compilers:
        pytest.skip("no compiler for Arm: pip install ziglang")
    model, kind = networks / "kws_like.tflite", compilers[0][0]
    whole = figures_of(model, "latency", toolchain=kind)
    assert "lanes" in {layer.way for layer in whole.layers}
    without = figures_of(model, "latency", toolchain=kind, without=Without(ways=frozenset({"lanes"})))
    assert "lanes" not in {layer.way for layer in without.layers}
    assert without.instructions > whole.instructions

"""`edgeopt measure --mlperf` on simulated boards: all four input formats, all modes, each speed of the console."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.cli import assert_refused, edgeopt
from support.mlperf_boards import write_dataset
from support.mlperf_like import MLPERF_LIKE

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.convert import Dataset
from edgeopt.device import Repeats
from edgeopt.device import run as run_on
from edgeopt.device.samples import samples_of
from edgeopt.emit import CProject
from edgeopt.firmware import find_toolchain
from edgeopt.mlperf.benchmarks import BENCHMARKS
from edgeopt.mlperf.dataset import read_dataset, segments
from edgeopt.mlperf.running import Windows


def firmware(folder: Path, model: str, board: str, **options: object) -> Path:
    """A project, built, of a network like the benchmark's."""
    find_toolchain("auto")
    file = folder / f"{model}.tflite"
    file.write_bytes(MLPERF_LIKE[f"{BENCHMARKS[model].folder}_like"]())
    project = folder / f"fw_{model}_{board}_{len(list(folder.iterdir()))}"
    pipeline.generate(file, load_board(board), project, mlperf=model, **options)
    pipeline.build(project)
    return project


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("boards")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    for model in BENCHMARKS:
        write_dataset(root, model, files=2, segments=2)
    return root


@pytest.fixture(scope="module")
def kws(room: Path) -> Path:
    return firmware(room, "kws01", "nucleo-l4r5zi")


@pytest.fixture(scope="module")
def ad(room: Path) -> Path:
    return firmware(room, "ad01", "nucleo-l4r5zi")


@pytest.fixture(scope="module")
def ad_energy(room: Path) -> Path:
    return firmware(room, "ad01", "nucleo-l4r5zi", energy_mode=True)


def scores_of(place: Path) -> list[list[float]]:
    return [row["infer"]["results"] for row in json.loads((place / "results.json").read_text())]


@pytest.mark.parametrize("model", list(BENCHMARKS))
def test_qemu_and_the_virtual_board_tell_the_same(room: Path, data: Path, tmp_path: Path, model: str) -> None:
    project = firmware(room, model, "mps2-an386")
    told = []
    for target in ("qemu", "virtual"):
        found = pipeline.measure_mlperf(project, "accuracy", target, data=data, save=tmp_path / target)
        assert found.label == "simulated" and found.files == 2 and found.folder is not None
        told.append(scores_of(found.folder))
    assert told[0] == told[1]
    assert len(told[0]) == (4 if model == "ad01" else 2) and len(told[0][0]) == BENCHMARKS[model].classes


def test_the_results_are_those_of_the_checked_protocol(kws: Path, data: Path, tmp_path: Path) -> None:
    """Three decimals, cut off, of the same outputs that a session reads back."""
    found = pipeline.measure_mlperf(kws, "accuracy", data=data, save=tmp_path)
    assert found.folder is not None
    wanted = BENCHMARKS["kws01"]
    x = [np.frombuffer(next(segments(one, wanted)), np.int8) for one in read_dataset(data, wanted)]
    opened = CProject.open(kws)
    samples = samples_of(Dataset({"x": np.stack(x).reshape(-1, *opened.inputs[0].shape[1:])}), opened.inputs)
    outputs = run_on(
        kws / pipeline.ELF,
        load_board("nucleo-l4r5zi"),
        "virtual:uncounted",
        samples,
        build_id=opened.build_id,
        repeats=Repeats(layers=False),
    ).outputs
    for told, output in zip(scores_of(found.folder), outputs, strict=True):
        steps = np.frombuffer(output[0], np.int8).astype(int) + 128
        assert told == [step * 1000 // 256 / 1000 for step in steps]


@pytest.mark.parametrize("baud", [9_600, 115_200, 921_600])
def test_every_speed_of_the_console(room: Path, data: Path, baud: int) -> None:
    """The whole exchange; that the UART's divider makes the rate is checked where its registers are."""
    project = firmware(room, "kws01", "nucleo-l4r5zi", baud=baud)
    assert pipeline.project_board(CProject.open(project)).console.baud == baud
    found = pipeline.measure_mlperf(project, "accuracy", data=data)
    assert found.files == 2


def test_performance(ad: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(
        capsys,
        *("measure", ad, "--mlperf", "performance", "--data", data, "--windows", 2, "--runs", 2),
        *("--save", tmp_path, "--json"),
    )
    assert outcome.exit_code == 0, outcome.stderr
    document = outcome.document
    assert document["schema"] == "edgeopt.mlperf/1" and document["label"] == "simulated"
    assert [one["inferences"] for one in document["windows"]] == [2, 2]
    # A deterministic board's clock: the same for the same input's windows, and what `measure` finds.
    session = edgeopt(capsys, "measure", ad, "--json")
    latency = session.document["boards"][0]["latency_ms"]["value"]
    assert 1e3 / document["median_inferences_per_s"] == pytest.approx(latency, rel=0.02)
    text = (tmp_path / "results" / "nucleo-l4r5zi" / "ad" / "performance" / "results.txt").read_text()
    assert text.startswith("SIMULATED") and "ERROR 1" in text and "ERROR 2" in text


def test_energy_with_an_emulated_meter(ad_energy: Path, data: Path, tmp_path: Path) -> None:
    found = pipeline.measure_mlperf(
        ad_energy,
        "energy",
        data=data,
        meter="emulated",
        windows=Windows(2, inferences=5, warmups=0),
        save=tmp_path,
    )
    board = load_board("nucleo-l4r5zi")
    active_w = board.power.active_ma.value * 1e-3 * board.power.supply_v.value
    for window in found.windows:
        # The core never sleeps in a window, whose ends a PPK2 tells to ten microseconds.
        assert window.mean_mw == pytest.approx(active_w * 1e3, rel=1e-3)
        assert window.uj_per_inference == pytest.approx(active_w * 1e6 / window.inferences_per_s, rel=1e-3)
    assert found.label == "simulated" and any("board file" in warning for warning in found.warnings)
    assert found.folder is not None and (found.folder / "trace.eotrace").is_file()


def test_what_does_not_go_together(
    ad: Path, ad_energy: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*arguments: object, words: str) -> None:
        assert_refused(edgeopt(capsys, "measure", *arguments), words)

    refused(ad, "--mlperf", "speed", words="no mode `speed`")
    refused(ad, "--mlperf", "accuracy", words="needs a data set")
    refused(ad, "--mlperf", "energy", "--meter", "emulated", words="not firmware of the energy mode")
    refused(ad_energy, "--mlperf", "performance", words="firmware of the energy mode")
    refused(ad_energy, "--mlperf", "energy", words="needs a power meter")
    refused(ad, "--mlperf", "performance", "--meter", "emulated", words="has no power meter")
    refused(ad, "--mlperf", "performance", "--seed", 2, words="`--seed` has no meaning with --mlperf")
    refused("--mlperf", "performance", words="measures one board")
    refused(ad, "--mlperf", "performance", "--on", "qemu", "--on", "virtual", words="measures one board")
    refused(ad, "--data", data, words="`--data` is for --mlperf")
    (tmp_path / "file").write_text("x")
    refused(ad, "--mlperf", "performance", "--save", tmp_path / "file", words="is not a folder")


def test_firmware_that_is_no_benchmark(room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ad.tflite"
    file.write_bytes(MLPERF_LIKE["ad_like"]())
    pipeline.generate(file, load_board("nucleo-l4r5zi"), tmp_path / "fw")
    outcome = edgeopt(capsys, "measure", tmp_path / "fw", "--mlperf", "performance")
    assert_refused(outcome, "is no benchmark of MLPerf Tiny", "--mlperf ad01")

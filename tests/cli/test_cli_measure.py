"""`edgeopt measure`: the figures of a board, what is kept when its link dies, and what is refused."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from support.cli import assert_refused, edgeopt
from support.frail_link import UNPLUGGED, closed
from support.measuring import RUNS, built_project, measured

from edgeopt.errors import UsageError


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, small_model: bytes, any_toolchain: None) -> Path:
    """A folder with built firmware `out`."""
    return built_project(tmp_path_factory.mktemp("measured"), small_model)


@pytest.fixture(autouse=True)
def in_folder(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built)
    closed.clear()


def test_a_simulated_board_is_deterministic(capsys: pytest.CaptureFixture[str]) -> None:
    document = measured(capsys, "out")
    assert document["schema"] == "edgeopt.measurement/1"
    (board,) = document["boards"]
    latency = board["latency_ms"]
    assert (board["label"], board["deterministic"], latency["n"]) == ("simulated", True, 1)
    assert latency["p90"] is latency["p99"] is latency["variation"] is latency["median_low"] is None
    assert latency["outliers"] == []
    run = edgeopt(capsys, "run", "out", "--json").document
    assert latency["value"] == run["latency_ms"]["value"]
    ticks = board["ticks"]
    assert len(ticks["runs"]) == 1 and ticks["windows_s"] == [] and ticks["warmup"] == []
    assert ticks["runs"][0] / ticks["hz"] * 1e3 == pytest.approx(latency["value"], rel=0.01)
    # Back to back an inference takes no less than alone, and little more.
    assert 0.9 < board["inferences_per_s"]["value"] * latency["value"] / 1e3 <= 1.0
    text = edgeopt(capsys, "measure", "out").stdout
    assert "deterministic: n = 1, no spread" in text and "simulated" in text and "p99" not in text


def test_hardware_gets_a_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    (board,) = measured(capsys, "out", "--on", "frail", *RUNS)["boards"]
    latency, ticks = board["latency_ms"], board["ticks"]
    assert (board["label"], board["deterministic"], latency["n"]) == ("measured", False, 12)
    assert (len(ticks["runs"]), len(ticks["warmup"]), ticks["cold"] > 0) == (12, 2, True)
    assert latency["p90"] is not None and latency["p99"] is None and latency["variation"] == 0
    assert latency["median_low"] <= latency["value"] <= latency["median_high"] and latency["median_confidence"] >= 0.95
    windows = ticks["windows_s"]
    assert len(windows) == 12 and all(sent < answered for sent, answered in windows)
    assert all(one[1] <= next_[0] for one, next_ in pairwise(windows))
    assert ticks["back_to_back_runs"] == 12
    text = edgeopt(capsys, "measure", "out", "--on", "frail", *RUNS).stdout
    assert "p99        not told: needs 100 runs" in text and "by order statistics" in text
    assert "12 of 12, after 2 to warm up" in text


def test_run_has_the_same_statistics(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "run", "out", "--on", "frail", "--json")
    latency = outcome.document["latency_ms"]
    assert latency["n"] == 100 and latency["p99"] is not None and latency["median_confidence"] > 0.95


def test_what_there_is_when_the_link_dies_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """Of 12 runs after one of the sample and 2 to warm up, the eighth `run` in all is the fifth timed one."""
    outcome = edgeopt(capsys, "measure", "out", "--on", "frail:run=8", *RUNS, "--json", "--save", "saved.json")
    assert outcome.exit_code == 6
    (board,) = outcome.document["boards"]
    assert board["partial"] == f"after 4 of 12 timed runs: {UNPLUGGED}"
    assert (board["latency_ms"]["n"], len(board["ticks"]["runs"]), board["error"]) == (4, 4, None)
    assert board["latency_ms"]["p90"] is None and board["inferences_per_s"]["value"] is None
    assert json.loads(Path("saved.json").read_text()) == outcome.document
    shown = edgeopt(capsys, "measure", "out", "--on", "frail:run=8", *RUNS)
    assert (
        "partial" in shown.stdout and UNPLUGGED in shown.stderr and "p90        not told: needs 10 runs" in shown.stdout
    )
    assert closed == ["run", "run"]


def test_run_keeps_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "run", "out", "--on", "frail:run=20", "--json")
    assert outcome.exit_code == 6
    assert outcome.document["partial"].startswith("after 8 of 100 timed runs")
    assert outcome.document["latency_ms"]["n"] == 8


def test_samples_of_a_run_that_ends_early_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np

    from edgeopt.emit import CProject

    (tensor,) = CProject.open(Path("out")).inputs
    np.save("four.npy", np.zeros((4, *tensor.shape[1:]), np.int8))
    arguments = ("run", "out", "--inputs", "four.npy", "--outputs", "y.npy", "--json", "--on")
    outcome = edgeopt(capsys, *arguments, "frail:run=4")
    assert (outcome.exit_code, outcome.document["samples"]) == (6, 3)
    assert outcome.document["partial"] == f"after 3 of 4 samples: {UNPLUGGED}"
    assert outcome.document["latency_ms"] is None
    kept = np.load("y.npy")
    edgeopt(capsys, *arguments, "virtual")
    assert np.array_equal(kept, np.load("y.npy")[:3])


@pytest.mark.parametrize("command", ["id=1", "run=1", "run=2"])
def test_nothing_timed_is_an_error(capsys: pytest.CaptureFixture[str], command: str) -> None:
    outcome = edgeopt(capsys, "measure", "out", "--on", f"frail:{command}", *RUNS)
    if command == "run=2":  # the sample is through
        assert outcome.exit_code == 6
    else:
        assert_refused(outcome, UNPLUGGED, exit_code=6)
    assert closed == [command[:-2]]


def test_throughput_that_is_cut_off_leaves_the_latency(capsys: pytest.CaptureFixture[str]) -> None:
    (board,) = measured(capsys, "out", "--on", "frail:serve=1", *RUNS, exit_code=6)["boards"]
    assert board["partial"].startswith("after all runs: ") and board["latency_ms"]["n"] == 12


REQUESTS = ("--arrivals", "poisson:5000/s", "--requests", "200", "--deadline", "200us", "--seed", "9")


def test_requests_as_they_arrive(capsys: pytest.CaptureFixture[str]) -> None:
    document = measured(capsys, "out", "--on", "virtual:ideal", *REQUESTS)
    (board,) = document["boards"]
    found = board["responses"]
    assert (found["served"], found["requests"], found["seed"], found["deadline_ms"]) == (
        200,
        200,
        9,
        pytest.approx(0.2),
    )
    assert len(found["gap_ticks"]) == len(found["response_ticks"]) == 200
    limit = 0.2e-3 * board["ticks"]["hz"]
    assert found["misses"] == sum(ticks > limit for ticks in found["response_ticks"]) > 0
    assert found["miss_low"] < found["miss_share"] < found["miss_high"]
    assert found["p99_ms"] <= found["max_ms"] and found["median_ms"] >= board["latency_ms"]["value"]
    assert 0 < found["utilization"] < 1 and found["queue_max"] >= 1
    assert measured(capsys, "out", "--on", "virtual:ideal", *REQUESTS) == document
    text = edgeopt(capsys, "measure", "out", "--on", "virtual:ideal", *REQUESTS).stdout
    assert "seed 9" in text and "over 0.2 ms" in text and "Wilson" in text


def test_requests_that_are_cut_off_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    (board,) = measured(capsys, "out", "--on", "frail:serve=3", *RUNS, *REQUESTS, exit_code=6)["boards"]
    assert board["partial"] == f"after 64 of 200 requests: {UNPLUGGED}"
    assert (board["responses"]["served"], board["responses"]["requests"]) == (64, 200)
    (board,) = measured(capsys, "out", "--on", "frail:serve=2", *RUNS, *REQUESTS, exit_code=6)["boards"]
    assert board["partial"].startswith("before a request was served") and board["responses"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "there is nothing to measure"),
        (("out", "--fleet", "fleet.toml", "--on", "virtual"), "`--fleet` says where"),
        (("out", "--deadline", "5ms"), "`--deadline` is for requests"),
        (("out", "--requests", "5"), "`--requests` is for requests"),
        (("out", "--arrivals", "5/s"), "no pattern of arrivals"),
        (("out", "--arrivals", "poisson:5/s", "--deadline", "5"), "has no unit"),
        (("out", "--arrivals", "poisson:5/s", "--deadline", "0s"), "cannot be met"),
        (("out", "--arrivals", "poisson:5/s", "--on", "qemu"), "QEMU's time"),
        (("out", "--on", "frail", "--on", "frail"), "more than one board"),
        (("out", "--save", "."), "is a folder"),
        (("out", "--save", "no/where.json"), "there is no folder"),
        (("out", "--runs", "0"), "--runs"),
        (("out", "--model", "other"), "no network that is called `other`"),
        (("small.tflite",), "small.tflite"),
    ],
)
def test_what_cannot_be_measured_is_refused_first(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    Path("fleet.toml").write_text("")
    assert_refused(edgeopt(capsys, "measure", *arguments), words)
    assert closed == []


def test_what_was_saved_is_shown_again_and_feeds_the_battery(capsys: pytest.CaptureFixture[str]) -> None:
    shown = edgeopt(capsys, "measure", "out", "--on", "virtual:ideal", *REQUESTS, "--save", "run.json")
    again = edgeopt(capsys, "report", "run.json")
    assert (again.exit_code, again.stdout) == (0, shown.stdout)
    assert edgeopt(capsys, "report", "run.json", "-o", "x.html").exit_code == 0
    assert_refused(edgeopt(capsys, "report", "run.json", "--svg", "plots"), "a measurement, which has no drawings")
    latency = json.loads(Path("run.json").read_text())["boards"][0]["latency_ms"]["value"]
    life = edgeopt(capsys, "battery", "run.json", "--cell", "CR2032", "--every", "10s", "--json").document
    assert life["life"]["latency_ms"]["value"] == latency
    edgeopt(capsys, "measure", "out", "--on", "virtual:ideal", "--on", "frail", *RUNS, "--save", "two.json")
    assert_refused(edgeopt(capsys, "battery", "two.json", "--cell", "CR2032", "--every", "10s"), "of 2 boards")
    # A partial one stays one.
    edgeopt(capsys, "measure", "out", "--on", "frail:run=8", *RUNS, "--save", "part.json")
    assert edgeopt(capsys, "report", "part.json").exit_code == 6


def test_measure_as_a_function() -> None:
    import edgeopt as package

    found = package.measure(Path("out"), ["virtual:ideal"])
    assert found.boards[0].latency_ms is not None and "Latency" in found._repr_html_()
    with pytest.raises(UsageError, match="nothing to measure"):
        package.measure()

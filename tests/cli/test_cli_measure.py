"""`edgeopt measure`: figures of one board and of several, what is kept when one fails, and what is refused."""

import json
import os
import re
import signal
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.cli import assert_refused, edgeopt
from support.frail_link import UNPLUGGED, closed, hanging

from edgeopt import pipeline
from edgeopt.errors import DeviceError, UsageError
from edgeopt.pipeline.fleet import OpenLinks, Place, measure_all, read_fleet

RUNS = ("--runs", "12", "--warmup", "2")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, small_model: bytes, any_toolchain: None) -> Path:
    """A folder with built firmware `out`."""
    pytest.importorskip("unicorn", reason="pip install unicorn")
    folder = tmp_path_factory.mktemp("measured")
    (folder / "small.tflite").write_bytes(small_model)
    from edgeopt.board import load_board

    pipeline.generate(folder / "small.tflite", load_board("nucleo-l4r5zi"), folder / "out")
    pipeline.build(folder / "out")
    return folder


@pytest.fixture(autouse=True)
def in_folder(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built)
    closed.clear()


def measured(capsys: pytest.CaptureFixture[str], *arguments: object, exit_code: int = 0) -> dict[str, Any]:
    """The document of `edgeopt measure ... --json`."""
    outcome = edgeopt(capsys, "measure", *arguments, "--json")
    assert outcome.exit_code == exit_code, outcome.stderr
    return outcome.document


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


def test_several_boards_are_one_table_and_one_that_fails_stops_none(capsys: pytest.CaptureFixture[str]) -> None:
    targets = ("--on", "virtual:ideal", "--on", "frail:id=1", "--on", "frail:run=8", "--on", "frail")
    outcome = edgeopt(capsys, "measure", "out", *targets, *RUNS, "--json")
    assert outcome.exit_code == 6
    rows = {row["name"]: row for row in outcome.document["boards"]}
    assert list(rows) == ["virtual:ideal", "frail:id=1", "frail:run=8", "frail"]
    assert rows["frail:id=1"]["error"]["message"] == UNPLUGGED and rows["frail:id=1"]["latency_ms"] is None
    assert rows["frail:run=8"]["latency_ms"]["n"] == 4 and rows["frail"]["latency_ms"]["n"] == 12
    assert rows["virtual:ideal"]["error"] is None and not rows["virtual:ideal"]["partial"]
    shown = edgeopt(capsys, "measure", "out", *targets, *RUNS)
    assert "2 of 4 boards failed; frail:id=1: " + UNPLUGGED in shown.stderr
    lines = shown.stdout.splitlines()
    assert any(line.startswith("  frail:id=1") and line.endswith(" failed") for line in lines)
    assert sorted(closed) == sorted(["", "id", "run"] * 2)


def test_a_fleet(capsys: pytest.CaptureFixture[str]) -> None:
    Path("fleet.toml").write_text(
        '[[board]]\nname = "desk"\nproject = "out"\non = "virtual:ideal"\n\n[[board]]\nname = "lab"\non = "frail"\n'
    )
    rows = measured(capsys, "out", "--fleet", "fleet.toml", *RUNS)["boards"]
    assert [(row["name"], row["label"]) for row in rows] == [("desk", "simulated"), ("lab", "measured")]
    assert_refused(edgeopt(capsys, "measure", "--fleet", "fleet.toml"), "board[1].project` is missing")


BOARD = '[[board]]\nname = "a"\nproject = "out"\non = "virtual"\n'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "`board` is missing"),
        ("board = []\n", "names no board"),
        ("board = 1\n", "must be a list of tables"),
        (BOARD.replace("name", "nmae"), "`board[0].name` is missing"),
        (BOARD + "bord = 1\n", "`board[0].bord` is unknown"),
        (BOARD + BOARD, "more than one board is called `a`"),
        (
            BOARD.replace("virtual", "frail:x=1") + BOARD.replace("virtual", "frail:x=1").replace('"a"', '"b"'),
            "`frail:x=1`",
        ),
        (BOARD.replace("virtual", "virtul"), "no link is called `virtul`"),
        (BOARD.replace('"out"', '"nowhere"'), "nowhere"),
        ("\x00", "not a TOML file"),
    ],
)
def test_a_wrong_fleet_is_refused_before_anything_is_measured(
    capsys: pytest.CaptureFixture[str], content: str, words: str
) -> None:
    Path("wrong.toml").write_text(content)
    assert_refused(edgeopt(capsys, "measure", "--fleet", "wrong.toml"), words)
    assert closed == []


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
    Path("fleet.toml").write_text(BOARD)
    assert_refused(edgeopt(capsys, "measure", *arguments), words)
    assert closed == []


def test_what_was_saved_is_shown_again_and_feeds_the_battery(capsys: pytest.CaptureFixture[str]) -> None:
    shown = edgeopt(capsys, "measure", "out", "--on", "virtual:ideal", *REQUESTS, "--save", "run.json")
    again = edgeopt(capsys, "report", "run.json")
    assert (again.exit_code, again.stdout) == (0, shown.stdout)
    assert_refused(edgeopt(capsys, "report", "run.json", "-o", "x.html"), "a measurement, which has no page")
    latency = json.loads(Path("run.json").read_text())["boards"][0]["latency_ms"]["value"]
    life = edgeopt(capsys, "battery", "run.json", "--cell", "CR2032", "--every", "10s", "--json").document
    assert life["life"]["latency_ms"]["value"] == latency
    edgeopt(capsys, "measure", "out", "--on", "virtual:ideal", "--on", "frail", *RUNS, "--save", "two.json")
    assert_refused(edgeopt(capsys, "battery", "two.json", "--cell", "CR2032", "--every", "10s"), "of 2 boards")
    # A partial one stays one.
    edgeopt(capsys, "measure", "out", "--on", "frail:run=8", *RUNS, "--save", "part.json")
    assert edgeopt(capsys, "report", "part.json").exit_code == 6


def test_the_fleet_of_the_page_is_accepted() -> None:
    page = Path(__file__).parents[2] / "docs" / "measuring.md"
    (text,) = re.findall(r"<!-- fleet.toml -->\n```toml\n(.*?)```", page.read_text(), re.DOTALL)
    Path("page.toml").write_text(text)
    desk, farm = read_fleet(Path("page.toml"), None)
    assert (desk.name, desk.target, desk.model) == ("desk", "serial:auto", None)
    assert (farm.project.name, farm.target, farm.model) == ("fw-f4", "serial:rfc2217://farm.example:4000", "kws")


def test_an_interrupt_closes_every_link() -> None:
    places = [Place("one", Path("out"), "frail:hang"), Place("two", Path("out"), "frail:hang")]
    hanging.clear()

    def hang(place: Place, tell: Any, links: OpenLinks) -> Any:
        from edgeopt.board import load_board

        links.open(place.target, load_board("nucleo-l4r5zi"), None).read(60.0)
        raise AssertionError("it was not closed")

    def interrupt() -> None:
        assert hanging.wait(30.0)
        os.kill(os.getpid(), signal.SIGINT)

    killer = threading.Thread(target=interrupt)
    killer.start()
    with pytest.raises(KeyboardInterrupt):
        measure_all(places, hang, lambda step: None)
    killer.join()
    assert closed == ["hang", "hang"]


def test_no_link_opens_after_an_interrupt() -> None:
    from edgeopt.board import load_board

    links = OpenLinks()
    links.close_all()
    with pytest.raises(DeviceError, match="interrupted"):
        links.open("frail:hang", load_board("nucleo-l4r5zi"), None)
    assert closed == ["hang"]


def test_a_fault_of_ours_is_not_taken_for_a_boards() -> None:
    def wrong(place: Place, tell: Any, links: OpenLinks) -> Any:
        raise ZeroDivisionError(place.name)

    with pytest.raises(ZeroDivisionError):
        measure_all([Place("a", Path(), "virtual"), Place("b", Path(), "qemu")], wrong, lambda step: None)


def test_progress_tells_of_every_board() -> None:
    told: list[str] = []

    def work(place: Place, tell: Any, links: OpenLinks) -> Any:
        tell(f"half of {place.name}")
        raise DeviceError("gone", "look")

    found = measure_all([Place("a", Path(), "virtual"), Place("b", Path(), "qemu")], work, told.append)
    assert [str(one) for one in found] == ["gone", "gone"]
    assert told[-1] == "a: failed; b: failed" and any("a: half of a" in step for step in told)


def test_measure_as_a_function() -> None:
    import edgeopt as package

    found = package.measure(Path("out"), ["virtual:ideal"])
    assert found.boards[0].latency_ms is not None and "Latency" in found._repr_html_()
    with pytest.raises(UsageError, match="nothing to measure"):
        package.measure()

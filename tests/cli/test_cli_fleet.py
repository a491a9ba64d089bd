"""`edgeopt measure` of several boards at once: one table, what one that fails does, interrupts, lists of boards."""

import os
import re
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from support.cli import assert_refused, edgeopt
from support.frail_link import UNPLUGGED, closed, hanging
from support.measuring import RUNS, built_project, measured

from edgeopt.errors import DeviceError
from edgeopt.pipeline.fleet import OpenLinks, Place, measure_all, read_fleet


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, small_model: bytes, any_toolchain: None) -> Path:
    """A folder with built firmware `out`."""
    return built_project(tmp_path_factory.mktemp("fleet"), small_model)


@pytest.fixture(autouse=True)
def in_folder(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built)
    closed.clear()


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
    tables = [lines.index(f"Latency, ms, {label}") for label in ("simulated", "measured")]
    assert tables == sorted(tables) and lines.index("Failed") > tables[1]
    assert any(line.startswith("  frail:id=1 ") and line.endswith(UNPLUGGED) for line in lines[lines.index("Failed") :])
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


def test_the_fleet_of_the_page_is_accepted() -> None:
    page = Path(__file__).parents[2] / "docs" / "measuring.md"
    (text,) = re.findall(r"<!-- fleet.toml -->\n```toml\n(.*?)```", page.read_text(), re.DOTALL)
    Path("page.toml").write_text(text)
    desk, farm = read_fleet(Path("page.toml"), None)
    assert (desk.name, desk.target, desk.model) == ("desk", "serial:auto", None)
    assert (farm.project.name, farm.target, farm.model) == ("fw-f4", "serial:rfc2217://farm.example:4000", "kws")


def test_an_interrupt_closes_every_link() -> None:
    places = [Place("one", Path("out"), "frail:hang"), Place("two", Path("out"), "frail:hang")]

    def hang(place: Place, tell: Any, links: OpenLinks) -> Any:
        from edgeopt.board import load_board

        links.open(place.target, load_board("nucleo-l4r5zi"), None).read(60.0)
        raise AssertionError("it was not closed")

    def interrupt() -> None:
        assert all(hanging.acquire(timeout=30.0) for _ in places)
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

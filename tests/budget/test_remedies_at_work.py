"""What would mend a node at work: a longer period, a figure that is missing, cells that go with the board."""

from dataclasses import replace
from typing import Any

import pytest
from support.budgets import broken_of, case_of, image_graph, remedies, use, value_of

from edgeopt.board import Figure, load_board
from edgeopt.budget.judge import breaches, judge
from edgeopt.energy import unknown

GRAPH = image_graph()


@pytest.mark.parametrize("limit", [30.0, 90.0])
def test_a_longer_period_gives_the_days(limit: float) -> None:
    now = use(cell="2xAA")
    breach = broken_of(case_of(GRAPH, {"battery_days": limit * 12}, use=now))["battery_days"]
    found = remedies(breach)["longer period"]
    seconds = float(found.text.split(" s instead")[0].split()[-1])
    assert found.keeps and seconds > 1.0
    assert not broken_of(case_of(GRAPH, {"battery_days": limit * 12}, use=use(cell="2xAA", every_s=seconds)))
    shorter = use(cell="2xAA", every_s=seconds * 0.98)
    assert broken_of(case_of(GRAPH, {"battery_days": limit * 12}, use=shorter))


def test_a_longer_period_lowers_the_average_power() -> None:
    free = case_of(GRAPH, {}, use=use())
    limit = value_of(free, "average_mw") / 3
    found = remedies(broken_of(case_of(GRAPH, {"average_mw": limit}, use=use()))["average_mw"])["longer period"]
    seconds = float(found.text.split(" s instead")[0].split()[-1])
    assert 2.9 < seconds < 3.2
    assert "keeps the limit, but not over its whole spread" in found.text, "the board's current has one"
    assert not broken_of(case_of(GRAPH, {"average_mw": limit}, use=use(every_s=seconds)))
    assert broken_of(case_of(GRAPH, {"average_mw": limit}, use=use(every_s=seconds * 0.98)))


def test_no_period_is_named_where_sleep_alone_takes_more() -> None:
    breach = broken_of(case_of(GRAPH, {"average_mw": 0.5}, use=use(sleep_ua=500.0)))["average_mw"]
    assert "longer period" not in remedies(breach)


def test_a_period_that_is_too_short_is_mended_by_a_longer_one() -> None:
    case = case_of(GRAPH, {"average_mw": 100.0}, use=use(every_s=0.001))
    breach = broken_of(case)["average_mw"]
    assert breach.actual is None and "a period of 0.001 s is shorter than the inference" in breach.source
    found = remedies(breach)["longer period"]
    seconds = float(found.text.split(" s instead")[0].split()[-1])
    assert not broken_of(case_of(GRAPH, {"average_mw": 100.0}, use=use(every_s=seconds)))


@pytest.mark.parametrize(
    ("board", "limits", "words"),
    [
        ("mps3-an547", {"latency_ms": 5.0}, ("measure", "no cycle model of cortex-m55")),
        ("nucleo-f446re", {"energy_uj": 1.0}, ("`active_ma`", "nucleo-f446re.toml")),
        ("nucleo-l4r5zi", {"accuracy": 0.9}, ("--data", "`y`")),
    ],
)
def test_an_unknown_figure_says_what_to_add(board: str, limits: dict[str, float], words: tuple[str, ...]) -> None:
    (breach,) = broken_of(case_of(GRAPH, limits, board)).values()
    found = remedies(breach)["missing figure"]
    assert breach.actual is None and found.value is None
    assert all(word in found.text for word in words)


def test_a_sleep_current_is_asked_for_where_it_is_what_is_missing() -> None:
    board = load_board("nucleo-l4r5zi")
    board = replace(board, power=replace(board.power, sleep_ua=Figure(None, "unknown", "a test")))

    def found(**values: object) -> dict[str, Any]:
        return remedies(broken_of(case_of(GRAPH, {"average_mw": 5.0}, board, use=use(**values)))["average_mw"])

    assert "`sleep_ua`" in found()["missing figure"].text
    assert "`sleep_ua`" in found(board_sleep=True)["missing figure"].text
    assert "missing figure" not in found(sleep_ua=3.0, every_s=0.001), "the period is too short, all is known"


def test_cells_of_the_wrong_voltage_are_told_with_the_way_out() -> None:
    breach = broken_of(case_of(GRAPH, {"battery_days": 10.0}, use=use(cell="18650")))["battery_days"]
    assert breach.actual is None and "4.2 V" in breach.source
    assert [remedy.name for remedy in breach.remedies] == ["missing figure"]
    assert "`regulator`" in breach.remedies[0].text
    fed = use(cell="18650", regulator="ldo", out_v=1.8, quiescent_ua=1.0)
    assert not broken_of(case_of(GRAPH, {"battery_days": 10.0}, use=fed))


def test_an_unknown_figure_never_counts_as_kept() -> None:
    case = case_of(GRAPH, {"energy_uj": 1e9})
    case = replace(case, figures={**case.figures, "energy_uj": unknown("a test")})
    (breach,) = breaches(judge(case.budget, case.figures))
    assert breach.excess is None

"""How budgets and all boards are shown: golden, at the widths of a terminal."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console
from support.results import ANALYSIS, DEPLOYMENT, estimated, simulated

from edgeopt.budget import Breach, Judged, Remedy
from edgeopt.energy import Quantity, unknown
from edgeopt.energy.duty import DutyCycle
from edgeopt.errors import OverBudget
from edgeopt.report import dumps, view_of
from edgeopt.report.boards import BoardRow, BoardsAnalysis
from edgeopt.report.budgeting import over_budget

AVERAGE = Quantity(4.32, "estimated", "average current x 3 V", low=4.1, high=8.2)
PERIOD = Remedy(
    "longer period", "a period of 20 s instead of 10 s: 370 days, keeps the limit (estimated)", 370.0, "estimated", True
)
SMALLER = Remedy(
    "smaller input",
    "an input of 14 x 14 instead of 28 x 28: 300 days, still 65 days below, and breaks accuracy (estimated)",
    300.0,
    "estimated",
    False,
    ("accuracy",),
    "train and convert again; only the data can tell what accuracy that leaves",
)
DAYS = Breach("battery_days", 365, "days", 190.0, 175.0, "estimated", "the charge / what leaves it", (PERIOD, SMALLER))
ENERGY = Breach("energy_uj", 100, "uJ", None, None, "unknown", "the active current of nucleo-l4r5zi is unknown")
LIMITS = (
    Judged("flash_bytes", 100_000, "B", estimated(20_324, "constants exact"), "kept"),
    Judged("energy_uj", 100, "uJ", unknown("the active current of nucleo-l4r5zi is unknown"), "broken"),
    Judged("average_mw", 5, "mW", AVERAGE, "kept, but not over the whole spread"),
    Judged("battery_days", 365, "days", estimated(190.0, "the charge / what leaves it"), "broken"),
    Judged("accuracy", 0.9, "", unknown("nothing tells it"), "judged by `edgeopt deploy`"),
)
BUDGETED = replace(
    ANALYSIS,
    limits=LIMITS,
    broken_limits=(ENERGY, DAYS),
    duty_cycle=DutyCycle(10.0),
    average_mw=AVERAGE,
    peak_mw=estimated(73.8, "supply voltage x active current"),
    battery_days=estimated(190.0, "the charge / what leaves it"),
    warnings=("running: not measured of an inference",),
)


def row(board: str, **changes: object) -> BoardRow:
    usual = BoardRow(
        board=board,
        title="a board",
        core="cortex-m4f",
        clock_hz=64_000_000,
        fits=True,
        lacking="",
        broken_limits=(),
        unsure_limits=(),
        flash_bytes=estimated(29_862, "constants exact"),
        ram_bytes=estimated(2_064, "the arena"),
        latency_ms=estimated(43.61, "kernel costs"),
        power_mw=estimated(9.9, "supply voltage x active current"),
        energy_uj=estimated(431.7, "latency x power"),
        average_mw=AVERAGE,
        peak_mw=estimated(9.9, "supply voltage x active current"),
        battery_days=estimated(416.5, "the charge / what leaves it"),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


NOTHING = unknown("no kernel was measured on cortex-m55")
LACKS = unknown("tiny lacks 4,096 B of RAM")
ALL = BoardsAnalysis(
    model="mnist",
    model_sha256="ab" * 32,
    goal="balanced",
    boards=(
        row("arduino-nano-33-ble-sense"),
        row("nrf52840-dk", unsure_limits=("peak_mw",)),
        row("nucleo-l4r5zi", broken_limits=("peak_mw",), peak_mw=estimated(73.8, "supply voltage x active current")),
        row(
            "mps3-an547",
            broken_limits=("average_mw", "peak_mw"),
            **dict.fromkeys(
                ("flash_bytes", "latency_ms", "power_mw", "energy_uj", "average_mw", "peak_mw", "battery_days"), NOTHING
            ),
        ),
        row("tiny", fits=False, lacking="4,096 B of RAM", latency_ms=LACKS, energy_uj=LACKS),
    ),
    limits={"average_mw": 5, "peak_mw": 15},
    duty_cycle=DutyCycle(10.0),
)


def text(value: object, width: int) -> str:
    console = Console(width=width, no_color=True, highlight=False, legacy_windows=False, _environ={})
    with console.capture() as captured:
        console.print(view_of(value).text(value))
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


@pytest.mark.parametrize("width", [64, 80, 120])
@pytest.mark.parametrize("value", [BUDGETED, ALL], ids=lambda value: type(value).__name__)
def test_budget_golden(value: object, width: int, golden: Callable[[str], None]) -> None:
    shown = text(value, width)
    assert max(map(len, shown.splitlines())) <= width
    golden(shown)


@pytest.mark.parametrize("width", [64, 80, 120, 200])
def test_no_width_loses_a_board_or_a_figure(width: int) -> None:
    shown = text(ALL, width)
    assert all(one.board in shown for one in ALL.boards)
    assert all(figure in shown for figure in ("29,862", "2,064", "43.61", "431.7", "416.5", "4.32"))


def test_labels_stand_in_columns_of_their_own() -> None:
    both = replace(
        DEPLOYMENT,
        limits=(
            Judged("latency_ms", 5, "ms", simulated(2.2), "kept"),
            Judged("energy_uj", 500, "uJ", estimated(169.6, "latency x power"), "kept"),
        ),
    )
    lines = text(both, 120).splitlines()
    start = lines.index("Budget")
    heading, latency, energy = lines[start + 1], lines[start + 3], lines[start + 4]
    ends = {label: heading.index(label) + len(label) for label in ("estimated", "simulated")}
    assert latency[: ends["simulated"]].endswith("2.2 ms") and energy[: ends["estimated"]].endswith("169.6 uJ")


def test_the_verdict_names_every_limit_and_the_best_remedy_of_each() -> None:
    error = view_of(BUDGETED).verdict(BUDGETED)
    assert isinstance(error, OverBudget)
    assert error.message == (
        "energy_uj is unknown (the active current of nucleo-l4r5zi is unknown), the limit is 100 uJ; "
        "battery_days is 190 days (estimated), 175 days below the limit of 365 days"
    )
    assert error.hint == f"battery_days: {PERIOD.text}"
    alone = over_budget((ENERGY,))
    assert alone is not None and "nothing that was tried helps" in alone.hint
    assert over_budget(()) is None


def test_all_boards_that_will_not_do_are_over_budget() -> None:
    assert view_of(ALL).verdict(ALL) is None
    none = replace(ALL, boards=ALL.boards[2:])
    error = view_of(none).verdict(none)
    assert isinstance(error, OverBudget) and "fits 2 of 3 boards, but breaks a limit on each" in error.message
    small = replace(ALL, boards=ALL.boards[-1:])
    error = view_of(small).verdict(small)
    assert isinstance(error, OverBudget) and "fits none of 1 boards" in error.message


def test_the_json_keeps_units_and_labels() -> None:
    assert '"average_mw": {' in dumps(ALL) and '"kind": "unknown"' in dumps(ALL)
    assert '"also_breaks": [' in dumps(BUDGETED)

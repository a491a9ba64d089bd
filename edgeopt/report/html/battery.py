"""The battery panel: the node on each cell that ships, as terms that the page's script computes with, and as words.

What leaves the cells on average is linear in 1/period (edgeopt.energy.flows), so two numbers a part tell it for every
period: the script needs no more than these, and a test holds its results against `battery_life`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, inf, log10
from typing import Any

from markupsafe import Markup

from edgeopt.energy import (
    BatteryLife,
    Cell,
    DutyCycle,
    Node,
    Quantity,
    Share,
    Supply,
    battery_life,
    cell_names,
    check_fits,
    load_cell,
    node_of,
    unknown,
)
from edgeopt.energy.flows import LOADS, SELF_DISCHARGE, Flows, Load, awake_ms, flows, usable_mah
from edgeopt.errors import UsageError
from edgeopt.report.html.curve import Frame, life_curve
from edgeopt.report.html.figures import Figure, figure, spread_words
from edgeopt.report.html.words import duration, peak_in_short, peak_words
from edgeopt.report.results import Analysis, BoardFacts, Deployment
from edgeopt.report.text import percent

PERIOD_S = 10.0
CELL = "CR2032"
_LONGEST_S = 86_400.0  # of the slider; the number field takes any
_IN_SERIES = 4
_LONG_DAYS = 3_650.0
_POINTS = 60
SLIDER_STEPS = 240


@dataclass(frozen=True)
class Choice:
    """A supply that can be chosen; `problem` says why it cannot feed the node, else `life` is at the panel's period."""

    name: str
    title: str
    problem: str
    supply: Supply
    life: BatteryLife | None


@dataclass(frozen=True)
class Row:
    """A part of the drain."""

    name: str
    figure: Figure
    share: float

    @property
    def percent(self) -> str:
        return percent(self.share)


@dataclass(frozen=True)
class Panel:
    """The panel as it is without the script: at one period, on one cell."""

    days: Quantity
    setting: str
    spread: str
    every_s: float
    least_s: float
    chosen: Choice | None
    choices: tuple[Choice, ...]
    average_ua: Figure | None
    average_mw: Figure | None
    rows: tuple[Row, ...]
    peak: tuple[str, str]  # tone, words
    assumptions: tuple[str, ...]
    cautions: tuple[str, ...]
    curve: Markup | None
    data: dict[str, Any]

    @property
    def days_figure(self) -> Figure:
        return Figure(self.days.value, self.days.kind, self.days.source)

    @property
    def steps(self) -> int:
        return SLIDER_STEPS

    @property
    def every(self) -> str:
        return duration(self.every_s)

    @property
    def least(self) -> str:
        return duration(self.least_s)

    @property
    def slider(self) -> int:
        """Where the slider stands, of `SLIDER_STEPS`."""
        return round(SLIDER_STEPS * log10(self.every_s / self.least_s) / log10(_longest_s(self.least_s) / self.least_s))


def panel_of(result: Analysis | Deployment) -> Panel | None:
    """The panel of a result; None where it was written by an edgeopt that kept nothing of the board's power.

    UsageError where the figures of board, cell and duty cycle cannot be computed with, which the loaders of board and
    cell files would not have let through.
    """
    if result.board_facts is None:
        return None
    try:
        return _panel_of(result, result.board_facts)
    except (ArithmeticError, ValueError) as error:
        words = f"the figures of the board, the cell or the duty cycle do not go together ({error})"
        raise UsageError(words, "the file was changed: write it anew") from None


def _panel_of(result: Analysis | Deployment, board: BoardFacts) -> Panel:
    duty = result.duty_cycle or DutyCycle(every_s=PERIOD_S)
    node = node_of(board, result.latency_ms, duty)
    if node.latency_ms.value is None or node.latency_ms.value <= 0:
        return _unknown(node.latency_ms)
    least_s = _least_period(node)
    duty = replace(duty, every_s=max(duty.every_s, least_s))
    choices = tuple(_choice(load_cell(name), node, duty) for name in cell_names())
    if result.supply is not None:
        choices = (_given(result.supply, node, duty), *(one for one in choices if one.name != result.supply.name))
    usable = [choice for choice in choices if choice.life is not None and choice.life.days.value is not None]
    if not usable:
        return _unknown(next((choice.life.days for choice in choices if choice.life is not None), _no_cell(choices)))
    chosen = next((choice for choice in usable if choice.supply.cell.name == CELL), usable[0])
    if result.supply is not None and choices[0] in usable:
        chosen = choices[0]
    return _panel(node, duty, least_s, choices, chosen)


def _unknown(days: Quantity) -> Panel:
    return Panel(days, "", "", PERIOD_S, 0.0, None, (), None, None, (), ("", ""), (), (), None, {})


def _no_cell(choices: Sequence[Choice]) -> Quantity:
    return unknown("; ".join(choice.problem for choice in choices if choice.problem))


def _panel(node: Node, duty: DutyCycle, least_s: float, choices: tuple[Choice, ...], chosen: Choice) -> Panel:
    life = chosen.life
    assert life is not None
    usable = [choice for choice in choices if choice.life is not None and choice.life.days.value is not None]
    frame = _frame(node, duty, least_s, usable)
    here = duty.every_s, life.days.value or 0.0
    return Panel(
        days=life.days,
        setting=f"every {duration(duty.every_s)}, {chosen.title}",
        spread=spread_words(life.days, "days"),
        every_s=duty.every_s,
        least_s=least_s,
        chosen=chosen,
        choices=choices,
        average_ua=figure(life.average_ua),
        average_mw=figure(life.average_mw),
        rows=tuple(_row(share) for share in life.breakdown if share.name in _drawn(usable)),
        peak=peak_words(life),
        assumptions=_lasting_words(node, duty, least_s, chosen.supply),
        cautions=tuple(words for what, limit, words in _limits(chosen.supply) if _beyond(what, limit, life)),
        curve=life_curve(frame, _points(node, duty, chosen.supply, frame), here, chosen.title),
        data={
            "every_s": duty.every_s,
            "least_s": least_s,
            "longest_s": _longest_s(least_s),
            "frame": frame.plain(),
            "cells": [_terms(node, duty, least_s, choice) for choice in choices],
        },
    )


def _drawn(choices: Sequence[Choice]) -> set[str]:
    """The parts that take anything from any of the cells."""
    lives = [choice.life for choice in choices if choice.life is not None]
    return {share.name for life in lives for share in life.breakdown if share.average_ua.value}


def _row(share: Share) -> Row:
    current = share.average_ua
    return Row(share.name, Figure(current.value, current.kind, current.source), share.fraction)


def _longest_s(least_s: float) -> float:
    return max(_LONGEST_S, least_s * 10)


def _least_period(node: Node) -> float:
    """The shortest period, rounded up to two digits."""
    awake_s = awake_ms(node, "high") / 1e3
    unit = 10.0 ** (floor(log10(awake_s)) - 1)
    return float(f"{ceil(awake_s / unit * (1 - 1e-12)) * unit:.2g}")


def _given(supply: Supply, node: Node, duty: DutyCycle) -> Choice:
    """The supply of the budget."""
    regulator = "" if supply.feed.kind == "none" else f", {supply.feed.kind}"
    title = f"{_title(supply.cell, supply.series)}{regulator} (the budget's)"
    try:
        return Choice(supply.name, title, "", supply, battery_life(node, duty, supply))
    except UsageError as error:
        return Choice(supply.name, title, f"{error.message} ({error.hint})", supply, None)


def _title(cell: Cell, series: int) -> str:
    return cell.title if series == 1 else f"{series} \N{MULTIPLICATION SIGN} {cell.title}"


def _choice(cell: Cell, node: Node, duty: DutyCycle) -> Choice:
    """As many in series as the node needs; where no number will do, one, and why not."""
    problem = ""
    for series in range(1, _IN_SERIES + 1):
        supply = Supply(cell, series)
        try:
            check_fits(node, duty, supply)
        except UsageError as error:
            problem = problem or f"{error.message} ({error.hint})"
        else:
            return Choice(supply.name, _title(cell, series), "", supply, battery_life(node, duty, supply))
    return Choice(cell.name, cell.title, problem, Supply(cell), None)


def _terms(node: Node, duty: DutyCycle, least_s: float, choice: Choice) -> dict[str, Any]:
    """What the script computes with; of a cell that cannot be taken, why."""
    plain: dict[str, Any] = {"name": choice.name, "title": choice.title, "problem": choice.problem}
    if choice.life is None:
        return plain
    rates = choice.supply.cell.rates
    tone, words = peak_words(choice.life)
    return {
        **plain,
        "kind": choice.life.days.kind,
        "source": choice.life.days.source,
        "mean_v": choice.supply.mean_v(),
        "rates": [[rate.ma, rate.mah / rates[0].mah] for rate in rates],
        "peak": [tone, words, peak_in_short(tone)],
        "assumptions": _lasting_words(node, duty, least_s, choice.supply),
        "limits": _limits(choice.supply),
        "loads": {load: _load_terms(node, duty, choice.supply, load) for load in LOADS},
    }


def _lasting_words(node: Node, duty: DutyCycle, least_s: float, supply: Supply) -> tuple[str, ...]:
    """The assumptions and warnings that hold at every period."""
    short, long = (
        battery_life(node, replace(duty, every_s=period), supply) for period in (least_s, _longest_s(least_s))
    )
    others = {*long.assumptions, *long.warnings}
    return tuple(line for line in (*short.assumptions, *short.warnings) if line in others)


def _limits(supply: Supply) -> list[tuple[str, float, str]]:
    """What holds at some periods only: beyond which average current (`ua`) or life (`days`) to say which words."""
    cell = supply.cell
    found = [("days", _LONG_DAYS, "Over ten years: cells age on the shelf too, which no figure here covers.")]
    if cell.continuous_ma.value is not None:
        words = f"On average more than {cell.name} gives for long, {cell.continuous_ma.value:g} mA."
        found.append(("ua", cell.continuous_ma.value * 1e3, words))
    if cell.rates:
        most = cell.rates[-1].ma
        found.append(("ua", most * 1e3, f"Beyond {most:g} mA no charge of {cell.name} is known: it is less than here."))
    return found


def _beyond(what: str, limit: float, life: BatteryLife) -> bool:
    quantity = life.days if what == "days" else life.average_ua
    return quantity.value is not None and quantity.value > limit


def _load_terms(node: Node, duty: DutyCycle, supply: Supply, load: Load) -> dict[str, Any]:
    """Of each part its charge a period and its constant current, from two periods; the charge that the cells hold."""
    short_s = awake_ms(node, "high") / 1e3 * 2
    long_s = short_s * 1e3
    short, long = (flows(node, replace(duty, every_s=period), supply, load) for period in (short_s, long_s))
    terms = [_linear(part, short, long, short_s, long_s) for part in short.parts_ua if part != SELF_DISCHARGE]
    held = usable_mah(supply, load, 0.0)
    burst_ma = node.active.ma(supply.feed.rail_v(supply.mean_v("low")), "high") if load == "heavy" else 0.0
    return {
        "parts": terms,
        "held_mah": held,
        "least_rate_ma": burst_ma,
        "self_ua_per_mah": short.parts_ua[SELF_DISCHARGE] / short.usable_mah,
    }


def _linear(part: str, short: Flows, long: Flows, short_s: float, long_s: float) -> tuple[str, float, float]:
    """Name, uC a period, uA."""
    one, other = short.parts_ua[part], long.parts_ua[part]
    event_uc = (one - other) / (1 / short_s - 1 / long_s)
    return part, event_uc, one - event_uc / short_s


def _points(node: Node, duty: DutyCycle, supply: Supply, frame: Frame) -> list[tuple[float, float]]:
    """Period and days along the frame."""
    ratio = frame.right / frame.left
    periods = [frame.left * ratio ** (index / (_POINTS - 1)) for index in range(_POINTS)]
    return [(period, flows(node, replace(duty, every_s=period), supply).days) for period in periods]


def _frame(node: Node, duty: DutyCycle, least_s: float, choices: Sequence[Choice]) -> Frame:
    """From the shortest to the longest period, and from the fewest to the most days on any cell, to whole decades."""
    days = [
        flows(node, replace(duty, every_s=period), choice.supply).days
        for choice in choices
        for period in (least_s, _longest_s(least_s))
    ]
    known = [value for value in days if 0 < value < inf]
    low, high = 10.0 ** floor(log10(min(known))), 10.0 ** ceil(log10(max(known)))
    return Frame(least_s, _longest_s(least_s), low, high if high > low else low * 10)

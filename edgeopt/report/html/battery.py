"""The battery panel: the node on each cell that ships, in words and, for the page's script, as terms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, inf, log10
from typing import Any

from markupsafe import Markup

from edgeopt.energy import DutyCycle, Node, Quantity, Share, Supply, cell_names, load_cell, node_of, unknown
from edgeopt.energy.flows import flows
from edgeopt.errors import UsageError
from edgeopt.report.html.choices import Choice, choice_of, given_choice
from edgeopt.report.html.curve import Frame, life_curve
from edgeopt.report.html.figures import Figure, figure, spread_words
from edgeopt.report.html.terms import is_beyond, lasting_words, least_period, limits_of, longest_s, terms_of
from edgeopt.report.html.words import peak_words
from edgeopt.report.results import Analysis, BoardFacts, Deployment
from edgeopt.report.text import duration, percent

PERIOD_S = 10.0
CELL = "CR2032"
SLIDER_STEPS = 240
_POINTS = 60


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
        return round(SLIDER_STEPS * log10(self.every_s / self.least_s) / log10(longest_s(self.least_s) / self.least_s))


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
    least_s = least_period(node)
    duty = replace(duty, every_s=max(duty.every_s, least_s))
    choices = tuple(choice_of(load_cell(name), node, duty) for name in cell_names())
    if result.supply is not None:
        choices = (given_choice(result.supply, node, duty), *(one for one in choices if one.name != result.supply.name))
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
        assumptions=lasting_words(node, duty, least_s, chosen.supply),
        cautions=tuple(words for what, limit, words in limits_of(chosen.supply) if is_beyond(what, limit, life)),
        curve=life_curve(frame, _points(node, duty, chosen.supply, frame), here, chosen.title),
        data={
            "every_s": duty.every_s,
            "least_s": least_s,
            "longest_s": longest_s(least_s),
            "frame": frame.plain(),
            "cells": [terms_of(node, duty, least_s, choice) for choice in choices],
        },
    )


def _drawn(choices: Sequence[Choice]) -> set[str]:
    """The parts that take anything from any of the cells."""
    lives = [choice.life for choice in choices if choice.life is not None]
    return {share.name for life in lives for share in life.breakdown if share.average_ua.value}


def _row(share: Share) -> Row:
    current = share.average_ua
    return Row(share.name, Figure(current.value, current.kind, current.source), share.fraction)


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
        for period in (least_s, longest_s(least_s))
    ]
    known = [value for value in days if 0 < value < inf]
    low, high = 10.0 ** floor(log10(min(known))), 10.0 ** ceil(log10(max(known)))
    return Frame(least_s, longest_s(least_s), low, high if high > low else low * 10)

"""A measurement as parts of a page: its latencies, its energy, and the trace that the energy was found in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from edgeopt.energy import UNKNOWN, Quantity, unknown
from edgeopt.errors import UsageError
from edgeopt.report.html.distribution import histogram
from edgeopt.report.html.figures import WORDS, Figure, figure, spread_words
from edgeopt.report.html.head import Line, Tile, Verdict
from edgeopt.report.html.measured_rows import (
    MICROJOULES,
    UNITS,
    Row,
    energy_rows,
    latency_rows,
    meter_facts,
    request_rows,
    run_facts,
)
from edgeopt.report.html.phases import COLUMNS, Phase, phases_of
from edgeopt.report.html.trace import Strip, stretches_of, strips_of, trace_data, trace_drawing
from edgeopt.report.latency import outlier
from edgeopt.report.measuring import Measured, MeasuredBoard
from edgeopt.report.powering import MeasuredEnergy, in_fit_unit
from edgeopt.report.pyramid import Pyramid, Traced, pyramid_of
from edgeopt.report.results import Latency
from edgeopt.report.text import number

PARTS = ("measured.html",)
NO_FILE = "the trace was not kept"
_CLOSE_INFERENCES = 3  # in a close-up


@dataclass(frozen=True)
class TracePart:
    id: str
    chart: Markup
    span: tuple[Row, ...]  # figures of what is visible; `more` is the end of the id by which the script finds one
    ends: str
    strips: tuple[tuple[str, str], ...]  # class and meaning of the marks under the trace
    closest: str  # the shortest step, in words


@dataclass(frozen=True)
class BoardPart:
    """What the page has of one board; an empty tuple or None: it has none."""

    name: str
    trouble: str
    latency: tuple[Row, ...]
    outliers: tuple[str, ...]
    histogram: Markup | None
    requests: tuple[Row, ...]
    energy: tuple[Row, ...]
    warnings: tuple[str, ...]
    meter: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]
    phases: tuple[Phase, ...]
    trace: TracePart | None
    no_trace: str
    facts: tuple[tuple[str, str], ...]


def measured_context(measured: Measured, traces: Mapping[int, Traced | str]) -> tuple[dict[str, Any], list[Any]]:
    """What the template needs, and the traces' data for the script. `traces`: by board, or why there is none."""
    boards, data = [], []
    for index, board in enumerate(measured.boards):
        trace, why, found = None, "", traces.get(index, NO_FILE)
        if board.energy is not None:
            if isinstance(found, str):
                why = found
            else:
                trace, drawn = _trace_part(f"trace{index}", board.energy, found)
                why = "" if trace is not None else "the trace has no sample"
                data += drawn
        boards.append(_board_part(measured, index, trace, why))
    context = {"boards": boards, "several": len(boards) > 1, "phase_columns": COLUMNS, "words": list(WORDS.items())}
    return context, data


def title_of(measured: Measured) -> str:
    if len(measured.boards) == 1:
        return f"{measured.boards[0].model} on {measured.boards[0].board}"
    return f"{len(measured.boards)} boards"


def verdict_of(measured: Measured) -> Verdict:
    """Whether it is whole, and what makes it doubtful."""
    troubles = [f"{board.name}: {trouble}" for board in measured.boards if (trouble := _trouble(board))]
    if troubles:
        return Verdict("bad", "The measurement is not whole.", tuple(troubles))
    broken = [f"{board.name}: {limit}" for board in measured.boards for limit in board.broken_limits]
    if broken:
        return Verdict("bad", "It does not keep the budget.", tuple(broken))
    doubtful = sum(len(board.energy.warnings) for board in measured.boards if board.energy is not None)
    labels = {board.label for board in measured.boards if board.label}
    how = " and ".join(sorted(labels)) or "found"
    if doubtful:
        return Verdict("open", f"All that was asked for was {how}; the energy has {_count(doubtful, 'warning')}.")
    return Verdict("good", f"All that was asked for was {how}.")


def tiles_of(measured: Measured) -> list[Tile]:
    """The figures of one board; of several, the tables have them."""
    if len(measured.boards) != 1:
        return []
    (board,) = measured.boards
    made = [_latency_tile(board)]
    if board.inferences_per_s is not None and board.energy is None:
        made.append(_tile("Inferences a second", board.inferences_per_s, "", "back to back"))
    if (energy := board.energy) is not None:
        doubt = (Line(f"with {_count(len(energy.warnings), 'warning')}, see below"),) if energy.warnings else ()
        made.append(_tile("Energy", energy.uj_per_inference, MICROJOULES, "of one inference, gross", doubt))
        made.append(_tile("Energy above idle", energy.net_uj_per_inference, MICROJOULES, "of one inference", doubt))
        made.append(_tile("Power, active", energy.active_mw, "mW", "while it infers", doubt))
        idle, unit = in_fit_unit(energy.idle_mw)
        made.append(_tile("Power, idle", idle, UNITS.get(unit, unit), "before and after", doubt))
    return made


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _latency_tile(board: MeasuredBoard) -> Tile:
    latency = board.latency_ms
    if latency is None:
        return _tile("Latency", unknown(_trouble(board) or "the target has no time"), "ms", "of one inference")
    of = "of one inference" if latency.n == 1 else f"median of {latency.n:,} inferences"
    return _tile("Latency", Quantity(latency.value, latency.kind, latency.source), "ms", of)


def _tile(name: str, quantity: Quantity, unit: str, of: str, more: tuple[Line, ...] = ()) -> Tile:
    spread = spread_words(quantity, unit)
    why = (Line(quantity.source),) if quantity.value is None else ()
    shown = figure(quantity)
    assert shown is not None
    return Tile(name, shown, unit, (Line(of), *why, *((Line(spread),) if spread else ()), *more))


def _trouble(board: MeasuredBoard) -> str:
    said = board.error.message if board.error is not None else board.partial
    return said or ("" if board.energy is None else board.energy.partial)


def _board_part(measured: Measured, place: int, trace: TracePart | None, no_trace: str) -> BoardPart:
    board = measured.boards[place]
    latency, energy, ticks = board.latency_ms, board.energy, board.ticks
    runs = [] if ticks is None else [1e3 * run / ticks.hz for run in ticks.runs]
    return BoardPart(
        name=board.name,
        trouble=_trouble(board),
        latency=tuple(latency_rows(latency, board.inferences_per_s)) if latency is not None else (),
        outliers=tuple(map(outlier, latency.outliers)) if latency is not None else (),
        histogram=_histogram(latency, runs, ticks.hz, place)
        if latency is not None and ticks is not None and len(runs) > 1
        else None,
        requests=tuple(request_rows(board.responses, board.label)) if board.responses is not None else (),
        energy=tuple(energy_rows(energy, board.label or UNKNOWN)) if energy is not None else (),
        warnings=energy.warnings if energy is not None else (),
        meter=tuple(meter_facts(energy)) if energy is not None else (),
        remarks=energy.meter.remarks if energy is not None else (),
        phases=phases_of(energy) if energy is not None else (),
        trace=trace,
        no_trace=no_trace,
        facts=tuple(run_facts(measured, board)),
    )


def _histogram(latency: Latency, runs: Sequence[float], hz: int, place: int) -> Markup:
    named = (("median", latency.value), ("p90", latency.p90), ("p99", latency.p99), ("max", latency.max))
    marks = [(name, value) for name, value in named if value is not None]
    return histogram(runs, 1e3 / hz, marks, f"runs{place}")


def _trace_part(id_: str, energy: MeasuredEnergy, trace: Traced) -> tuple[TracePart | None, list[Any]]:
    stretches = stretches_of(energy)
    beyond = [one.name for one in stretches if not -1.0 <= one.begin_s <= one.end_s <= trace.duration_s + 1.0]
    if beyond:
        raise UsageError(
            f"`{energy.trace}` lasts {trace.duration_s:.6g} s and cannot hold {beyond[0]}: it is another trace",
            "keep the trace beside the JSON that names it, both as `edgeopt measure --save` wrote them",
        )
    pyramid = pyramid_of(trace, tuple(_close_ups(energy)))
    if pyramid is None:
        return None, []
    source = f"{energy.meter.title}, summed over the visible part of the trace"
    part = TracePart(
        id=id_,
        chart=trace_drawing(pyramid, stretches, id_),
        span=tuple(_span(pyramid, trace.info.label, source)),
        ends=f"{pyramid.whole.begin_s:.6g} s to {pyramid.whole.end_s:.6g} s",
        strips=tuple(dict.fromkeys(_meaning(strip) for strip in strips_of(pyramid))),
        closest=_closest(pyramid),
    )
    return part, [{"id": id_, **trace_data(pyramid, stretches, trace.info.supply_v, source)}]


def _meaning(strip: Strip) -> tuple[str, str]:
    return (strip.name, f"{strip.name} samples") if strip.flag else ("low", "digital line low")


def _span(pyramid: Pyramid, label: str, source: str) -> Iterator[Row]:
    """Of the whole trace; the script puts others in their place."""
    whole = pyramid.whole
    count = len(whole.least)
    total = float(np.nansum(whole.mean)) * whole.step_s
    unit = "mA" if pyramid.is_current else "mW"
    values = [("Visible", whole.end_s - whole.begin_s, "s", "seconds")]
    if pyramid.is_current:
        values.append(("Charge", 1e3 * total, "mC", "charge"))
    if (joules := whole.joules(0, count)) is not None:
        values.append(("Energy", 1e3 * joules, "mJ", "energy"))
    values.append(("Mean", 1e3 * float(np.nanmean(whole.mean)), unit, "mean"))
    values.append(("Least", 1e3 * float(np.nanmin(whole.least)), unit, "least"))
    values.append(("Most", 1e3 * float(np.nanmax(whole.most)), unit, "most"))
    return (Row(name, Figure(value, label, source), unit, id_) for name, value, unit, id_ in values)


def _close_ups(energy: MeasuredEnergy) -> Iterator[tuple[float, float]]:
    """The first window with what is about it, and its ends, some inferences long."""
    if energy.windows:
        first = energy.windows[0]
        length = first.end_s - first.begin_s
        yield first.begin_s - length / 10, first.end_s + length / 10
        one = length / max(1, first.inferences)
        yield first.begin_s - one, first.begin_s + _CLOSE_INFERENCES * one
        yield first.end_s - _CLOSE_INFERENCES * one, first.end_s + one


def _closest(pyramid: Pyramid) -> str:
    whole, closest = pyramid.whole, min(pyramid.levels, key=lambda level: level.step_s)
    words = f"{len(whole.least):,} steps of {number(1e3 * whole.step_s)} ms"
    if closest is whole:
        return words
    return f"{words}, and about the first window as short as {number(1e3 * closest.step_s)} ms"

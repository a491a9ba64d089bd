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
from edgeopt.report.html.phases import COLUMNS, Phase, phases_of
from edgeopt.report.html.trace import Strip, stretches_of, strips_of, trace_data, trace_drawing
from edgeopt.report.latency import outlier, quoted, variation_of
from edgeopt.report.measuring import Measured, MeasuredBoard, Responses
from edgeopt.report.powering import MeasuredEnergy
from edgeopt.report.pyramid import Pyramid, Traced, pyramid_of
from edgeopt.report.results import Latency
from edgeopt.report.text import number, percent

PARTS = ("measured.html",)
NO_FILE = "the trace was not kept"
_MICROJOULES = "\N{MICRO SIGN}J"
_CLOSE_INFERENCES = 3  # in a close-up


@dataclass(frozen=True)
class Row:
    """A figure, its unit, and what stands beside it."""

    name: str
    figure: Figure
    unit: str = ""
    more: str = ""


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
        made.append(_tile("Energy", energy.uj_per_inference, _MICROJOULES, "of one inference, gross", doubt))
        made.append(_tile("Energy above idle", energy.net_uj_per_inference, _MICROJOULES, "of one inference", doubt))
        made.append(_tile("Power, active", energy.active_mw, "mW", "while it infers", doubt))
        made.append(_tile("Power, idle", energy.idle_mw, "mW", "before and after", doubt))
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
        latency=tuple(_latency_rows(latency, board.inferences_per_s)) if latency is not None else (),
        outliers=tuple(map(outlier, latency.outliers)) if latency is not None else (),
        histogram=_histogram(latency, runs, ticks.hz, place)
        if latency is not None and ticks is not None and len(runs) > 1
        else None,
        requests=tuple(_request_rows(board.responses, board.label)) if board.responses is not None else (),
        energy=tuple(_energy_rows(energy, board.label or UNKNOWN)) if energy is not None else (),
        warnings=energy.warnings if energy is not None else (),
        meter=tuple(_meter_facts(energy)) if energy is not None else (),
        remarks=energy.meter.remarks if energy is not None else (),
        phases=phases_of(energy) if energy is not None else (),
        trace=trace,
        no_trace=no_trace,
        facts=tuple(_facts(measured, board)),
    )


def _histogram(latency: Latency, runs: Sequence[float], hz: int, place: int) -> Markup:
    named = (("median", latency.value), ("p90", latency.p90), ("p99", latency.p99), ("max", latency.max))
    marks = [(name, value) for name, value in named if value is not None]
    return histogram(runs, 1e3 / hz, marks, f"runs{place}")


def _latency_rows(latency: Latency, rate: Quantity | None) -> Iterator[Row]:
    def made(name: str, value: float | None, more: str = "") -> Row:
        if value is None:
            return Row(name, Figure(None, "unknown", more), "ms", more)
        return Row(name, Figure(value, latency.kind, latency.source), "ms", more)

    if latency.n == 1:
        yield made("one inference", latency.value, "one run")
    else:
        within = ""
        if latency.median_low is not None and latency.median_confidence is not None:
            ends = f"{number(latency.median_low)} to {number(latency.median_high)}"
            within = f"{ends} with {percent(latency.median_confidence)} confidence, by order statistics"
        yield made("median", latency.value, within or f"of {latency.n:,} runs")
        yield made("least", latency.min)
        yield made("mean", latency.mean)
        for percentile, value in ((90, latency.p90), (99, latency.p99)):
            yield made(f"p{percentile}", value, "" if value is not None else quoted(None, percentile))
        yield made("most", latency.max)
    if latency.variation is not None:
        shown = Figure(latency.variation, latency.kind, latency.source, variation_of(latency.variation))
        yield Row("variation", shown, "", "standard deviation over mean")
    if latency.cold is not None:
        yield made("the first", latency.cold, "before any other")
    if rate is not None and rate.value is not None:
        yield Row("back to back", Figure(rate.value, rate.kind, rate.source), "a second", "")


def _request_rows(found: Responses, label: str | None) -> Iterator[Row]:
    source = f"requests served in the device's own time, {found.pattern}"

    def made(name: str, value: float | None, unit: str, more: str = "", shown: str = "") -> Row:
        kind = "unknown" if value is None or label is None else label
        return Row(
            name, Figure(value if label else None, kind, source if value is not None else more, shown), unit, more
        )

    yield made("served", found.served, "", f"of {found.requests:,}")
    yield made("response, median", found.median_ms, "ms", "from arrival to result")
    yield made("response, p90", found.p90_ms, "ms", "" if found.p90_ms is not None else quoted(None, 90))
    yield made("response, p99", found.p99_ms, "ms", "" if found.p99_ms is not None else quoted(None, 99))
    yield made("response, most", found.max_ms, "ms")
    yield made("wait, mean", found.mean_wait_ms, "ms")
    yield made("busy", found.utilization, "", "share of the time", percent(found.utilization))
    yield made("asleep", found.asleep, "", "share of the time", percent(found.asleep))
    if found.misses is not None:
        yield made("too late", found.misses, "", f"after {number(found.deadline_ms)} ms")


def _energy_rows(energy: MeasuredEnergy, label: str) -> Iterator[Row]:
    for name, quantity, unit in (
        ("energy an inference, gross", energy.uj_per_inference, _MICROJOULES),
        ("energy an inference, above idle", energy.net_uj_per_inference, _MICROJOULES),
        ("power while it infers", energy.active_mw, "mW"),
        ("power while idle", energy.idle_mw, "mW"),
        ("inferences a second", energy.inferences_per_s, ""),
    ):
        shown = figure(quantity)
        assert shown is not None
        yield Row(name, shown, unit, spread_words(quantity, unit) if quantity.value is not None else quantity.source)
    if energy.uj_per_inference.value is not None:
        label = energy.uj_per_inference.kind
    if label == UNKNOWN:
        return
    if energy.variation is not None:
        shown = Figure(energy.variation, label, "the windows", variation_of(energy.variation))
        yield Row("variation of the windows", shown, "", "standard deviation over mean")
    if energy.clock_ratio is not None:
        yield Row("the meter's seconds over the board's", Figure(energy.clock_ratio, label, "both clocks"))
    if energy.supply_v is not None:
        source = energy.meter.supply_source or energy.meter.title
        yield Row("supply", Figure(energy.supply_v, label, source), "V", energy.meter.supply_source)


def _meter_facts(energy: MeasuredEnergy) -> Iterator[tuple[str, str]]:
    meter = energy.meter
    yield "meter", meter.title
    yield "samples a second", number(meter.rate_hz)
    for name, share in (("gain", meter.gain_error), ("supply", meter.supply_error), ("clock", meter.clock_error)):
        if share is not None:
            yield f"{name}, at most off by", f"{100 * share:.3g} %"
    if meter.offset_error_a is not None:
        yield "offset, at most", f"{number(1e6 * meter.offset_error_a)} \N{MICRO SIGN}A"
    yield "accuracy by", meter.accuracy_source
    yield "calibrated", "yes" if meter.calibrated else "NO"
    cuts = dict.fromkeys(one.cut for one in energy.windows)
    yield "windows cut by", ", ".join(cuts) or "nothing"


def _facts(measured: Measured, board: MeasuredBoard) -> Iterator[tuple[str, str]]:
    yield "model", board.model
    yield "board", board.board
    yield "on", board.target
    yield "build", board.build_id
    yield "runs asked for", f"{measured.runs:,}, after {measured.warmup:,} to warm up"
    if board.deterministic:
        yield "repeats", "the target is deterministic: every run takes the same"
    for name, size in (("flash", board.flash_bytes), ("RAM", board.ram_bytes)):
        if size is not None:
            yield name, f"{size:,} B, as linked"
    if board.stack_high_water_bytes is not None:
        yield "stack, the deepest", f"{board.stack_high_water_bytes:,} B"
    if board.restarts:
        yield "restarts", f"{board.restarts:,}, after which the session went on"


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

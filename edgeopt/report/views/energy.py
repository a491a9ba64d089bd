"""How energy is shown: of a measurement with a meter, and of a saved trace."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.energy import Quantity
from edgeopt.errors import EdgeoptError, MeterError
from edgeopt.report.latency import variation_of
from edgeopt.report.powering import EnergyWindow, MeasuredEnergy, MeterFacts, TraceReport
from edgeopt.report.text import grid, number, pairs, percent, printable, section, warnings_section
from edgeopt.report.view import view

METER_HINT = "what there is was shown, and the trace kept: mend the meter or its wiring, and do it again"
_MANY = 12  # windows that stand in a table of their own; more are told in a line


def energy_error(energy: MeasuredEnergy) -> EdgeoptError | None:
    """What a measurement amounts to whose energy is not whole."""
    return MeterError(f"the energy is partial: {energy.partial}", METER_HINT) if energy.partial else None


def energy_sections(energy: MeasuredEnergy) -> Sequence[RenderableType]:
    """The figures, and below them all that makes them doubtful."""
    figure = energy.uj_per_inference
    if figure.value is None:
        facts = [("unknown", figure.source), *_meter(energy.meter, energy.supply_v), *_trace(energy)]
        return [section("Energy", pairs(facts)), *warnings_section(energy.warnings)]
    rows = [
        ("an inference", f"{_with_bounds(figure)} uJ"),
        ("above idle", _or_why(energy.net_uj_per_inference, "uJ")),
        ("inferring", f"{_with_bounds(energy.active_mw)} mW"),
        ("idle", _or_why(energy.idle_mw, "mW")),
        ("inferences", f"{_with_bounds(energy.inferences_per_s)} a second, {energy.inferences_per_s.source}"),
        ("windows", _windows(energy)),
        *_meter(energy.meter, energy.supply_v),
        *_clocks(energy),
        *_trace(energy),
    ]
    if energy.partial:
        rows.append(("partial", energy.partial))
    title = f"Energy, {figure.kind} ({figure.source})"
    remarks = [section("What the figures hold", *(Text(printable(f"- {one}")) for one in energy.meter.remarks))]
    return [
        section(title, pairs(rows)),
        *(remarks if energy.meter.remarks else []),
        *warnings_section(energy.warnings),
    ]


def energy_cells(energy: MeasuredEnergy | None) -> list[str]:
    """A row's cells: uJ an inference, its bounds, mW inferring, mW idle, warnings."""
    if energy is None:
        return [""] * 5
    figure = energy.uj_per_inference
    doubts = len(energy.warnings)
    state = "partial" if energy.partial else f"{doubts} warning{'s' if doubts > 1 else ''}" if doubts else ""
    return [number(figure.value), _bounds(figure), number(energy.active_mw.value), number(energy.idle_mw.value), state]


CELLS = ("uJ", "bounds", "mW inferring", "mW idle")


def trace_error(report: TraceReport) -> EdgeoptError | None:
    if report.partial:
        return MeterError(f"the trace is partial: {report.partial}", "what there is of it was shown")
    return None if report.energy is None else energy_error(report.energy)


@view(TraceReport, "edgeopt.trace/1", trace_error)
def trace_text(report: TraceReport) -> RenderableType:
    facts = [
        ("samples", f"{report.samples:,} in {number(report.duration_s)} s{_lost(report)}"),
        *_meter(report.meter, report.supply_v),
    ]
    if report.edges:
        facts.append(("edges", "; ".join(f"line {e.line}: {e.falling:,} down, {e.rising:,} up" for e in report.edges)))
    if report.mean_mw is not None and report.least_mw is not None and report.most_mw is not None:
        ends = f"{number(report.least_mw)} to {number(report.most_mw)} mW"
        facts.append(("power", f"mean {number(report.mean_mw)} mW, {ends}; {number(report.energy_mj)} mJ in all"))
    else:
        facts.append(("power", "unknown: the supply voltage is not in the trace (--supply-v gives it)"))
    if report.partial:
        facts.append(("partial", report.partial))
    parts = [section(f"{report.file}, {report.label}", pairs(facts))]
    if report.energy is None:
        return Group(*parts)
    windows = [*report.energy.idle, *report.energy.windows]
    if len(windows) <= _MANY:
        parts.append(section("Windows", _table(windows)))
    return Group(*parts, *energy_sections(report.energy))


def _lost(report: TraceReport) -> str:
    words = f", {report.lost:,} lost ({percent(report.lost, report.lost + report.samples)})" if report.lost else ""
    return words + (f", {report.saturated:,} at the end of a range" if report.saturated else "")


def _table(windows: Sequence[EnergyWindow]) -> RenderableType:
    columns = ["begin, s", "end, s", "inferences", "uJ each", "mW", "least", "most", "lost"]
    return grid(
        ["", *columns, "cut by"],
        (
            [
                one.name,
                f"{one.begin_s:.6g}",
                f"{one.end_s:.6g}",
                f"{one.inferences:,}" if one.inferences else "",
                number(one.uj_per_inference),
                number(one.mean_mw),
                number(one.least_mw),
                number(one.most_mw),
                f"{one.lost:,}",
                one.cut,
            ]
            for one in windows
        ),
        right=columns,
    )


def _windows(energy: MeasuredEnergy) -> str:
    first = energy.windows[0]
    cuts = " and ".join(dict.fromkeys(one.cut for one in energy.windows))
    off = max(one.end_error_s for one in energy.windows)
    ends = f", ends within {_time(off)}" if off else ""
    spread = "" if energy.variation is None else f"; variation {variation_of(energy.variation)}"
    length = number(first.end_s - first.begin_s)
    count = f"{first.inferences:,} inferences"
    each = f"{len(energy.windows)} of {length} s, {count} each" if len(energy.windows) > 1 else f"{length} s, {count}"
    return f"{each}, cut by {cuts}{ends}{spread}"


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.3g} us" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms"


def _meter(meter: MeterFacts, supply_v: float | None) -> list[tuple[str, str]]:
    calibrated = "" if meter.calibrated else ", not calibrated"
    supply = "unknown" if supply_v is None else f"{supply_v:.4g} V, {meter.supply_source or 'as the meter tells it'}"
    return [
        ("meter", f"{meter.title}, {number(meter.rate_hz)} samples a second{calibrated}"),
        ("accuracy", meter.accuracy_source),
        ("supply", supply),
    ]


def _clocks(energy: MeasuredEnergy) -> list[tuple[str, str]]:
    ratio = energy.clock_ratio
    return [] if ratio is None else [("clocks", f"the meter's second is {ratio:.6f} of the board's")]


def _trace(energy: MeasuredEnergy) -> list[tuple[str, str]]:
    return [] if energy.trace is None else [("trace", energy.trace)]


def _or_why(quantity: Quantity, unit: str) -> str:
    return f"unknown: {quantity.source}" if quantity.value is None else f"{_with_bounds(quantity)} {unit}"


def _with_bounds(quantity: Quantity) -> str:
    bounds = _bounds(quantity)
    return number(quantity.value) + (f" ({bounds})" if bounds else "")


def _bounds(quantity: Quantity) -> str:
    """The half of the range, as it is told beside a figure; empty where there is none."""
    if quantity.value is None or quantity.low is None or quantity.high is None or quantity.low == quantity.high:
        return ""
    error = max(quantity.high - quantity.value, quantity.value - quantity.low)
    share = f", {100 * error / abs(quantity.value):.2g} %" if quantity.value else ""
    return f"+- {error:.2g}{share}"

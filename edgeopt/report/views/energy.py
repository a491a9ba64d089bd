"""How energy is shown: of a measurement with a meter, and of a saved trace."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.energy import Quantity
from edgeopt.errors import EdgeoptError, MeterError
from edgeopt.report.latency import figure as figure_of
from edgeopt.report.latency import variation_of
from edgeopt.report.powering import EnergyWindow, LineEdges, MeasuredEnergy, MeterFacts, TraceReport, in_fit_unit
from edgeopt.report.text import grid, number, pairs, percent, printable, section, warnings_section
from edgeopt.report.view import view

METER_HINT = "what there is was shown, and the trace kept: mend the meter or its wiring, and do it again"
_MANY = 12  # windows that stand in a table of their own; more are told in a line


def energy_error(energy: MeasuredEnergy) -> EdgeoptError | None:
    """What a measurement amounts to whose energy is not whole."""
    return MeterError(f"the energy is partial: {energy.partial}", METER_HINT) if energy.partial else None


def energy_sections(energy: MeasuredEnergy, with_meter: bool = True) -> Sequence[RenderableType]:
    """The figures, and below them all that makes them doubtful. `with_meter`: and which meter it was."""
    figure = energy.uj_per_inference
    meter = [*_meter(energy.meter, energy.supply_v), *_trace(energy)] if with_meter else []
    if figure.value is None:
        return [section("Energy", pairs([("unknown", figure.source), *meter])), *warnings_section(energy.warnings)]
    rows = [
        ("an inference", _figure(figure, "uJ")),
        ("above idle", _figure(energy.net_uj_per_inference, "uJ")),
        ("inferring", _figure(energy.active_mw, "mW")),
        ("idle", _figure(*in_fit_unit(energy.idle_mw))),
        ("inferences", _figure(energy.inferences_per_s, "a second, by the meter's clock")),
        ("windows", _windows(energy)),
        *_clocks(energy),
        *meter,
    ]
    if energy.partial:
        rows.append(("partial", energy.partial))
    remarks = [Text(printable(f"- {one}")) for one in energy.meter.remarks]
    return [
        section(f"Energy, {figure.kind} ({figure.source})", pairs(rows)),
        *([section("What the figures hold", *remarks)] if remarks else []),
        *warnings_section(energy.warnings),
    ]


def energy_cells(energy: MeasuredEnergy | None) -> list[str]:
    """A row's cells: those of CELLS, and its state."""
    if energy is None:
        return [""] * 5
    quantities = (energy.uj_per_inference, energy.active_mw, energy.idle_mw)
    uj, active, idle = ("" if one.value is None else figure_of(one.value) for one in quantities)
    doubts = len(energy.warnings)
    state = "partial" if energy.partial else f"{doubts} warning{'s' if doubts > 1 else ''}" if doubts else ""
    return [uj, _bounds(energy.uj_per_inference), active, idle, state]


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
        facts.append(("edges", _edges(report.edges)))
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
    return Group(*parts, *energy_sections(report.energy, with_meter=False))


def _lost(report: TraceReport) -> str:
    words = f", {report.lost:,} lost ({percent(report.lost, report.lost + report.samples)})" if report.lost else ""
    return words + (f", {report.saturated:,} at the end of a range" if report.saturated else "")


def _edges(edges: Sequence[LineEdges]) -> str:
    """The lines that do the same as one."""
    alike: dict[tuple[int, int], list[str]] = {}
    for one in edges:
        alike.setdefault((one.falling, one.rising), []).append(str(one.line))
    counts = ((f"line{'s' if len(lines) > 1 else ''} {', '.join(lines)}", *counts) for counts, lines in alike.items())
    return "; ".join(f"{lines}: {falling:,} down, {rising:,} up" for lines, falling, rising in counts)


def _table(windows: Sequence[EnergyWindow]) -> RenderableType:
    columns = ["begin, s", "end, s", "inferences", "uJ each", "mW", "least", "most", "lost"]
    return grid(
        ["", *columns, "cut"],
        (
            [
                one.name,
                f"{one.begin_s:.6g}",
                f"{one.end_s:.6g}",
                f"{one.inferences:,}" if one.inferences else "",
                "" if one.uj_per_inference is None else figure_of(one.uj_per_inference),
                number(one.mean_mw),
                number(one.least_mw),
                number(one.most_mw),
                f"{one.lost:,}",
                _CUTS.get(one.cut, one.cut),
            ]
            for one in windows
        ),
        right=columns,
    )


_CUTS = {"edges": "by edges", "host clock": "by the host's clock", "given": "as given"}


def _windows(energy: MeasuredEnergy) -> str:
    first = energy.windows[0]
    cuts = " and ".join(dict.fromkeys(_CUTS.get(one.cut, one.cut) for one in energy.windows))
    off = max(one.end_error_s for one in energy.windows)
    ends = f", ends within {_time(off)}" if off else ""
    spread = "" if energy.variation is None else f"; variation {variation_of(energy.variation)}"
    length = _time(first.end_s - first.begin_s)
    count = f"{first.inferences:,} inference{'s' if first.inferences > 1 else ''}"
    each = f"{len(energy.windows)} of {length}, {count} each" if len(energy.windows) > 1 else f"{length}, {count}"
    return f"{each}, cut {cuts}{ends}{spread}"


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.4g} s"
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


def _figure(quantity: Quantity, unit: str) -> str:
    """With its unit and its bounds, or why it is not told."""
    if quantity.value is None:
        return f"unknown: {quantity.source}"
    bounds = _bounds(quantity)
    return f"{figure_of(quantity.value)} {unit}" + (f"  {bounds}" if bounds else "")


def _bounds(quantity: Quantity) -> str:
    """How far the truth may be from the figure; empty where nothing is known of that."""
    if quantity.value is None or quantity.low is None or quantity.high is None or quantity.low == quantity.high:
        return ""
    error = max(quantity.high - quantity.value, quantity.value - quantity.low)
    share = f" ({100 * error / abs(quantity.value):.2g} %)" if quantity.value else ""
    return f"+- {error:,.0f}{share}" if error >= 100 else f"+- {error:.2g}{share}"

"""The tables of a measurement's page: a row a figure, with its label, its source and what stands beside it."""

from collections.abc import Iterator
from dataclasses import dataclass

from edgeopt.energy import UNKNOWN, Quantity
from edgeopt.report.html.figures import Figure, figure, spread_words
from edgeopt.report.latency import quoted, variation_of
from edgeopt.report.measuring import Measured, MeasuredBoard, Responses
from edgeopt.report.powering import MeasuredEnergy, in_fit_unit
from edgeopt.report.results import Latency
from edgeopt.report.text import number, percent

MICROJOULES = "\N{MICRO SIGN}J"
UNITS = {"uW": "\N{MICRO SIGN}W"}  # as the page has them


@dataclass(frozen=True)
class Row:
    """A figure, its unit, and what stands beside it."""

    name: str
    figure: Figure
    unit: str = ""
    more: str = ""


def latency_rows(latency: Latency, rate: Quantity | None) -> Iterator[Row]:
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


def request_rows(found: Responses, label: str | None) -> Iterator[Row]:
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


def energy_rows(energy: MeasuredEnergy, label: str) -> Iterator[Row]:
    idle, idle_unit = in_fit_unit(energy.idle_mw)
    for name, quantity, unit in (
        ("energy an inference, gross", energy.uj_per_inference, MICROJOULES),
        ("energy an inference, above idle", energy.net_uj_per_inference, MICROJOULES),
        ("power while it infers", energy.active_mw, "mW"),
        ("power while idle", idle, UNITS.get(idle_unit, idle_unit)),
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


def meter_facts(energy: MeasuredEnergy) -> Iterator[tuple[str, str]]:
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


def run_facts(measured: Measured, board: MeasuredBoard) -> Iterator[tuple[str, str]]:
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

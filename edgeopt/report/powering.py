"""What a power meter found of a board: figures with their bounds, each window, and what must be known of the meter."""

from dataclasses import dataclass, replace

from edgeopt.board import Regulator
from edgeopt.energy import ENDS, Draw, Quantity, measured_draw, spread, unknown, weakest
from edgeopt.power.found import EnergyFound, WindowEnergy
from edgeopt.power.trace import TraceInfo
from edgeopt.report.view import Shown

_LEAST_MW = 0.1  # less is told in microwatts


@dataclass(frozen=True)
class MeterFacts:
    """The meter, and what it adds to the figures; `remarks` are what a reader of them must know."""

    kind: str  # as in `--meter`
    title: str
    rate_hz: float
    remarks: tuple[str, ...]
    accuracy_source: str
    calibrated: bool = True
    digital_lines: int = 0
    supply_source: str = ""
    gain_error: float | None = None  # bounds, as in TraceInfo; None: written by an older edgeopt
    offset_error_a: float | None = None
    supply_error: float | None = None
    clock_error: float | None = None
    full_scale_a: float | None = None


@dataclass(frozen=True)
class EnergyWindow:
    """A stretch of the trace, in its seconds. `uj_per_inference` None: the board was idle."""

    name: str
    begin_s: float
    end_s: float
    inferences: int
    cut: str  # by: edges, host clock, given
    end_error_s: float  # how far off both ends may be
    uj_per_inference: float | None
    mean_mw: float
    lost: int  # samples
    saturated: int
    board_s: float | None  # its length by the board's own clock
    suspect: int = 0
    least_mw: float | None = None
    most_mw: float | None = None
    charge_mc: float | None = None  # None: the meter tells power only


@dataclass(frozen=True)
class MeasuredEnergy:
    """What inferences took of the supply; `low` and `high` of a figure bound the truth.

    With no window everything is unknown, and `partial` says why.
    """

    uj_per_inference: Quantity  # all that the supply gave: the windows' median
    net_uj_per_inference: Quantity  # above what the board takes idle
    active_mw: Quantity
    idle_mw: Quantity
    inferences_per_s: Quantity  # by the meter's clock
    variation: float | None  # of the windows' energy; None: one window
    clock_ratio: float | None  # the meter's seconds over the board's
    supply_v: float | None
    meter: MeterFacts
    windows: tuple[EnergyWindow, ...]
    idle: tuple[EnergyWindow, ...]
    trace: str | None  # file, relative to the JSON that names it; None: it was not kept, or is what was given
    warnings: tuple[str, ...] = ()
    partial: str = ""

    def __post_init__(self) -> None:
        if self.uj_per_inference.value is not None and not self.windows:
            raise ValueError("there is an energy, but no window of inferences")
        if self.supply_v is not None and self.supply_v <= 0:
            raise ValueError(f"supply_v cannot be {self.supply_v:g}")


@dataclass(frozen=True)
class LineEdges:
    """How often a digital line of the trace falls and rises."""

    line: int
    falling: int
    rising: int


@dataclass(frozen=True)
class TraceReport(Shown):
    """`edgeopt trace`: a saved trace as a whole, and the windows that were cut from it."""

    file: str
    label: str  # simulated or measured
    meter: MeterFacts
    duration_s: float
    samples: int
    lost: int
    saturated: int
    supply_v: float | None
    energy_mj: float | None  # of all of it; None: the supply is not known
    mean_mw: float | None
    least_mw: float | None
    most_mw: float | None
    edges: tuple[LineEdges, ...]
    energy: MeasuredEnergy | None = None  # None: no window was asked for
    partial: str = ""


def in_fit_unit(power_mw: Quantity) -> tuple[Quantity, str]:
    """A power in the unit that it is read best in, "mW" or "uW"."""
    if power_mw.value is None or abs(power_mw.value) >= _LEAST_MW:
        return power_mw, "mW"
    value, low, high = (None if one is None else 1e3 * one for one in (power_mw.value, power_mw.low, power_mw.high))
    return replace(power_mw, value=value, low=low, high=high), "uW"


def meter_facts(info: TraceInfo) -> MeterFacts:
    return MeterFacts(
        kind=info.meter,
        title=info.title,
        rate_hz=info.rate_hz,
        remarks=info.remarks,
        accuracy_source=info.accuracy_source,
        calibrated=info.calibrated,
        digital_lines=info.digital_lines,
        supply_source=info.supply_source,
        gain_error=info.gain_error,
        offset_error_a=info.offset_error_a,
        supply_error=info.supply_error,
        clock_error=info.clock_error,
        full_scale_a=info.full_scale_a,
    )


def energy_report(found: EnergyFound, source: str, trace: str | None = None) -> MeasuredEnergy:
    """The figures of a measurement with a meter; `source`: of what, in a few words; `trace`: the file, as told."""
    label = found.info.label
    median = f"median of {len(found.windows)} windows" if len(found.windows) > 1 else "one window"
    words = f"{found.info.meter}, {median}: {source}"
    no_idle = "the board was not seen idle"
    return MeasuredEnergy(
        uj_per_inference=_bounded(found.uj_per_inference, found.uj_error, label, words),
        net_uj_per_inference=_perhaps(found.net_uj_per_inference, found.net_uj_error, label, words, no_idle),
        active_mw=_bounded(found.active_mw, found.active_mw_error, label, words),
        idle_mw=_perhaps(found.idle_mw, found.idle_mw_error, label, f"{found.info.meter}, idle: {source}", no_idle),
        inferences_per_s=_bounded(
            found.inferences_per_s,
            found.inferences_per_s * found.info.clock_error,
            label,
            f"by the meter's clock: {source}",
        ),
        variation=found.variation,
        clock_ratio=found.clock_ratio,
        supply_v=found.supply_v,
        meter=meter_facts(found.info),
        windows=tuple(map(energy_window, found.windows)),
        idle=tuple(map(energy_window, found.idle)),
        trace=trace,
        warnings=found.warnings,
        partial=found.partial,
    )


def no_energy(info: TraceInfo, why: str, trace: str | None = None) -> MeasuredEnergy:
    """Of a meter that was there, but from which no figure came."""
    nothing = unknown(why)
    return MeasuredEnergy(
        uj_per_inference=nothing,
        net_uj_per_inference=nothing,
        active_mw=nothing,
        idle_mw=nothing,
        inferences_per_s=nothing,
        variation=None,
        clock_ratio=None,
        supply_v=info.supply_v,
        meter=meter_facts(info),
        windows=(),
        idle=(),
        trace=trace,
        partial=why,
    )


def active_draw(energy: MeasuredEnergy, latency_ms: Quantity, regulator: Regulator) -> Draw | None:
    """The current of an inference that makes its energy what was measured, at the meter's supply; None: not measured.

    Labelled by the weaker of energy and latency.
    """
    found, volts = energy.uj_per_inference, energy.supply_v
    if found.value is None or latency_ms.value is None or not volts:
        return None
    milliamps = (max(found.at(end), 0.0) / latency_ms.value / volts for end in ENDS)
    source = f"energy of an inference / latency / supply ({found.source})"
    return measured_draw(regulator, spread(milliamps, weakest(found.kind, latency_ms.kind), source), volts)


def peak_draw(energy: MeasuredEnergy, regulator: Regulator) -> Draw | None:
    """The largest sample in the windows; None where there is none."""
    most = max((one.most_mw for one in energy.windows if one.most_mw is not None), default=None)
    if most is None or not energy.supply_v:
        return None
    source = f"the largest sample in the windows ({energy.meter.title})"
    milliamps = Quantity(most / energy.supply_v, energy.uj_per_inference.kind, source)
    return measured_draw(regulator, milliamps, energy.supply_v)


def energy_window(one: WindowEnergy) -> EnergyWindow:
    window, integral = one.window, one.integral
    return EnergyWindow(
        name=window.name,
        begin_s=window.begin_s,
        end_s=window.end_s,
        inferences=window.inferences,
        cut=window.cut,
        end_error_s=window.end_error_s,
        uj_per_inference=one.uj_per_inference if window.inferences else None,
        mean_mw=integral.mean_w * 1e3,
        lost=integral.lost,
        saturated=integral.saturated,
        board_s=window.board_s,
        suspect=integral.suspect,
        least_mw=integral.least_w * 1e3,
        most_mw=integral.most_w * 1e3,
        charge_mc=None if integral.coulombs is None else integral.coulombs * 1e3,
    )


def _bounded(value: float, error: float, label: str, source: str) -> Quantity:
    return Quantity(value, label, source, value - abs(error), value + abs(error))


def _perhaps(value: float | None, error: float | None, label: str, source: str, why_not: str) -> Quantity:
    return unknown(why_not) if value is None else _bounded(value, error or 0.0, label, source)

"""What a battery calculation gives: currents, life, what eats the charge, and whether the cells give the peak."""

from dataclasses import dataclass
from typing import Literal

from edgeopt.energy.quantity import Quantity

Verdict = Literal["holds", "fails", "depends", "unknown"]  # depends: on where in its spread the resistance is


@dataclass(frozen=True)
class Share:
    """A part of what leaves the cells: its average current, and which part of the whole it is."""

    name: str  # inference, wake, sensor, radio, sleep, regulator, self-discharge
    average_ua: Quantity
    fraction: float


@dataclass(frozen=True)
class PeriodLaw:
    """What leaves the cells at a period of T seconds: constant_ua + event_uc / T microamperes, T >= least_s.

    Exact for the values (not the spreads), and where the usable charge does not depend on the current.
    """

    constant_ua: float
    event_uc: float
    least_s: float


@dataclass(frozen=True)
class PeakState:
    """The cells' voltage under the peak current: without load minus current x resistance."""

    name: str  # fresh, spent
    open_v: float | None
    resistance_ohm: Quantity
    under_load_v: Quantity
    verdict: Verdict


@dataclass(frozen=True)
class CapacitorCheck:
    """The burst out of a capacitor beside spent cells, their own current left out: droop = charge / C + peak x ESR.

    smallest_uf:  keeps the node's least voltage; unknown where none does.
    capacitor_uf: the one that was given, with its droop; None: none was given.
    recharge_ma:  what the cells must give on average between bursts; `refills`: whether they may and have the time.
    """

    burst_uc: Quantity
    smallest_uf: Quantity
    capacitor_uf: float | None
    droop_v: Quantity
    verdict: Verdict
    recharge_ma: Quantity
    refills: Verdict


@dataclass(frozen=True)
class PeakCheck:
    """Whether the cells keep the node's least voltage at its peak current: V_open - I_peak R_int >= V_min."""

    needed_v: Quantity  # at the cells
    states: tuple[PeakState, ...]
    capacitor: CapacitorCheck
    continuous_ma: Quantity  # what the maker allows
    pulse_ma: Quantity
    verdict: Verdict  # of spent cells, with the capacitor that was given, if any


@dataclass(frozen=True)
class BatteryLife:
    """The life of a node on a battery. Spreads are what the sources' spreads amount to; `source`s say from what.

    average_ua, average_mw: what the cells give, without their self-discharge.
    drain_ua:               with it; `breakdown` is this in parts, whose fractions sum to 1 (empty where unknown).
    peak_ma:                the most that the cells must give, at the least voltage that will do.
    peak_mw:                the most that the node draws, at the voltage of full cells.
    usable_mah:             of the cells, after derating.
    energy_uj, active_mw:   of one inference at the node, and the node's power meanwhile.
    """

    node: str
    supply: str
    regulator: str
    every_s: float
    latency_ms: Quantity
    active_mw: Quantity
    energy_uj: Quantity
    average_ua: Quantity
    average_mw: Quantity
    drain_ua: Quantity
    peak_ma: Quantity
    peak_mw: Quantity
    usable_mah: Quantity
    days: Quantity
    breakdown: tuple[Share, ...]
    peak: PeakCheck
    law: PeriodLaw | None
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class InferenceRate:
    """The shortest period, and the most inferences an hour, at which the battery lasts `wanted_days`."""

    wanted_days: float
    every_s: Quantity
    most_per_hour: Quantity
    why: str  # no longer or shorter period: in words; "" where there is nothing to say


@dataclass(frozen=True)
class ClockRow:
    """The node at one clock setting: is it cheaper to run slowly, or to run fast and sleep? All is estimated.

    wait_states: of flash; None: not known.
    period_uj: inference, wake-up and sleep of one period at the node's supply. `best`: the least of those known.
    """

    hz: int
    wait_states: int | None
    cycles: Quantity
    latency_ms: Quantity
    active_mw: Quantity
    energy_uj: Quantity
    period_uj: Quantity
    average_ua: Quantity
    days: Quantity
    best: bool
    source: str
    note: str = ""  # what was assumed of the cycles

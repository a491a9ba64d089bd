"""What an energy measurement found: each window, and what follows from all of them."""

from dataclasses import dataclass

from edgeopt.power.trace import TraceInfo
from edgeopt.power.window import Window


@dataclass(frozen=True)
class Integral:
    """A stretch of a trace, integrated sample by sample."""

    seconds: float
    joules: float
    coulombs: float | None  # None: the meter tells power only, and no voltage is known
    joules_error: float  # bound, everything but the meter's gain, supply and offset: ends, lost samples, noise
    samples: int  # that came
    lost: int  # that did not, and were bridged
    longest_gap_s: float
    saturated: int  # samples that stood at the end of a range
    suspect: int
    least_w: float
    most_w: float

    @property
    def mean_w(self) -> float:
        return self.joules / self.seconds


@dataclass(frozen=True)
class WindowEnergy:
    window: Window
    integral: Integral

    @property
    def uj_per_inference(self) -> float:
        """Gross: all that the supply gave in the window. ValueError for an idle one."""
        if not self.window.inferences:
            raise ValueError(f"{self.window.name} has no inference")
        return self.integral.joules * 1e6 / self.window.inferences


@dataclass(frozen=True)
class EnergyFound:
    """One network on one board, measured with one meter.

    The `_error` of a figure is a bound: its parts are the meter's (gain, offset, supply), the ends of the windows, lost
    samples, and the spread of the windows. `warnings` are what makes the figures doubtful, and stay with them.
    """

    info: TraceInfo
    windows: tuple[WindowEnergy, ...]  # with inferences, at least one
    idle: tuple[WindowEnergy, ...]  # before and after; may be empty
    uj_per_inference: float  # the windows' median, gross
    uj_error: float
    net_uj_per_inference: float | None  # above what the board takes idle; None: no idle window
    net_uj_error: float | None
    active_mw: float  # median of the windows' mean powers
    active_mw_error: float
    idle_mw: float | None
    idle_mw_error: float | None
    inferences_per_s: float  # by the meter's clock, median
    variation: float | None  # coefficient of variation of the windows' energy an inference; None: one window
    clock_ratio: float | None  # the meter's seconds over the board's; None: the board told none
    supply_v: float | None  # mean of what was measured, or as set
    warnings: tuple[str, ...]
    partial: str = ""  # why there is less than was asked for

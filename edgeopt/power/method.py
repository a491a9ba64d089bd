"""From windows to energy an inference: median, spread, idle taken off, bound, and all that makes it doubtful.

What the bound is made of, and why its parts are added and not squared, is said in docs/power_traces.md.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

import numpy as np

from edgeopt.errors import MeterError
from edgeopt.power.doubts import clock_ratio, doubts
from edgeopt.power.found import EnergyFound, WindowEnergy
from edgeopt.power.integrate import integrate
from edgeopt.power.trace import TraceInfo
from edgeopt.power.tracefile import Trace
from edgeopt.power.window import Window

# Student's t, two-sided 99 %, for 1 .. 30 degrees of freedom; beyond that a little more than the normal 2.576.
_T99 = (
    *(63.657, 9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.250, 3.169),
    *(3.106, 3.055, 3.012, 2.977, 2.947, 2.921, 2.898, 2.878, 2.861, 2.845),
    *(2.831, 2.819, 2.807, 2.797, 2.787, 2.779, 2.771, 2.763, 2.756, 2.750),
)
_MEDIAN = math.sqrt(math.pi / 2)  # by how much a median of many spreads more than their mean


@dataclass(frozen=True)
class _Scale:
    """What the meter itself may be off, beyond what its trace tells. Relative, and watts of the offset."""

    power: float
    energy: float
    offset_w: float


def energy_of(
    trace: Trace,
    windows: Sequence[Window],
    idle: Sequence[Window] = (),
    asked: int | None = None,
    warnings: Sequence[str] = (),
) -> EnergyFound:
    """Energy of one inference, and of the board at rest.

    `asked`: how many windows were wanted; fewer make the finding partial. `warnings`: of how the windows were cut, kept
    in front of those found here. A window that cannot be integrated is left out, with a warning. MeterError where there
    is none with inferences, or none can be integrated.
    """
    asked = asked or sum(1 for window in windows if window.inferences)
    active, failures = _integrated(trace, [window for window in windows if window.inferences])
    rest, more = _integrated(trace, idle)
    if failures and not active:
        raise failures[0]
    if not active:
        why = f": {trace.partial}" if trace.partial else ""
        raise MeterError(f"{trace.name}: it holds no whole window of inferences{why}", "measure again")
    supply_v = _supply_v(trace.info, (*active, *rest))
    scale = _scale(trace.info, supply_v)
    uj = [one.uj_per_inference for one in active]
    mw = [one.integral.mean_w * 1e3 for one in active]
    idle_mw, idle_error = _idle_mw(rest, scale)
    net, net_error = _net(active, rest, idle_error, scale)
    ratio = clock_ratio(active)
    return EnergyFound(
        info=trace.info,
        windows=active,
        idle=rest,
        uj_per_inference=median(uj),
        uj_error=median(uj) * scale.energy + _spread(uj) + max(_own_uj(one, scale) for one in active),
        net_uj_per_inference=net,
        net_uj_error=net_error,
        active_mw=median(mw),
        active_mw_error=median(mw) * scale.power + _spread(mw) + max(_own_mw(one, scale) for one in active),
        idle_mw=idle_mw,
        idle_mw_error=idle_error,
        inferences_per_s=median(one.window.inferences / one.window.seconds for one in active),
        variation=stdev(uj) / abs(fmean(uj)) if len(uj) > 1 and fmean(uj) else None,
        clock_ratio=ratio,
        supply_v=supply_v,
        warnings=(*warnings, *(one.message for one in (*failures, *more)), *doubts(trace, active, rest, ratio)),
        partial=_partial(trace, len(active), asked),
    )


def _integrated(trace: Trace, windows: Sequence[Window]) -> tuple[tuple[WindowEnergy, ...], list[MeterError]]:
    """Those that can be, and why the others cannot."""
    found: list[WindowEnergy] = []
    failures: list[MeterError] = []
    for window in windows:
        try:
            integral = integrate(trace, window.begin_s, window.end_s, window.end_error_s)
        except MeterError as error:
            failures.append(MeterError(f"{window.name}: {error.message}", error.hint))
        else:
            found.append(WindowEnergy(window, integral))
    return tuple(found), failures


def _supply_v(info: TraceInfo, found: Sequence[WindowEnergy]) -> float | None:
    """What was measured, weighed with the current: joules a coulomb. As set where the samples bring no voltage."""
    joules = math.fsum(one.integral.joules for one in found)
    coulombs = math.fsum(one.integral.coulombs or 0.0 for one in found)
    measured = joules / coulombs if coulombs > 0 else None
    return info.supply_v if measured is None or not math.isfinite(measured) else measured


def _scale(info: TraceInfo, supply_v: float | None) -> _Scale:
    power = (1 + info.gain_error) * (1 + info.supply_error) - 1
    return _Scale(power, (1 + power) * (1 + info.clock_error) - 1, info.offset_error_a * (supply_v or 0.0))


def _own_uj(one: WindowEnergy, scale: _Scale) -> float:
    """A window's own bound, an inference: what its trace leaves open, and the meter's offset."""
    joules = one.integral.joules_error + scale.offset_w * one.integral.seconds
    return joules * 1e6 / one.window.inferences


def _own_mw(one: WindowEnergy, scale: _Scale) -> float:
    return (one.integral.joules_error / one.integral.seconds + scale.offset_w) * 1e3


def _spread(values: Sequence[float]) -> float:
    """How far the median of so many may be from that of endlessly many, 99 %; 0 for a single one: it tells nothing."""
    if len(values) < 2:
        return 0.0
    t = _T99[len(values) - 2] if len(values) - 2 < len(_T99) else _T99[-1]
    return t * _MEDIAN * stdev(values) / math.sqrt(len(values))


def _idle_mw(rest: Sequence[WindowEnergy], scale: _Scale) -> tuple[float | None, float | None]:
    """The mean of the idle windows; half of what they differ by is open."""
    if not rest:
        return None, None
    mw = [one.integral.mean_w * 1e3 for one in rest]
    differ = (max(mw) - min(mw)) / 2
    return fmean(mw), abs(fmean(mw)) * scale.power + differ + max(_own_mw(one, scale) for one in rest)


def _net(
    active: Sequence[WindowEnergy], rest: Sequence[WindowEnergy], idle_error_mw: float | None, scale: _Scale
) -> tuple[float | None, float | None]:
    """Energy above idle: the idle power is taken at each window's middle, on the line between before and after.

    The meter's gain and offset may differ between the ranges of the two, so those of both count.
    """
    if not rest or idle_error_mw is None:
        return None, None
    idle_w = _line(rest)
    net, errors = [], []
    for one in active:
        seconds, inferences = one.integral.seconds, one.window.inferences
        middle_s = (one.window.begin_s + one.window.end_s) / 2
        net.append((one.integral.joules - idle_w(middle_s) * seconds) * 1e6 / inferences)
        idle_uj = idle_error_mw * 1e3 * seconds / inferences
        errors.append(abs(one.uj_per_inference) * scale.energy + _own_uj(one, scale) + idle_uj)
    return median(net), max(errors) + _spread(net)


def _line(rest: Sequence[WindowEnergy]) -> Callable[[float], float]:
    points = sorted(((one.window.begin_s + one.window.end_s) / 2, one.integral.mean_w) for one in rest)
    times, watts = zip(*points, strict=True)
    return lambda at_s: float(np.interp(at_s, times, watts))


def _partial(trace: Trace, found: int, asked: int) -> str:
    fewer = f"{found} of {asked} windows" if found < asked else ""
    return ": ".join(part for part in (fewer, trace.partial) if part)

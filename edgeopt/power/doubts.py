"""What makes a measured energy doubtful: sentences that stay with the figure."""

from collections.abc import Iterator, Sequence
from statistics import median

from edgeopt.errors import MeterError
from edgeopt.power.clock import fit_clock
from edgeopt.power.found import WindowEnergy
from edgeopt.power.stored import WARNING
from edgeopt.power.trace import TraceInfo
from edgeopt.power.tracefile import Trace

LEAST_S, LEAST_INFERENCES = 10.0, 10  # of a window: one of both, as MLPerf Tiny demands
_LOST = 0.005  # share of a window's samples
_SUSPECT = 0.01
_GAP = 0.01  # of a window's length
_VARIATION = 0.05
_BOARD_CLOCK = 0.01  # what a board's own clock may be off: an RC oscillator at room temperature
_UNEVEN = 200e-6  # what it may change from window to window


def clock_ratio(active: Sequence[WindowEnergy]) -> float | None:
    """The meter's seconds over the board's: median of the windows of which both told the length, each for itself."""
    ratios = [one.window.seconds / one.window.board_s for one in active if _compared(one) and one.window.board_s]
    return median(ratios) if ratios else None


def doubts(
    trace: Trace, active: Sequence[WindowEnergy], rest: Sequence[WindowEnergy], ratio: float | None
) -> tuple[str, ...]:
    every = (*active, *rest)
    return (
        *_of_meter(trace),
        *_of_samples(every),
        *_of_windows(active),
        *_of_clock(trace, active, ratio),
        *_unseen(trace),
        *(note.text.removeprefix(WARNING) for note in trace.notes if note.text.startswith(WARNING)),
    )


def _of_meter(trace: Trace) -> Iterator[str]:
    info: TraceInfo = trace.info
    if not info.calibrated:
        yield f"{info.title} is not calibrated: its figures may be off by more than their bounds"
    chunk = next(trace.chunks(), None)
    if chunk is not None and chunk.volts is None and chunk.amps is not None:
        yield f"the supply was not measured: {info.supply_v:g} V, {info.supply_source}"


def _of_samples(every: Sequence[WindowEnergy]) -> Iterator[str]:
    saturated = [one for one in every if one.integral.saturated]
    if saturated:
        count = sum(one.integral.saturated for one in saturated)
        yield f"{count} samples in {_names(saturated)} stood at the end of the meter's range: more was taken than shown"
    for one in every:
        taken = one.integral.samples + one.integral.lost
        if one.integral.lost > _LOST * taken:
            yield f"{one.window.name} has lost {one.integral.lost / taken:.2%} of its samples"
        if one.integral.longest_gap_s > _GAP * one.window.seconds:
            yield f"{one.window.name} has a gap of {one.integral.longest_gap_s:.3g} s"
    suspect = [one for one in every if one.integral.suspect > _SUSPECT * one.integral.samples]
    if suspect:
        yield f"more than {_SUSPECT:.0%} of the samples in {_names(suspect)} are doubtful: the meter changed its range"


def _of_windows(active: Sequence[WindowEnergy]) -> Iterator[str]:
    short = [one for one in active if one.window.seconds < LEAST_S and one.window.inferences < LEAST_INFERENCES]
    if short:
        yield f"{_names(short)} took less than {LEAST_S:g} s and fewer than {LEAST_INFERENCES} inferences"
    by_host = [one for one in active if one.window.cut == "host clock"]
    if by_host:
        error_s = max(one.window.end_error_s for one in by_host)
        yield f"{_names(by_host)} cut by the host's clock: each end may be off by {error_s * 1e3:.3g} ms"
    uj = [one.uj_per_inference for one in active]
    if uj and max(uj) - min(uj) > 2 * _VARIATION * abs(median(uj)):
        yield f"the windows differ: an inference took {min(uj):.4g} to {max(uj):.4g} uJ"


def _of_clock(trace: Trace, active: Sequence[WindowEnergy], ratio: float | None) -> Iterator[str]:
    if ratio is None:
        return
    lengths = [(one, one.window.board_s or 1.0) for one in active if _compared(one)]
    slack = max(2 * one.window.end_error_s / board_s for one, board_s in lengths)
    if abs(ratio - 1) > _BOARD_CLOCK + trace.info.clock_error + slack:
        yield f"the clocks differ: a second of the board's takes {ratio:.5g} s by the meter's, so one of them is off"
    for one, board_s in lengths:
        short_s = board_s * ratio - one.window.seconds
        if short_s > board_s * _UNEVEN + 2 * one.window.end_error_s:
            yield f"{one.window.name} is {short_s * 1e3:.3g} ms shorter than by the board's clock: samples are missing"


def _unseen(trace: Trace) -> Iterator[str]:
    """Losses that the meter's counter cannot show, as a multiple of 64 samples of a PPK2."""
    try:
        clock = fit_clock(trace)
    except MeterError:
        return
    if clock.unseen:
        lost = round(sum(one.seconds for one in clock.unseen) * trace.info.rate_hz)
        at = ", ".join(f"{one.at_s:.2f} s" for one in clock.unseen[:5])
        yield f"about {lost} samples got lost unnoticed near {at}: the meter's count fell behind the host's clock there"


def _compared(one: WindowEnergy) -> bool:
    """Whether the meter has measured a length that the board has told. What the host cut has the board's length."""
    return one.window.board_s is not None and one.window.board_s > 0 and one.window.cut != "host clock"


def _names(many: Sequence[WindowEnergy]) -> str:
    return ", ".join(one.window.name for one in many)

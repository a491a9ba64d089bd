"""What `edgeopt measure` found: a row a board, with every run's ticks, and the requests that were served."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeopt.budget import Breach, Judged
from edgeopt.device import Measurement, TimedRun
from edgeopt.device.requests import Requests
from edgeopt.emit import CProject
from edgeopt.energy import Quantity, unknown
from edgeopt.errors import EdgeoptError
from edgeopt.firmware import Sizes
from edgeopt.report.powering import MeasuredEnergy
from edgeopt.report.results import Latency
from edgeopt.report.runs import latency_of, source_of
from edgeopt.report.view import Shown


@dataclass(frozen=True)
class Failure:
    """Why there is nothing, or no more."""

    kind: str  # of the error
    message: str
    hint: str


@dataclass(frozen=True)
class RawTicks:
    """Every inference by the device's counter, `hz` ticks a second, and where it lies on the host's clock.

    `windows_s[i]`: the host's monotonic clock when timed run i was sent and when its answer had come, for what else
    measured at the time (a power meter); empty on a simulated target, whose time is not the host's.
    """

    hz: int
    cold: int
    warmup: tuple[int, ...]
    runs: tuple[int, ...]
    windows_s: tuple[tuple[float, float], ...]
    back_to_back_runs: int | None  # so many inferences with no host between them
    back_to_back: int | None  # ticks from the end of the first to the end of the last


@dataclass(frozen=True)
class Responses:
    """Requests that arrived while the device served them, first come first served, in the device's own time."""

    pattern: str
    seed: int | None  # of random arrivals
    requests: int  # asked for
    served: int
    offered_per_s: float | None  # None: all came at once
    served_per_s: float
    median_ms: float  # from arrival to result, as are the next four
    p90_ms: float | None
    p99_ms: float | None
    max_ms: float
    mean_ms: float
    mean_wait_ms: float  # from arrival to the beginning of the service
    waited: float  # share of the requests that did not find the device idle
    utilization: float  # share of the time in which a request was served
    asleep: float  # share of the time in which the device slept
    queue_mean: float  # requests that one finds on its arrival, the one in service among them
    queue_max: int
    deadline_ms: float | None
    misses: int | None
    miss_share: float | None
    miss_low: float | None  # Wilson's interval of the share; for independent responses, which those in a queue are not
    miss_high: float | None
    gap_ticks: tuple[int, ...]
    response_ticks: tuple[int, ...]


@dataclass(frozen=True)
class MeasuredBoard:
    """One board of a measurement. `error`: nothing was found; `partial`: why there is less than was asked for."""

    name: str
    project: str
    model: str
    build_id: str
    board: str
    target: str
    label: str | None = None  # simulated or measured; None: nothing was found
    deterministic: bool | None = None
    latency_ms: Latency | None = None  # None: the target has no time
    inferences_per_s: Quantity | None = None  # back to back
    stack_high_water_bytes: int | None = None
    restarts: int = 0  # of the board, that the session got over
    ticks: RawTicks | None = None
    responses: Responses | None = None
    energy: MeasuredEnergy | None = None  # None: no meter was asked for
    flash_bytes: int | None = None  # of all of the built firmware; None: it is not built here
    ram_bytes: int | None = None
    limits: tuple[Judged, ...] = ()  # of a budget, kept or not
    broken_limits: tuple[Breach, ...] = ()
    average_mw: Quantity | None = None  # of the node at work; None: the budget does not say how it is used
    peak_mw: Quantity | None = None
    battery_days: Quantity | None = None
    partial: str = ""
    error: Failure | None = None


@dataclass(frozen=True)
class Measured(Shown):
    """`edgeopt measure`."""

    runs: int  # asked for, of a target that is not deterministic
    warmup: int
    boards: tuple[MeasuredBoard, ...]


def board_row(
    name: str,
    project: CProject,
    target: str,
    found: Measurement | EdgeoptError,
    deadline_s: float | None = None,
    energy: MeasuredEnergy | None = None,
    sizes: Sizes | None = None,
) -> MeasuredBoard:
    """The row of a board: what was measured, or why nothing was. `energy`: with a meter; `sizes`: of its ELF."""
    said = (name, project.folder.as_posix(), project.name, project.build_id, project.board, target)
    if isinstance(found, EdgeoptError):
        return MeasuredBoard(*said, error=Failure(type(found).__name__, found.message, found.hint))
    return MeasuredBoard(
        *said,
        label=found.label,
        deterministic=found.deterministic,
        latency_ms=latency_of(found),
        inferences_per_s=_throughput(found),
        stack_high_water_bytes=found.memory.stack_used_bytes,
        restarts=found.restarts,
        ticks=_raw(found),
        responses=None if found.requests is None else responses_of(found.requests, deadline_s),
        energy=energy,
        flash_bytes=None if sizes is None else sizes.flash_bytes.total,
        ram_bytes=None if sizes is None else sizes.ram_bytes.total,
        partial=found.partial,
    )


def responses_of(requests: Requests, deadline_s: float | None = None) -> Responses:
    """What requests met, in the units of the report."""
    stats = requests.response_ms
    misses, interval = (None, None) if deadline_s is None else requests.misses(deadline_s)
    waits = requests.wait_ticks
    count = len(waits)
    return Responses(
        pattern=requests.arrivals.pattern,
        seed=requests.arrivals.seed,
        requests=len(requests.arrivals.gaps_s),
        served=count,
        offered_per_s=requests.arrivals.rate_hz,
        served_per_s=requests.served_per_s,
        median_ms=stats.median,
        p90_ms=stats.p90,
        p99_ms=stats.p99,
        max_ms=stats.max,
        mean_ms=stats.mean,
        mean_wait_ms=sum(waits) * 1e3 / requests.ticks_hz / count,
        waited=sum(wait > 0 for wait in waits) / count,
        utilization=requests.utilization,
        asleep=requests.asleep,
        queue_mean=sum(requests.seen) / count,
        queue_max=max(requests.seen),
        deadline_ms=None if deadline_s is None else 1e3 * deadline_s,
        misses=misses,
        miss_share=None if misses is None else misses / count,
        miss_low=None if interval is None else interval.low,
        miss_high=None if interval is None else interval.high,
        gap_ticks=requests.gap_ticks,
        response_ticks=requests.response_ticks,
    )


def _throughput(found: Measurement) -> Quantity:
    rate = found.costs.inferences_per_s
    if rate is None:
        return unknown(f"{source_of(found)} was not asked for inferences back to back, or has no time")
    loop = found.costs.back_to_back
    assert loop is not None
    return Quantity(rate, found.label, f"{loop.runs} back to back: {source_of(found)}")


def _raw(found: Measurement) -> RawTicks | None:
    costs = found.costs
    if costs.cold_run is None:
        return None
    return RawTicks(
        hz=costs.ticks_hz,
        cold=costs.cold_run.ticks,
        warmup=tuple(run.ticks for run in costs.warmup_runs),
        runs=tuple(run.ticks for run in costs.timed_runs),
        windows_s=_windows(costs.timed_runs),
        back_to_back_runs=None if costs.back_to_back is None else costs.back_to_back.runs,
        back_to_back=None if costs.back_to_back is None else costs.back_to_back.ticks,
    )


def _windows(runs: Sequence[TimedRun]) -> tuple[tuple[float, float], ...]:
    return tuple((run.sent_s, run.answered_s) for run in runs if run.sent_s is not None and run.answered_s is not None)

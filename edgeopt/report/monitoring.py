"""What `edgeopt monitor` saw."""

import statistics
from dataclasses import dataclass

from edgeopt.device.watched import Restart, Watched


@dataclass(frozen=True)
class Latencies:
    """Of all inferences, by the device's counter."""

    least_ms: float
    median_ms: float
    most_ms: float


@dataclass(frozen=True)
class Monitored:
    """A board that was watched for `duration_s` seconds: of the board itself where it is `simulated`.

    `unstable`: inferences whose outputs were not those of the first one, with the same input. `told_errors` and
    `told_restarts` are the first of them; `errors` and `restarts` count all.
    """

    target: str
    label: str
    board: str
    build_id: str | None
    name: str
    duration_s: float
    ended: str
    lines: int
    last_reset: str
    inferences: int
    latency: Latencies | None
    unstable: int
    stack_used_bytes: int
    stack_reserved_bytes: int
    restarts: int
    faults: int
    watchdog_restarts: int
    longest_up_s: float
    told_restarts: tuple[Restart, ...]
    errors: int
    told_errors: tuple[str, ...]


def monitored(seen: Watched, target: str, board: str) -> Monitored:
    """The report of what was seen."""
    latencies = seen.latencies_ms
    identity = seen.identity
    return Monitored(
        target=target,
        label=seen.label,
        board=board,
        build_id=identity.build_id if identity else None,
        name=identity.name if identity else "",
        duration_s=seen.duration_s,
        ended=seen.ended,
        lines=seen.lines,
        last_reset=seen.last_reset,
        inferences=seen.inferences,
        latency=Latencies(min(latencies), statistics.median(latencies), max(latencies)) if latencies else None,
        unstable=seen.unstable,
        stack_used_bytes=seen.stack_used_bytes,
        stack_reserved_bytes=seen.stack_reserved_bytes,
        restarts=seen.restarts,
        faults=seen.faults,
        watchdog_restarts=seen.watchdog_restarts,
        longest_up_s=seen.longest_up_s,
        told_restarts=tuple(seen.told_restarts),
        errors=seen.errors,
        told_errors=tuple(seen.told_errors),
    )

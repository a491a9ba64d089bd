"""A board that rests and infers with currents that are known exactly, and what a meter of some kind makes of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from edgeopt.power.profile import Pieces
from edgeopt.power.stored import START, Note
from edgeopt.power.trace import Block, TraceInfo
from edgeopt.power.tracefile import Trace, memory_trace
from edgeopt.power.windows import Expected

HOST_S = 1000.0  # the host's clock at the profile's begin
PHASES_A = ((0.3, 12e-3), (0.5, 9e-3), (0.2, 15e-3))  # of an inference: share of its time, amperes
IDLE_A = 2e-3

INFO = TraceInfo(
    meter="fake",
    title="A fake meter",
    label="simulated",
    rate_hz=10_000.0,
    supply_v=3.0,
    supply_source="set",
    gain_error=0.0,
    offset_error_a=0.0,
    supply_error=0.0,
    clock_error=50e-6,
    accuracy_source="made up",
    digital_lines=1,
)


@dataclass(frozen=True)
class Scene:
    profile: Pieces
    expected: tuple[Expected, ...]
    spans: tuple[tuple[float, float, int], ...]  # begin, end (s), inferences of each window
    end_s: float

    @property
    def uj_per_inference(self) -> float:
        return float(np.median([self.profile.energy_j(a, b) * 1e6 / n for a, b, n in self.spans]))

    @property
    def net_uj_per_inference(self) -> float:
        idle_w = IDLE_A * self.profile.supply_v
        net = [(self.profile.energy_j(a, b) - idle_w * (b - a)) * 1e6 / n for a, b, n in self.spans]
        return float(np.median(net))


def scene(
    seed: int = 1, windows: int = 3, window_s: float = 1.0, latency_s: float = 0.0123, idle_s: float = 0.5
) -> Scene:
    """Idle, windows of inferences back to back with pauses between, idle; the line is low in the windows."""
    rng = np.random.default_rng(seed)
    count = max(int(np.ceil(window_s / latency_s)), 1)
    shares, amps = np.array(PHASES_A).T
    starts, currents, levels = [np.zeros(1)], [np.array([IDLE_A])], [np.ones(1, dtype=np.uint8)]
    at_s = idle_s + 0.1 + 0.01 * rng.random()
    expected = [Expected("idle before", HOST_S + 0.05, HOST_S + at_s - 0.03, 0)]
    spans = []
    for number in range(1, windows + 1):
        phases = np.tile(shares, count) * latency_s
        edges = at_s + np.concatenate(([0.0], np.cumsum(phases)))
        starts.append(edges)
        currents.append(np.append(np.tile(amps, count), IDLE_A))
        levels.append(np.append(np.zeros(len(phases), dtype=np.uint8), np.uint8(1)))
        end_s = float(edges[-1])
        spans.append((at_s, end_s, count))
        sent_s, answered_s = HOST_S + at_s - 0.003, HOST_S + end_s + 0.004
        expected.append(Expected(f"window {number}", sent_s, answered_s, count, end_s - at_s))
        at_s = end_s + 0.3 + 0.01 * rng.random()
    expected.append(Expected("idle after", HOST_S + at_s, HOST_S + at_s + idle_s, 0))
    profile = Pieces(3.0, np.concatenate(starts), np.concatenate(currents), np.concatenate(levels))
    return Scene(profile, tuple(expected), tuple(spans), at_s + idle_s + 0.1)


@dataclass(frozen=True)
class Flaws:
    noise_a: float = 0.0
    offset_a: float = 0.0
    gain: float = 1.0
    lost: float = 0.0
    clock: float = 1.0  # rate of the meter's clock over the true one
    least_late_s: float = 0.001
    jitter_s: float = 0.002
    blocks_hz: float = 50.0


def blocks_of(made: Scene, info: TraceInfo, flaws: Flaws, seed: int = 1) -> Iterator[Block]:
    """Every sample is the mean current of its time; blocks arrive late by an exponential delay."""
    rng = np.random.default_rng(seed)
    rate_hz = info.rate_hz * flaws.clock
    size = max(int(info.rate_hz / flaws.blocks_hz), 1)
    for first in range(0, int(made.end_s * rate_hz), size):
        times = np.arange(first, first + size + 1) / rate_hz
        amps = np.diff(made.profile.charge_c(times)) / np.diff(times)
        amps = (amps * flaws.gain + flaws.offset_a + rng.normal(0, flaws.noise_a, size)).astype(np.float32)
        digital = made.profile.digital(times[:-1])
        kept = np.flatnonzero(rng.random(size) >= flaws.lost)
        host_s = HOST_S + float(times[-1]) + flaws.least_late_s + float(rng.exponential(flaws.jitter_s))
        for part in np.split(kept, np.flatnonzero(np.diff(kept) != 1) + 1):
            if len(part):
                yield Block(first + int(part[0]), amps[part], digital=digital[part], host_s=host_s)


def recorded(made: Scene, info: TraceInfo = INFO, flaws: Flaws = Flaws(), seed: int = 1) -> Trace:
    return memory_trace(info, blocks_of(made, info, flaws, seed), [Note(START, HOST_S - 0.001)])


def info_at(rate_hz: float, **changes: object) -> TraceInfo:
    return replace(INFO, rate_hz=rate_hz, **changes)  # type: ignore[arg-type]

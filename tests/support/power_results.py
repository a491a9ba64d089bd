"""A measurement with a meter as the page and `compare` show it: a trace whose figures are known, and its report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edgeopt.energy import Quantity
from edgeopt.power.found import EnergyFound, WindowEnergy
from edgeopt.power.integrate import integrate
from edgeopt.power.trace import SATURATED, SUSPECT, Block, TraceInfo
from edgeopt.power.tracefile import Trace, memory_trace
from edgeopt.power.window import Window
from edgeopt.report.measuring import Measured, MeasuredBoard, RawTicks
from edgeopt.report.powering import energy_report
from edgeopt.report.results import Latency, OutlierRun

INFO = TraceInfo(
    meter="ppk2",
    title="Nordic PPK2, serial number 4711, calibrated",
    label="measured",
    rate_hz=10_000.0,
    supply_v=3.0,
    supply_source="set at the meter",
    gain_error=0.01,
    offset_error_a=1e-6,
    supply_error=0.005,
    clock_error=1e-4,
    accuracy_source="a test",
    digital_lines=8,
    full_scale_a=1.0,
    remarks=("all that hangs on the supply is in it",),
)
_INFER_A, _GAP_A, _IDLE_A = 12e-3, 8e-3, 0.4e-3  # while it infers, between two inferences, at rest
_INFER_S, _PERIOD_S = 4e-3, 5e-3
WINDOWS = 3
_INFERENCES = 100
IDLE_S, WINDOW_S, PAUSE_S = 0.5, _INFERENCES * _PERIOD_S, 0.1


@dataclass(frozen=True)
class Made:
    """What the samples of a trace are, and where its windows lie."""

    amps: NDArray[np.float32]
    digital: NDArray[np.uint8]
    quality: NDArray[np.uint8]
    keep: NDArray[np.bool_]
    windows: tuple[Window, ...]
    idle: tuple[Window, ...]


def made(seed: int = 3, lost: float = 0.001, scale: float = 1.0) -> Made:
    """Idle, three windows with pauses, idle; noise, some lost samples, a saturated stretch and a single peak."""
    rng = np.random.default_rng(seed)
    total_s = 2 * IDLE_S + WINDOWS * (WINDOW_S + PAUSE_S)
    times = np.arange(round(total_s * INFO.rate_hz)) / INFO.rate_hz
    amps = np.full(len(times), _IDLE_A)
    digital = np.full(len(times), 0xFF, np.uint8)
    windows = []
    for index in range(WINDOWS):
        begin = IDLE_S + index * (WINDOW_S + PAUSE_S)
        inside = (times >= begin - 1e-9) & (times < begin + WINDOW_S - 1e-9)
        phase = (times[inside] - begin + 1e-9) % _PERIOD_S
        amps[inside] = np.where(phase < _INFER_S, _INFER_A, _GAP_A)
        digital[inside] = 0xFE
        windows.append(Window(f"window {index + 1}", begin, begin + WINDOW_S, _INFERENCES, "edges", 1e-4, WINDOW_S))
    amps = scale * amps + rng.normal(0, 20e-6, len(times))
    quality = np.zeros(len(times), np.uint8)
    amps[7_123] = 0.05  # one sample that a coarse drawing must keep
    quality[9_000:9_050] = SATURATED
    quality[12_000] = SUSPECT
    keep = rng.random(len(times)) >= lost
    keep[[0, 7_123, -1]] = True
    keep[4_200:4_260] = False
    idle = (
        Window("idle before", 0.0, IDLE_S - 0.01, 0, "host clock", 1e-3),
        Window("idle after", total_s - IDLE_S, total_s, 0, "host clock", 1e-3),
    )
    return Made(amps.astype(np.float32), digital, quality, keep, tuple(windows), idle)


def blocks(of: Made, seed: int = 5) -> Iterator[Block]:
    """As a meter delivers them: in pieces of any length, with jumps where samples got lost."""
    rng = np.random.default_rng(seed)
    numbers = np.flatnonzero(of.keep)
    cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
    for run in np.split(numbers, cuts):
        while len(run):
            size = int(rng.integers(1, 2_000))
            part, run = run[:size], run[size:]
            yield Block(int(part[0]), of.amps[part], digital=of.digital[part], quality=of.quality[part])


def trace_of(of: Made, info: TraceInfo = INFO) -> Trace:
    return memory_trace(info, blocks(of))


def found(of: Made, trace: Trace, warnings: tuple[str, ...] = ()) -> EnergyFound:
    windows = tuple(WindowEnergy(one, integrate(trace, one.begin_s, one.end_s, one.end_error_s)) for one in of.windows)
    idle = tuple(WindowEnergy(one, integrate(trace, one.begin_s, one.end_s, one.end_error_s)) for one in of.idle)
    each = [one.uj_per_inference for one in windows]
    uj, mw = float(np.median(each)), 1e3 * float(np.median([one.integral.mean_w for one in windows]))
    idle_mw = 1e3 * float(np.mean([one.integral.mean_w for one in idle]))
    net = uj - idle_mw * WINDOW_S * 1e3 / _INFERENCES
    return EnergyFound(
        info=trace.info,
        windows=windows,
        idle=idle,
        uj_per_inference=uj,
        uj_error=uj * 0.016,
        net_uj_per_inference=net,
        net_uj_error=net * 0.02,
        active_mw=mw,
        active_mw_error=mw * 0.016,
        idle_mw=idle_mw,
        idle_mw_error=idle_mw * 0.02,
        inferences_per_s=_INFERENCES / WINDOW_S,
        variation=float(np.std(each, ddof=1)) / uj,
        clock_ratio=1.00002,
        supply_v=trace.info.supply_v,
        warnings=warnings,
    )


TRACE_PARTS = made()
TRACE = trace_of(TRACE_PARTS)
WARNINGS = ("50 samples of window 1 are saturated: the true energy is larger", "window 1 is shorter than 10 s")


def ticks(seed: int = 11, runs: int = 200, median: int = 40_000, spread: int = 120) -> tuple[int, ...]:
    rng = np.random.default_rng(seed)
    return tuple(int(one) for one in median + rng.gamma(2.0, spread, runs))


def latency(runs: tuple[int, ...], hz: int = 10_000_000) -> Latency:
    ms = sorted(1e3 * run / hz for run in runs)
    if len(ms) == 1:
        return Latency(ms[0], 1, None, None, ms[0], None, None, "simulated", "the virtual board's own counter")
    return Latency(
        value=float(np.median(ms)),
        n=len(ms),
        p90=ms[round(0.9 * len(ms)) - 1] if len(ms) >= 10 else None,
        p99=ms[round(0.99 * len(ms)) - 1] if len(ms) >= 100 else None,
        max=ms[-1],
        variation=float(np.std(ms, ddof=1) / np.mean(ms)),
        cold=ms[-1] * 1.1,
        kind="measured",
        source="a board's own counter",
        min=ms[0],
        mean=float(np.mean(ms)),
        median_low=ms[max(0, len(ms) // 2 - 14)],
        median_high=ms[min(len(ms) - 1, len(ms) // 2 + 14)],
        median_confidence=0.952,
        outliers=(OutlierRun(len(ms) - 1, ms[-1], ms[-1] / ms[len(ms) // 2] - 1),),
    )


def board(energy: EnergyFound | None, runs: tuple[int, ...], trace: str | None = "run.eotrace") -> MeasuredBoard:
    return MeasuredBoard(
        name="nucleo",
        project="out/fw",
        model="mnist",
        build_id="1234abcd",
        board="nucleo-l4r5zi",
        target="serial:/dev/ttyACM0",
        label="measured",
        deterministic=False,
        latency_ms=latency(runs),
        inferences_per_s=Quantity(240.5, "measured", "100 back to back: a board's own counter"),
        stack_high_water_bytes=1_234,
        ticks=RawTicks(10_000_000, max(runs) + 7, (), runs, (), 100, 4_158_000),
        energy=None if energy is None else energy_report(energy, "mnist on nucleo-l4r5zi", trace),
    )


MEASURED = Measured(200, 5, (board(found(TRACE_PARTS, TRACE, WARNINGS), ticks()),))
_SIMULATED_INFO = replace(INFO, label="simulated", title="emulated Nordic PPK2")
_SIMULATED_TRACE = trace_of(made(lost=0.0), _SIMULATED_INFO)
SIMULATED = Measured(1, 0, (board(found(made(lost=0.0), _SIMULATED_TRACE), (40_000,)),))
SIMULATED = replace(
    SIMULATED, boards=(replace(SIMULATED.boards[0], label="simulated", deterministic=True, inferences_per_s=None),)
)
SIMULATED_TRACE = _SIMULATED_TRACE

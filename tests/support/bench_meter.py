"""For the command line: the link `gated` and the meter `bench`, which sees what the board of that link does.

The board is the virtual one with the traits of a real one. While it loops it draws ACTIVE_A, else IDLE_A, and its
timestamp pin is low. `bench:FAULT` is a meter with that fault, see FAULTS; times are those of the computer's clock, and
no test depends on how long anything takes.
"""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from support.frail_link import FrailLink

from edgeopt.board import Board
from edgeopt.device.link import LINKS, Connector, needed_elf
from edgeopt.errors import MeterError, PortError
from edgeopt.power.meter import METERS, Meter, MeterSpec
from edgeopt.power.trace import SATURATED, Block, TraceInfo

SUPPLY_V, ACTIVE_A, IDLE_A = 3.0, 20e-3, 2e-3
RATE_HZ = 10_000.0
FAULTS = ("", "unplugged", "dead", "saturated", "uncalibrated", "edgeless", "lineless", "unsupplied", "interrupted")
opened: list[str] = []  # what the bench did, in order


class Gate:
    """When the board began and ceased to infer."""

    def __init__(self) -> None:
        self.changes: list[tuple[float, bool]] = [(0.0, False)]
        self.loops = 0

    def set(self, low: bool) -> None:
        self.loops += low
        self.changes.append((time.monotonic(), low))

    def low(self, times: np.ndarray) -> np.ndarray:
        changes = list(self.changes)
        at = np.searchsorted([when for when, _ in changes], times, side="right") - 1
        return np.array([low for _, low in changes])[at]


gate = Gate()


class GatedLink(FrailLink):
    def write(self, data: bytes) -> None:
        if b" loop " in data:
            super().write(data)  # it may be unplugged right then
            gate.set(True)
            return
        super().write(data)

    def read(self, timeout_s: float) -> bytes:
        data = super().read(timeout_s)
        if gate.changes[-1][1] and data:
            time.sleep(0.03)  # as long as so many inferences take a real board
            gate.set(False)
        return data


@LINKS.register("gated")
def gated_link(argument: str, board: Board) -> Connector:
    command, _, number = argument.partition("=")

    def connect(elf: Path | None) -> GatedLink:
        opened.append("link")
        return GatedLink(needed_elf("gated", elf), board, command, int(number or 0))

    return connect


class BenchMeter:
    def __init__(self, fault: str) -> None:
        opened.append("meter")
        self._fault = fault
        lines = 0 if fault == "lineless" else 1
        self.info = TraceInfo(
            meter="bench",
            title="bench meter",
            label="measured",
            rate_hz=RATE_HZ,
            supply_v=None if fault == "unsupplied" else SUPPLY_V,
            supply_source="given",
            gain_error=0.01,
            offset_error_a=1e-6,
            supply_error=0.001,
            clock_error=1e-4,
            accuracy_source="made up for tests",
            digital_lines=lines,
            calibrated=fault != "uncalibrated",
            remarks=("it is not there",),
        )
        self._taken = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        if self._fault == "dead":
            raise MeterError("the bench meter does not start", "kick it")
        self._began_s = time.monotonic()

    def read(self, timeout_s: float) -> Sequence[Block]:
        time.sleep(min(timeout_s, 0.005))
        if self._fault == "unplugged" and gate.loops >= 3:
            raise PortError("`bench` failed: the device is gone", "plug it in")
        return self._sampled()

    def stop(self) -> Sequence[Block]:
        return self._sampled()

    def close(self) -> None:
        opened.append("closed")

    def _sampled(self) -> Sequence[Block]:
        now_s = time.monotonic()
        due = int((now_s - self._began_s) * RATE_HZ)
        if due <= self._taken:
            return ()
        numbers = np.arange(self._taken, due)
        low = gate.low(self._began_s + numbers / RATE_HZ)
        levels = np.zeros(len(low)) if self._fault == "edgeless" else ~low
        quality = np.where(low, SATURATED, 0) if self._fault == "saturated" else None
        self._taken = due
        return (
            Block(
                first=int(numbers[0]),
                amps=np.where(low, ACTIVE_A, IDLE_A).astype(np.float32),
                digital=None if not self.info.digital_lines else levels.astype(np.uint8),
                quality=None if quality is None else quality.astype(np.uint8),
                host_s=now_s,
            ),
        )


@METERS.register("bench")
def bench_meter(spec: MeterSpec) -> Callable[[], Meter]:
    spec.check_keys()
    assert spec.port in FAULTS
    return lambda: BenchMeter(spec.port)

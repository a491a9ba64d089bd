"""A board on a PPK2, both emulated, in one simulated time: what a measurement should find is known exactly.

The board draws ACTIVE_A while it infers and IDLE_A else; its timestamp pin is on all lines of the meter.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edgeopt.device.looping import Looped
from edgeopt.errors import DeviceError, PortError
from edgeopt.power.emulator import Faults
from edgeopt.power.emulators.ppk2 import EXAMPLE, Ppk2Emulator
from edgeopt.power.meters.ppk2 import Ppk2
from edgeopt.power.ppk2 import wire
from edgeopt.power.ppk2.dialog import Settings
from edgeopt.power.trace import Block

SUPPLY_V, ACTIVE_A, IDLE_A = 3.0, 20e-3, 2e-3
LATENCY_S = 0.02
_CABLE_S = 0.002  # from the host's command to the first inference, and back
_STEP_S = 0.01
_MOST_LOOKS = 600_000  # a minute at least


class Clock:
    """Simulated seconds, which pass only by `pause`; that ends when the meter's port has seen them pass."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.hooks: list[Callable[[], None]] = []  # called at each pause
        self.port: HeldPort | None = None

    def __call__(self) -> float:
        return self.now_s

    def pause(self, seconds: float) -> None:
        for hook in self.hooks:
            hook()
        self.now_s += seconds
        looks = 0
        while self.port is not None and not self.port.has_seen(self.now_s):
            looks += 1
            assert looks < _MOST_LOOKS, "nobody reads the meter any more"
            time.sleep(1e-4)


class BoardProfile:
    """A Profile that the board writes as it goes: what it will do is added before the time comes."""

    supply_v = SUPPLY_V

    def __init__(self, pin: bool = True, active_a: float = ACTIVE_A) -> None:
        self._pin, self._active_a = pin, active_a
        self._pieces = (np.zeros(1), np.array([IDLE_A]), np.array([0xFF], dtype=np.uint8))

    def infer(self, begin_s: float, end_s: float) -> None:
        starts, amps, levels = self._pieces
        low = 0 if self._pin else 0xFF
        self._pieces = (
            np.concatenate((starts, [begin_s, end_s])),
            np.concatenate((amps, [self._active_a, IDLE_A])),
            np.concatenate((levels, np.array([low, 0xFF], dtype=np.uint8))),
        )

    def charge_c(self, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
        starts, amps, _ = self._pieces
        charges = np.concatenate(([0.0], np.cumsum(np.diff(starts) * amps[:-1])))
        at = np.maximum(np.searchsorted(starts, times_s, side="right") - 1, 0)
        charge: NDArray[np.float64] = charges[at] + (times_s - starts[at]) * amps[at]
        return charge

    def digital(self, times_s: NDArray[np.float64]) -> NDArray[np.uint8]:
        starts, _, levels = self._pieces
        return levels[np.maximum(np.searchsorted(starts, times_s, side="right") - 1, 0)]


class HeldPort:
    """A MeterPort to an emulator whose time never runs ahead of the bench's; it moves that until it is `held`."""

    def __init__(self, emulator: Ppk2Emulator, clock: Clock, unplugged_s: float | None = None) -> None:
        self.held = self.noticed = False  # `noticed`: whoever reads the meter knows that its port is gone
        self.unplugged_s = unplugged_s
        self._emulator, self._clock = emulator, clock
        self._at_s = self._waited_s = 0.0
        self._waiting = bytearray()
        self._lock = threading.Lock()

    def clock(self) -> float:
        """What the driver takes for the time: a wait for what does not come passes, too."""
        return self._at_s + self._waited_s

    def has_seen(self, now_s: float) -> bool:
        return self.noticed or self._at_s >= now_s

    def write(self, data: bytes) -> None:
        with self._lock:
            while self._at_s < self._clock.now_s:
                self._step()
            self._waiting += self._emulator.receive(data, self._at_s)

    def read(self, timeout_s: float) -> bytes:
        with self._lock:
            if not self._waiting:
                if not self.held:
                    self._clock.now_s += min(max(timeout_s, 0.0), _STEP_S)
                self._step()
            chunk = bytes(self._waiting)
            self._waiting.clear()
        if chunk:
            self._waited_s = 0.0
        else:
            self._waited_s += max(timeout_s, 1e-3) if self.held else 0.0
            time.sleep(1e-4)  # the bench's time stands still: others must get their turn
        return chunk

    def close(self) -> None:
        """Nothing to close."""

    def _step(self) -> None:
        """With the lock held."""
        if self.unplugged_s is not None and self._at_s >= self.unplugged_s:
            raise PortError("`bench` failed: the device is gone", "plug it in")
        self._at_s = min(self._at_s + _STEP_S, self._clock.now_s)
        self._waiting += self._emulator.stream(self._at_s)


class BenchMeter(Ppk2):
    """A PPK2 whose port knows when somebody was told that it is gone."""

    def __init__(self, port: HeldPort) -> None:
        self._held = port
        super().__init__(port, Settings(wire.SOURCE, SUPPLY_V), port.clock, label="simulated")

    def read(self, timeout_s: float) -> Sequence[Block]:
        self._heard_s = self._clock()  # silence is no failure where time stands still
        try:
            return super().read(timeout_s)
        except PortError:
            self._held.noticed = True
            raise


class BenchBoard:
    """Infers back to back: `Looping`. `fails`: the loop, counted from 1, at which its port goes."""

    def __init__(self, profile: BoardProfile, clock: Clock, fails: int = 0, latency_s: float = LATENCY_S) -> None:
        self.loops = 0
        self.ticks_hz = 1_000_000
        self._profile, self._clock, self._fails, self._latency_s = profile, clock, fails, latency_s

    def loop(self, count: int, timeout_s: float) -> Looped:
        self.loops += 1
        if self.loops == self._fails:
            raise DeviceError("the port is gone", "plug it in")
        sent_s, took_s = self._clock(), count * self._latency_s
        assert took_s < timeout_s, "the host would have given up"
        self._profile.infer(sent_s + _CABLE_S, sent_s + _CABLE_S + took_s)
        self._clock.pause(took_s + 2 * _CABLE_S)
        return Looped(self.loops, count, round(took_s * self.ticks_hz), 0, sent_s, self._clock())


class Bench:
    """The board and the meter. `faults`: of the meter; `unplugged_s`: the meter's port goes at that time."""

    def __init__(
        self,
        *,
        faults: Faults | None = None,
        pin: bool = True,
        active_a: float = ACTIVE_A,
        calibrated: bool = True,
        unplugged_s: float | None = None,
        fails: int = 0,
    ) -> None:
        self.clock = Clock()
        self.profile = BoardProfile(pin, active_a)
        self.board = BenchBoard(self.profile, self.clock, fails)
        metadata = EXAMPLE if calibrated else replace(EXAMPLE, calibrated=False)
        self.port = HeldPort(Ppk2Emulator(self.profile, faults or Faults(), metadata), self.clock, unplugged_s)
        self.meter = BenchMeter(self.port)
        self.port.held, self.clock.port = True, self.port

    @property
    def uj(self) -> float:
        """Of one inference, truly."""
        return SUPPLY_V * ACTIVE_A * LATENCY_S * 1e6

"""An emulated meter whose time waits for the board, and a board whose answers wait for that time: no clock is real."""

import threading
from collections.abc import Callable, Sequence

import numpy as np
from support.fake_device import LibraryLink

from edgeopt.device.link import Link
from edgeopt.power.emulator import Emulator
from edgeopt.power.profile import Pieces

_BEFORE_S = 0.5  # of a window: emulated time goes no farther until its `infer` was sent
_LOST_S = 60.0  # real: the other thread has failed


def stamped_profile(
    supply_v: float, windows: Sequence[tuple[float, float]], idle_a: float, active_a: float, spike_a: float = 0.0
) -> Pieces:
    """`active_a` within the windows, `idle_a` elsewhere, and a pulse of 100 us on line 0 at each window's two ends.

    `spike_a`: on top for one of every ten milliseconds of a window.
    """
    starts, amps, levels = [0.0], [idle_a], [0xFF]

    def piece(at_s: float, current_a: float, level: int) -> None:
        starts.append(at_s)
        amps.append(current_a)
        levels.append(level)

    for begin_s, end_s in windows:
        piece(begin_s, active_a, 0)
        piece(begin_s + 100e-6, active_a, 0xFF)
        if spike_a:
            for at_s in np.arange(begin_s + 2e-3, end_s - 2e-3, 10e-3):
                piece(float(at_s), active_a + spike_a, 0xFF)
                piece(float(at_s) + 1e-3, active_a, 0xFF)
        piece(end_s, idle_a, 0)
        piece(end_s + 100e-6, idle_a, 0xFF)
    return Pieces(supply_v, np.array(starts), np.array(amps), np.array(levels, dtype=np.uint8))


class Rendezvous:
    """Who of both is how far. `windows`: the stamps' times of each `infer`, in order, by the profile's time.

    From `unplugged_s` on emulated time stands still, and nobody waits for it.
    """

    def __init__(self, windows: Sequence[tuple[float, float]], unplugged_s: float | None = None) -> None:
        self._windows = list(windows)
        self._over_s = float("inf") if unplugged_s is None else unplugged_s - 0.02
        self._sent = 0
        self._changed = threading.Condition()
        self.clock: Callable[[], float] = lambda: 0.0

    @property
    def limit_s(self) -> float:
        """About: emulated time does not pass it before the next `infer` is sent."""
        if self._sent >= len(self._windows):
            return self._over_s
        return min(self._windows[self._sent][0] - _BEFORE_S - 0.02, self._over_s)

    def infer_was_sent(self) -> None:
        with self._changed:
            self._sent += 1
            self._changed.notify_all()

    def wait_for_board(self, now_s: float) -> None:
        """Until the board was told of every window that begins soon."""
        with self._changed:
            due = sum(begin_s - _BEFORE_S < now_s for begin_s, _ in self._windows)
            assert self._changed.wait_for(lambda: self._sent >= due, _LOST_S), "nobody sends `infer`"

    def wait_for_meter(self, pause: Callable[[float], None]) -> None:
        """Until the last window has ended by the profile's time."""
        _, end_s = self._windows[self._sent - 1]
        for _ in range(round(_LOST_S / 1e-4)):
            if self.clock() > end_s + 2e-3 or (self.clock() >= self._over_s and not is_recorder_running()):
                return
            pause(1e-4)
        raise AssertionError("nobody reads the meter")


def is_recorder_running() -> bool:
    """Whether a recorder's thread has not noticed yet that the meter is gone."""
    return any(thread.name == "edgeopt power recorder" for thread in threading.enumerate())


class HeldEmulator:
    def __init__(self, emulator: Emulator, rendezvous: Rendezvous) -> None:
        self._emulator = emulator
        self._rendezvous = rendezvous

    def receive(self, data: bytes, now_s: float) -> bytes:
        return self._emulator.receive(data, now_s)

    def stream(self, now_s: float) -> bytes:
        self._rendezvous.wait_for_board(now_s)
        return self._emulator.stream(now_s)


class PacedBoard:
    """A link to a board whose `infer` lasts until the profile's window has ended. The calibration's own are not paced:
    `begin` says from when on."""

    traits = LibraryLink.traits

    def __init__(self, link: Link, rendezvous: Rendezvous, pause: Callable[[float], None]) -> None:
        self._link = link
        self._rendezvous = rendezvous
        self._pause = pause
        self._is_inferring = False

    def write(self, data: bytes) -> None:
        self._link.write(data)
        if data.startswith(b"infer"):
            self._rendezvous.infer_was_sent()
            self._is_inferring = True

    def read(self, timeout_s: float) -> bytes:
        if self._is_inferring:
            self._rendezvous.wait_for_meter(self._pause)
            self._is_inferring = False
        return self._link.read(timeout_s)

    def close(self) -> None:
        self._link.close()

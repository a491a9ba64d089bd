"""A link in virtual time that damages, delays and loses bytes, and a device behind it that may restart or vanish.

Time passes as bytes go over the wire at 115200 baud, as the device computes, and as the host waits; nobody sleeps.
"""

import math
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from support.fake_device import LibraryLink

from edgeopt.device import LinkTraits
from edgeopt.errors import PortError

BYTE_S = 10 / 115200
FAULTS = ("flip", "drop", "double", "insert", "swap", "late")


@dataclass(frozen=True)
class Plan:
    """What goes wrong. `rate`: share of the bytes damaged, each way; the others are bytes towards the device."""

    rate: float = 0.0
    faults: tuple[str, ...] = FAULTS
    restart_at: tuple[int, ...] = ()  # the device restarts when it has been sent so many bytes
    crash: bool = False  # and these restarts are faults, with a fault line
    vanish_at: int | None = None


@dataclass
class Damage:
    """One direction."""

    rng: random.Random
    plan: Plan
    held: bytes = b""
    damaged: int = 0
    _sound: int = 0  # bytes until the next damage

    def __post_init__(self) -> None:
        self._sound = self._gap()

    def through(self, data: bytes) -> Iterator[tuple[bytes, float]]:
        """What becomes of `data`, in pieces; each is followed by a delay in seconds."""
        piece = bytearray()
        at = 0
        while len(data) - at > self._sound:
            end = at + self._sound
            self._pass(piece, data[at:end])
            at = end + 1
            self._sound = self._gap()
            self.damaged += 1
            delay_s = self._damage(piece, data[end])
            if delay_s:
                yield bytes(piece), delay_s
                piece.clear()
        self._sound -= len(data) - at
        self._pass(piece, data[at:])
        yield bytes(piece), 0.0

    def _gap(self) -> int:
        if not self.plan.rate:
            return 1 << 62
        return int(math.log(1.0 - self.rng.random()) / math.log1p(-self.plan.rate))

    def _pass(self, piece: bytearray, data: bytes) -> None:
        if data and self.held:
            data, self.held = data[:1] + self.held + data[1:], b""
        piece += data

    def _damage(self, piece: bytearray, byte: int) -> float:
        """Adds what becomes of a damaged byte; seconds by which everything after it is late."""
        fault = self.rng.choice(self.plan.faults)
        held, self.held = self.held, b""
        delay_s = 0.0
        match fault:
            case "flip":
                piece.append(byte ^ 1 << self.rng.randrange(8))
            case "drop":
                pass
            case "double":
                piece += bytes([byte, byte])
            case "insert":
                piece += bytes([byte, self.rng.randrange(256)])
            case "swap":
                self.held = bytes([byte])
            case "late":
                piece.append(byte)
                delay_s = self.rng.uniform(0.005, 0.4)
            case _:
                raise AssertionError(fault)
        piece += held
        return delay_s


@dataclass
class NoisyLink:
    """The device of `library` at the end of a bad cable. `clock` gives the virtual time, in seconds."""

    device: LibraryLink
    plan: Plan
    seed: str
    traits: LinkTraits = LibraryLink.traits
    time_s: float = 0.0
    written: bytes = b""
    sent_bytes: int = 0  # by the host
    got_bytes: int = 0
    restarts: int = 0
    _arriving: deque[tuple[float, bytes]] = field(default_factory=deque)  # when all of it is there, what; not yet read

    def __post_init__(self) -> None:
        self._there = Damage(random.Random(f"{self.seed} there"), self.plan)
        self._back = Damage(random.Random(f"{self.seed} back"), self.plan)
        self._answer()  # the banner

    @property
    def damaged(self) -> int:
        return self._there.damaged + self._back.damaged

    def clock(self) -> float:
        return self.time_s

    def write(self, data: bytes) -> None:
        self.written += data
        stops = [at - self.sent_bytes for at in self.plan.restart_at if 0 < at - self.sent_bytes <= len(data)]
        for begin, end in pairwise(sorted({0, *stops, len(data)})):
            self._check()
            self._send(data[begin:end])
            if end in stops:
                self.device.restart(self.plan.crash)
                self.restarts += 1
                self._answer()

    def _send(self, data: bytes) -> None:
        self.sent_bytes += len(data)
        self.time_s += len(data) * BYTE_S
        for piece, delay_s in self._there.through(data):
            self.device.write(piece)
            self._answer()
            self.time_s += delay_s

    def read(self, timeout_s: float) -> bytes:
        self._check()
        end_s = self.time_s + timeout_s
        if not self._arriving or self._arriving[0][0] > end_s:
            self.time_s = end_s
            return b""
        self.time_s = max(self.time_s, self._arriving[0][0])
        data = b""
        while self._arriving and self._arriving[0][0] <= self.time_s:
            data += self._arriving.popleft()[1]
        self.got_bytes += len(data)
        return data

    def close(self) -> None:
        """Nothing to close."""

    def _check(self) -> None:
        if self.plan.vanish_at is not None and self.sent_bytes >= self.plan.vanish_at:
            raise PortError("the port is gone", "is the board still connected?")

    def _answer(self) -> None:
        """Sends on what the device has said."""
        at_s = max(self.time_s, self._arriving[-1][0] if self._arriving else 0.0)
        while data := self.device.read(0.0):
            for piece, delay_s in self._back.through(data):
                at_s += len(piece) * BYTE_S
                self._arriving.append((at_s, piece))
                at_s += delay_s

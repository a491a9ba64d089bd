"""The streams of an emulated LPM01A: samples, time stamps and what else it says, in either format."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edgeopt.power.lpm01a.forms import ascii_text, binary_pairs

_CLOSE = b"\xff\xff"


class Encoder(Protocol):
    def samples(self, values: NDArray[np.float64]) -> bytes: ...
    def stamp(self, ms: int, buffer_percent: int) -> bytes: ...
    def event(self, number: int) -> bytes: ...
    def error(self, text: str) -> bytes: ...
    def over_current(self) -> bytes: ...
    def power(self, on: bool) -> bytes: ...
    def end(self) -> bytes: ...


class AsciiEncoder:
    def samples(self, values: NDArray[np.float64]) -> bytes:
        return b"".join(text + b"\r\n" for text in ascii_text(values))

    def stamp(self, ms: int, buffer_percent: int) -> bytes:
        """Three digits for the seconds: from 1000 s on it says by a `>` that there are more."""
        seconds, rest = divmod(ms, 1000)
        mark = ">" if seconds > 999 else " "
        text = f"\r\nTimeStamp:{mark}{seconds % 1000:03d}s {rest:03d}ms, buff {min(buffer_percent, 99):02d}%\r\n"
        return text.encode() + b"\0"

    def event(self, number: int) -> bytes:
        """The firmware says `ris` of a falling edge too: published results of `eventsrc d7 fal` have it."""
        return f"event {number % 100:02d} ris\r\n".encode()

    def error(self, text: str) -> bytes:
        return f"error: {text}\r\n".encode()

    def over_current(self) -> bytes:
        return self.error("overcurrent")

    def power(self, on: bool) -> bytes:
        return b"pwr on\r\n" if on else b"pwr off\r\n"

    def end(self) -> bytes:
        return b"\r\nend\r\n"


class BinaryEncoder:
    def samples(self, values: NDArray[np.float64]) -> bytes:
        return binary_pairs(values).astype(">u2").tobytes()

    def stamp(self, ms: int, buffer_percent: int) -> bytes:
        overflow = (ms >> 31) << 31 and 1 << 31
        return b"\xf0\xf3" + (ms & 0x7FFFFFFF | overflow).to_bytes(4, "big") + bytes([buffer_percent]) + _CLOSE

    def event(self, number: int) -> bytes:
        """How it would tell one is not known, so it does not."""
        return b""

    def error(self, text: str) -> bytes:
        return b"\xf0\xf1" + text.encode() + _CLOSE

    def over_current(self) -> bytes:
        return b"\xf0\xf5" + _CLOSE

    def power(self, on: bool) -> bytes:
        return b"\xf0\xf9\x01" + _CLOSE if on else b"\xf0\xf6" + _CLOSE

    def end(self) -> bytes:
        return b"\xf0\xf4" + _CLOSE

"""The `bin_hexa` stream of an LPM01A: samples of two bytes, and frames between them.

A frame is F0, its kind F1 to F9, what it says, FF FF (UM2269, metadata). Both bytes of a sample may be F0 or FF but for
the high nibble of the first, so the stream is read by twos from a place that is known; some frames have an odd length,
after which the twos lie otherwise. Kinds of a known length are read by it: the four bytes of a time may well be FF FF.

F4 is the end; a table of UM2269 also has it for an over-current, which others have seen as F5. Samples that follow an
F4 tell that it was no end, which is text (it begins with CR LF: no sample, 0x0D0A would be 3338 A).
"""

import re

import numpy as np

from edgeopt.power.lpm01a.ascii_stream import AsciiDecoder
from edgeopt.power.lpm01a.forms import binary_values
from edgeopt.power.lpm01a.items import Damage, Item, Kind, Samples, Stamp, Told, printable

_SCAN_BYTES = 1 << 14  # looked at in one go: a frame comes each 2000 bytes
_LONGEST_TEXT_BYTES = 256
_CLOSE = b"\xff\xff"
_ERROR, _INFO, _STAMP, _END, _OVER, _DOWN, _VOLTS, _TEMPERATURE, _POWER = range(0xF1, 0xFA)
_PAYLOAD = {_STAMP: 5, _END: 0, _OVER: 0, _DOWN: 0, _VOLTS: 2, _TEMPERATURE: 2, _POWER: 1}
_OVERFLOW = 1 << 31
# A frame that can hardly be anything else, wherever it lies.
_FRAME = re.compile(rb"\xf0(?:\xf3.{5}|[\xf4-\xf6]|[\xf7\xf8]..|\xf9.|[\xf1\xf2][\x09-\x7e]{1,256})\xff\xff", re.DOTALL)
_TEXT = re.compile(rb"[\x09-\x7e]*")
_SILENT = b"\r\n\0"


class BinaryDecoder:
    def __init__(self) -> None:
        self._data = b""
        self._text: AsciiDecoder | None = None  # once the samples are over
        self._begun = False
        self._lost = False  # where the twos lie
        self._before = b""  # the byte before the data: with the twos shifted, a frame's F0 is taken for a sample's
        self._after_end = False

    def feed(self, data: bytes) -> list[Item]:
        if self._text is not None:
            return _without_damage(self._text.feed(data))
        self._data += data
        items: list[Item] = []
        while self._step(items):
            pass
        if self._text is not None:
            items += _without_damage(self._text.feed(self._data))
            self._data = b""
        return items

    def _step(self, items: list[Item]) -> bool:
        """Takes one thing off the data; False where more must come."""
        if not self._begun:
            return self._begin()
        if self._after_end:
            return self._end_or_not()
        if self._lost:
            return self._find_frame(items)
        count = min(len(self._data), _SCAN_BYTES) // 2
        pairs = np.frombuffer(self._data, dtype=">u2", count=count)
        frames = np.flatnonzero(pairs >= 0xF000)
        samples = int(frames[0]) if len(frames) else count
        if samples:
            items.append(Samples(binary_values(pairs[:samples])))
            self._before = self._data[2 * samples - 1 : 2 * samples]
            self._data = self._data[2 * samples :]
        return self._frame(items) if len(frames) else samples > 0

    def _begin(self) -> bool:
        """What is left of the answer to `start`: line ends, which no sample begins with, and perhaps a NUL."""
        self._data = self._data.lstrip(b"\r\n")
        if len(self._data) < 2:
            return False
        if self._data[0] == 0 and self._data[1] == 0xF0:
            self._data = self._data[1:]
        self._begun = True
        return True

    def _frame(self, items: list[Item]) -> bool:
        """The frame that the data begins with."""
        data = self._data
        kind = data[1]
        if data[0] != 0xF0 or not _ERROR <= kind <= _POWER:
            return self._stray(items)
        if kind in _PAYLOAD:
            size = 4 + _PAYLOAD[kind]
            if len(data) < size:
                return False
            if data[size - 2 : size] != _CLOSE:
                return self._stray(items)
        else:
            close = data.find(_CLOSE, 2, 2 + _LONGEST_TEXT_BYTES)
            if close < 0:
                return self._stray(items) if len(data) > 2 + _LONGEST_TEXT_BYTES else False
            if not _TEXT.fullmatch(data[2:close]):
                return self._stray(items)
            size = close + 2
        self._data = data[size:]
        self._before = b""
        items.append(_item(kind, data[2 : size - 2]))
        self._after_end = kind == _END
        return True

    def _stray(self, items: list[Item]) -> bool:
        """Neither sample nor frame: a byte is damaged, or lost, and the twos lie otherwise."""
        items.append(Damage(resync=True))
        self._lost = True
        self._data = self._before + self._data
        self._before = b""
        return True

    def _find_frame(self, items: list[Item]) -> bool:
        match = _FRAME.search(self._data)
        if match is None:
            self._data = self._data[-(_LONGEST_TEXT_BYTES + 4) :]
            return False
        self._data = self._data[match.start() :]
        self._lost = False
        return self._frame(items)

    def _end_or_not(self) -> bool:
        if len(self._data) < 2:
            return False
        self._after_end = False
        if self._data[0] in _SILENT and self._data[1] in _SILENT and self._data[:2] != b"\0\0":
            self._text = AsciiDecoder()
            return False
        return True


def _item(kind: int, payload: bytes) -> Item:
    if kind == _STAMP:
        ms = int.from_bytes(payload[:4], "big")
        return Stamp(None if ms & _OVERFLOW else ms, min(payload[4], 100))
    if kind == _ERROR:
        over = b"current" in payload.lower() and b"over" in payload.lower()
        return Told(Kind.OVER_CURRENT if over else Kind.ERROR, printable(payload))
    if kind == _VOLTS:
        return Told(Kind.VOLTAGE, str(int.from_bytes(payload, "big")))
    if kind == _TEMPERATURE:
        return Told(Kind.TEMPERATURE, str(int.from_bytes(payload, "big", signed=True)))
    if kind == _POWER:
        return Told(Kind.POWER_ON if payload[0] else Kind.POWER_OFF)
    plain = {_INFO: Kind.INFO, _END: Kind.END, _OVER: Kind.OVER_CURRENT, _DOWN: Kind.POWER_OFF}
    return Told(plain[kind], printable(payload))


def _without_damage(items: list[Item]) -> list[Item]:
    """After the end only words come."""
    return [item for item in items if isinstance(item, Told)]

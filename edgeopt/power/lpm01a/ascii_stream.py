"""The `ascii_dec` stream of an LPM01A: lines, most of them samples.

`6409-07` is a sample; after each 1000 a line `TimeStamp: 001s 234ms, buff 00%` between empty ones, after which a NUL
may stand (seen by LPM01A-lib); `event 07 ris` is an edge (seen by the MLPerf Tiny runner); `error ...`, `pwr on`,
`pwr off`, `end`, `summary beg` ... `summary end` as in UM2269; `Acquisition completed` ends it all.
"""

import re

from edgeopt.power.lpm01a.forms import SAMPLE, SAMPLE_BYTES, ascii_values
from edgeopt.power.lpm01a.items import Damage, Event, Item, Kind, Samples, Stamp, Told, printable

PROMPT = b"PowerShield > "
_LONGEST_LINE_BYTES = 200
_STAMP = re.compile(rb"TimeStamp:\s*([><]?)\s*([0-9]{1,6})s\s*([0-9]{1,3})ms,\s*buff\s*([0-9]{1,3})%")
_EVENT = re.compile(rb"event ([0-9]{1,6}) (?:ris|fal)")
_PLAIN = {b"end": Kind.END, b"pwr on": Kind.POWER_ON, b"pwr off": Kind.POWER_OFF}
_COMPLETED = b"Acquisition completed"


class AsciiDecoder:
    def __init__(self) -> None:
        self._rest = b""
        self._samples: list[bytes] = []
        self._summary = False

    def feed(self, data: bytes) -> list[Item]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        items: list[Item] = []
        for line in lines:
            text = line.strip(b"\r\0 ")
            if len(text) == SAMPLE_BYTES and SAMPLE.fullmatch(text) and not self._summary:
                self._samples.append(text)
            elif text:
                self._flush(items)
                items += self._other(text)
        self._flush(items)
        if len(self._rest) > _LONGEST_LINE_BYTES:
            self._rest = b""
            items.append(Damage())
        return items

    def _flush(self, items: list[Item]) -> None:
        if self._samples:
            items.append(Samples(ascii_values(b"".join(self._samples))))
            self._samples = []

    def _other(self, line: bytes) -> list[Item]:
        text = line.removeprefix(PROMPT)
        if text.startswith(b"summary"):
            self._summary = text == b"summary beg"
            return []
        if _COMPLETED in text:
            self._summary = False
            return [Told(Kind.COMPLETED)]
        if self._summary:
            return []
        if match := _STAMP.fullmatch(text):
            over, seconds, ms, percent = match.groups()
            return [Stamp(None if over == b">" else int(seconds) * 1000 + int(ms), min(int(percent), 100))]
        if match := _EVENT.fullmatch(text):
            return [Event(int(match[1]))]
        if text in _PLAIN:
            return [Told(_PLAIN[text])]
        if text.lower().startswith((b"error", b"err ")):
            return [Told(_error_kind(text), printable(text))]
        if text.startswith(b"ack "):
            return []
        return [Damage()]


def _error_kind(text: bytes) -> Kind:
    """An over-current is told as an error in words (UM2269); the acquisition goes on."""
    return Kind.OVER_CURRENT if re.search(rb"over[ -]?current", text, re.IGNORECASE) else Kind.ERROR

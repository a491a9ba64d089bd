"""An emulated LPM01A: answers the commands of its firmware, and streams what a profile gives, in either format."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from edgeopt.power.emulator import Faults
from edgeopt.power.lpm01a.encoding import AsciiEncoder, BinaryEncoder, Encoder
from edgeopt.power.lpm01a.forms import ascii_text
from edgeopt.power.lpm01a.sampling import Sampler
from edgeopt.power.lpm01a.settings import Refused, Settings, changed, check_start
from edgeopt.power.lpm01a.setup import FULL_SCALE_A
from edgeopt.power.profile import Profile

EVERY = 1000  # samples between two time stamps
VERSION = "1.0.6"
_MOST_AT_ONCE = 20_000  # samples: what is late is not taken in one piece
_LINE_BYTES = 256
_STATIC_S = 0.5  # that a static acquisition takes: assumed
_CONSTANT = 0.1  # how far the current may change in it: assumed


@dataclass
class _State:
    """What a reset forgets."""

    settings: Settings = field(default_factory=Settings)
    line: bytes = b""
    on: bool = False
    status: bool = False  # whether changes of the supply are told in the stream
    off_until_s: float | None = None
    events: int = 0
    sampler: Sampler | None = None
    triggered: bool = True
    encoder: Encoder = field(default_factory=AsciiEncoder)
    least: float = math.inf
    most: float = 0.0


class Lpm01aEmulator:
    """The `Emulator` of an LPM01A that feeds the profile's board at the voltage it is set to.

    Its event source D7 is line 0 of the profile. While its output is off no current flows; the profile's time goes on.
    `buffer_percent` is what its time stamps say. What is sent before a line feed comes is kept, as in a terminal.
    """

    def __init__(self, profile: Profile, faults: Faults, buffer_percent: Callable[[], int] = lambda: 0) -> None:
        self._profile = profile
        self._faults = faults
        self._buffer_percent = buffer_percent
        self._random = np.random.default_rng(faults.seed)
        self._state = _State()

    @property
    def settings(self) -> Settings:
        return self._state.settings

    @property
    def powered(self) -> bool:
        return self._state.on

    def receive(self, data: bytes, now_s: float) -> bytes:
        out = self.stream(now_s)
        *lines, self._state.line = (self._state.line + data).split(b"\n")
        self._state.line = self._state.line[-_LINE_BYTES:]
        for line in lines:
            text = line.decode("ascii", "replace").strip("\r\0 ")
            if text:
                out += self._command(text, now_s)
        return out

    def stream(self, now_s: float) -> bytes:
        out = b""
        if self._state.off_until_s is not None and now_s >= self._state.off_until_s:
            out += self._sample(self._state.off_until_s)
            out += self._switch(True)
            self._state.off_until_s = None
        return out + self._sample(now_s)

    def _command(self, text: str, now_s: float) -> bytes:
        word, *arguments = text.split()
        try:
            settings = changed(self._state.settings, word, arguments) if arguments != ["get"] else None
            if settings is not None:
                if self._state.sampler is not None:
                    raise Refused("not possible during acquisition")
                self._state.settings = settings
                return _ack(text)
            handler = getattr(self, f"_do_{word}", None) if word.isalpha() else None
            if handler is None:
                raise Refused("unknown command")
            answer: bytes = handler(text, arguments, now_s)
            return answer
        except Refused as reason:
            return f"\r\nPowerShield > error {text}\r\nError detail: {reason}\r\n\r\n".encode()

    def _do_start(self, text: str, arguments: list[str], now_s: float) -> bytes:
        if self._state.sampler is not None:
            raise Refused("acquisition already started")
        check_start(self._state.settings)
        self._state.on = True  # `pwr auto`: on at the first start
        self._state.encoder = AsciiEncoder() if self._state.settings.format == "ascii_dec" else BinaryEncoder()
        begin_s = now_s + self._state.settings.trigdelay
        self._state.sampler = Sampler(self._profile, self._faults, self._random, begin_s, self._state.settings.freq)
        self._state.triggered = self._state.settings.trigsrc == "sw"
        self._state.least, self._state.most = np.inf, 0.0
        return _ack(text) + (self._state.encoder.power(True) if self._state.status else b"")

    def _do_stop(self, text: str, arguments: list[str], now_s: float) -> bytes:
        return self._end() if self._state.sampler is not None else _ack(text)

    def _do_pwr(self, text: str, arguments: list[str], now_s: float) -> bytes:
        if arguments == ["get"]:
            return _ack(f"{text} {'on' if self._state.on else 'off'}")
        if not arguments or arguments[0] not in ("auto", "on", "off"):
            raise Refused("argument value not in list")
        self._state.status = arguments[1:] == ["status"]
        out = b""
        if arguments[0] != "auto":
            out = self._switch(arguments[0] == "on")
        return _ack(text) + out

    def _do_targrst(self, text: str, arguments: list[str], now_s: float) -> bytes:
        seconds = changed(Settings(), "acqtime", arguments)
        if seconds is None or (seconds.acqtime and not 0.01 <= seconds.acqtime <= 1):
            raise Refused("argument value out of range")
        self._state.off_until_s = now_s + seconds.acqtime if seconds.acqtime else None
        return _ack(text) + self._switch(False)

    def _do_psrst(self, text: str, arguments: list[str], now_s: float) -> bytes:
        """A hardware reset: nothing is answered, and all is as after power-up."""
        self._state = _State()
        return b""

    def _do_volt(self, text: str, arguments: list[str], now_s: float) -> bytes:
        return _ack(f"{text} {round(self._state.settings.volt * 1000):04d}-03")

    def _do_htc(self, text: str, arguments: list[str], now_s: float) -> bytes:
        return _ack(text)

    _do_hrc = _do_lcd = _do_htc

    def _do_echo(self, text: str, arguments: list[str], now_s: float) -> bytes:
        return f"\r\nPowerShield > {text}\r\n".encode()

    def _do_version(self, text: str, arguments: list[str], now_s: float) -> bytes:
        return _ack(f"{text} {VERSION}")

    def _do_powershield(self, text: str, arguments: list[str], now_s: float) -> bytes:
        return _ack(f"{text} PowerShield present: emulated")

    def _do_status(self, text: str, arguments: list[str], now_s: float) -> bytes:
        return _ack(f"{text} ok")

    _do_autotest = _do_status
    _do_calib = _do_status

    def _do_temp(self, text: str, arguments: list[str], now_s: float) -> bytes:
        return _ack(f"{text} {'77.0' if arguments == ['degf'] else '25.0'}")

    def _do_range(self, text: str, arguments: list[str], now_s: float) -> bytes:
        return _ack(f"{text} 1000-10 {'2000-04' if self._state.settings.acqmode == 'stat' else '5000-05'}")

    def _switch(self, on: bool) -> bytes:
        told = self._state.sampler is not None and self._state.on != on and (self._state.status or not on)
        self._state.on = on
        return self._state.encoder.power(on) if told else b""

    def _end(self) -> bytes:
        """`pwrend`, the summary, and that it is over."""
        self._state.sampler = None
        if self._state.settings.pwrend == "off":
            self._state.on = False
        least, most = ascii_text(
            np.array([self._state.least if np.isfinite(self._state.least) else 0.0, self._state.most])
        )
        summary = b"summary beg\r\nmin " + least + b"\r\nmax " + most + b"\r\nsummary end\r\n"
        return self._state.encoder.end() + b"\r\n" + summary + b"\r\nPowerShield > Acquisition completed\r\n\r\n"

    def _sample(self, now_s: float) -> bytes:
        if self._state.sampler is None:
            return b""
        if self._state.settings.acqmode == "stat":
            return self._static(now_s)
        parts: list[bytes] = []
        while self._state.sampler is not None and (due := self._state.sampler.due(now_s)):
            room = EVERY - self._state.sampler.taken % EVERY
            limit = round(self._state.settings.acqtime * self._state.settings.freq) or 1 << 62
            parts.append(self._some(self._state.sampler, min(due, room, limit - self._state.sampler.taken)))
            if self._state.sampler.taken >= limit:
                parts.append(self._end())
            if sum(map(len, parts)) > 2 * _MOST_AT_ONCE * 9:
                break
        return b"".join(parts)

    def _some(self, sampler: Sampler, count: int) -> bytes:
        """The next samples, all before the same time stamp, which follows where it is due."""
        taken = sampler.taken
        amps, arrive, falls = sampler.take(count)
        if not self._state.triggered:
            return self._wait(sampler, taken, falls)
        values = np.minimum(np.maximum(amps if self._state.on else 0 * amps, 0.0), FULL_SCALE_A["dyn"])
        over = bool(np.any(amps > FULL_SCALE_A["dyn"])) and self._state.on
        self._state.least, self._state.most = (
            min(self._state.least, float(values.min())),
            max(self._state.most, float(values.max())),
        )
        if self._state.settings.output == "energy":
            values = values * self._state.settings.volt / self._state.settings.freq
        out = self._state.encoder.over_current() if over else b""
        begin = 0
        for fall in falls.tolist() if self._state.settings.eventsrc == "fal" else []:
            out += self._state.encoder.samples(values[begin:fall][arrive[begin:fall]]) + self._state.encoder.event(
                self._state.events
            )
            self._state.events += 1
            begin = fall
        out += self._state.encoder.samples(values[begin:][arrive[begin:]])
        if sampler.taken % EVERY == 0:
            out += self._state.encoder.stamp(sampler.taken * 1000 // self._state.settings.freq, self._buffer_percent())
        return out

    def _wait(self, sampler: Sampler, taken: int, falls: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> bytes:
        """For an edge at D7; from there on it samples."""
        if len(falls):
            begin_s = sampler.time_s(taken + int(falls[0]))
            self._state.sampler = Sampler(self._profile, self._faults, self._random, begin_s, self._state.settings.freq)
            self._state.triggered = True
        return b""

    def _static(self, now_s: float) -> bytes:
        """One value, if the current was constant."""
        assert self._state.sampler is not None
        begin_s = self._state.sampler.time_s(0)
        if now_s < begin_s + _STATIC_S:
            return b""
        sampler = Sampler(self._profile, self._faults, self._random, begin_s, 20 / _STATIC_S)
        amps, _, _ = sampler.take(20)
        mean = float(np.mean(amps)) if self._state.on else 0.0
        if self._state.on and np.ptp(amps) > _CONSTANT * abs(mean):
            return self._state.encoder.error("static acquisition: current not constant") + self._end()
        value = np.array([min(max(mean, 0.0), FULL_SCALE_A["stat"])])
        self._state.least = self._state.most = float(value[0])
        return self._state.encoder.samples(value) + self._end()


def _ack(text: str) -> bytes:
    """As real boards frame their answers."""
    return f"\r\nPowerShield > ack {text}\r\n\r\n".encode()

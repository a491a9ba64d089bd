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
_MOST_AT_ONCE = 50_000  # samples: what is late is not taken in one piece
_ENDLESS = 1 << 62
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
        """Told in the samples where that was asked for; in binary a power-down always (F6)."""
        state = self._state
        asked = state.status or (not on and state.settings.format == "bin_hexa")
        told = state.sampler is not None and state.on != on and asked
        state.on = on
        return state.encoder.power(on) if told else b""

    def _end(self) -> bytes:
        """`pwrend`, the summary, and that it is over."""
        state = self._state
        state.sampler = None
        state.on = state.on and state.settings.pwrend == "on"
        least, most = ascii_text(np.array([min(state.least, state.most), state.most]))
        summary = b"summary beg\r\nmin " + least + b"\r\nmax " + most + b"\r\nsummary end\r\n"
        return state.encoder.end() + b"\r\n" + summary + b"\r\nPowerShield > Acquisition completed\r\n\r\n"

    def _sample(self, now_s: float) -> bytes:
        state = self._state
        if state.sampler is not None and state.settings.acqmode == "stat":
            return self._static(state.sampler.time_s(0), now_s)
        parts: list[bytes] = []
        limit = round(state.settings.acqtime * state.settings.freq) or _ENDLESS
        room = _MOST_AT_ONCE
        while state.sampler is not None and room > 0 and (due := state.sampler.due(now_s)):
            taken = state.sampler.taken
            count = min(due, EVERY - taken % EVERY, limit - taken)
            parts.append(self._some(state.sampler, count))
            room -= count
            if taken + count >= limit and state.triggered:
                parts.append(self._end())
        return b"".join(parts)

    def _some(self, sampler: Sampler, count: int) -> bytes:
        """The next samples, all before the same time stamp, which follows where it is due."""
        state, settings = self._state, self._state.settings
        taken = sampler.taken
        amps, arrive, falls = sampler.take(count)
        if not state.triggered:
            return self._wait(sampler, taken, falls)
        amps = amps if state.on else 0 * amps
        values = np.clip(amps, 0.0, FULL_SCALE_A["dyn"])
        state.least, state.most = min(state.least, float(values.min())), max(state.most, float(values.max()))
        if settings.output == "energy":
            values = values * settings.volt / settings.freq
        parts = [state.encoder.over_current()] if np.any(amps > FULL_SCALE_A["dyn"]) else []
        begin = 0
        for fall in falls.tolist() if settings.eventsrc == "fal" else []:
            parts += [state.encoder.samples(values[begin:fall][arrive[begin:fall]]), state.encoder.event(state.events)]
            state.events += 1
            begin = fall
        parts.append(state.encoder.samples(values[begin:][arrive[begin:]]))
        if sampler.taken % EVERY == 0:
            parts.append(state.encoder.stamp(sampler.taken * 1000 // settings.freq, self._buffer_percent()))
        return b"".join(parts)

    def _wait(self, sampler: Sampler, taken: int, falls: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> bytes:
        """For an edge at D7; from there on it samples."""
        if len(falls):
            begin_s = sampler.time_s(taken + int(falls[0]))
            self._state.sampler = Sampler(self._profile, self._faults, self._random, begin_s, self._state.settings.freq)
            self._state.triggered = True
        return b""

    def _static(self, begin_s: float, now_s: float) -> bytes:
        """One value, if the current was constant."""
        state = self._state
        if now_s < begin_s + _STATIC_S:
            return b""
        amps, _, _ = Sampler(self._profile, self._faults, self._random, begin_s, 20 / _STATIC_S).take(20)
        amps = amps if state.on else 0 * amps
        mean = float(np.mean(amps))
        if np.ptp(amps) > _CONSTANT * abs(mean):
            return state.encoder.error("static acquisition: current not constant") + self._end()
        value = np.clip(np.array([mean]), 0.0, FULL_SCALE_A["stat"])
        state.least = state.most = float(value[0])
        return state.encoder.samples(value) + self._end()


def _ack(text: str) -> bytes:
    """As real boards frame their answers."""
    return f"\r\nPowerShield > ack {text}\r\n\r\n".encode()

"""What is said before the samples: stop, who is there, mode, voltage, power; and the errors of what goes wrong."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from edgeopt.errors import MeterError
from edgeopt.power.ports import MeterPort
from edgeopt.power.ppk2 import wire
from edgeopt.power.ppk2.metadata import LONGEST_BYTES, Metadata, ends, parse_metadata

_QUIET_S = 0.1  # without a byte: nothing more is on its way
_DRAIN_S = 2.0  # a meter that was left sampling has some 100 kB in the system's buffers
_ANSWER_S = 1.0
_TRIES = 2
_SHOWN_BYTES = 40
_GAIN_TOLERANCE = 0.01
_MODES = {wire.AMPERE: "ampere", wire.SOURCE: "source"}


@dataclass(frozen=True)
class Settings:
    """What the meter is to do."""

    mode: int  # wire.AMPERE or wire.SOURCE
    volts: float  # that it gives, or that the board's own supply has
    filtered: bool = True
    user_gains: tuple[float | None, ...] = (None,) * wire.RANGES  # None: as the meter has it

    @property
    def millivolts(self) -> int:
        return round(self.volts * 1000)


def set_up(port: MeterPort, settings: Settings, clock: Callable[[], float]) -> Metadata:
    """Sets the meter up and switches the board's supply on; its metadata after that.

    MeterError where no PPK2 answers, or not as it was told to.
    """
    drain(port, clock)
    before = ask(port, clock)
    port.write(wire.device_power(False))  # no moment at the voltage of last time
    for current_range, gain in enumerate(settings.user_gains):
        if gain is not None:
            port.write(wire.set_user_gain(current_range, gain))
    port.write(wire.set_mode(settings.mode))
    port.write(wire.set_voltage(settings.millivolts))
    after = ask(port, clock)
    _check(before, after, settings)
    port.write(wire.device_power(True))
    told = [own if gain is None else gain for own, gain in zip(after.user_gain, settings.user_gains, strict=True)]
    return replace(after, user_gain=np.array(told))  # it tells its gains with two decimals


def drain(port: MeterPort, clock: Callable[[], float]) -> bytes:
    """Stops a meter that may be sampling, and throws away what is on its way; gives back the last of it."""
    port.write(bytes([wire.AVERAGE_STOP]))
    end_s = clock() + _DRAIN_S
    last = b""
    while clock() < end_s:
        data = port.read(_QUIET_S)
        if not data:
            return last
        last = data
    raise MeterError(
        f"the PPK2's port does not fall silent: it still sends {_shown(last)}", "is another program using the meter?"
    )


def ask(port: MeterPort, clock: Callable[[], float]) -> Metadata:
    """The meter's metadata; MeterError where what answers is no PPK2."""
    reply = b""
    for _ in range(_TRIES):
        reply = _reply(port, clock)
        metadata = parse_metadata(reply)
        if metadata is not None:
            return metadata
    what = f"it answers {_shown(reply)}" if reply else "it does not answer"
    raise MeterError(
        f"no PPK2 is behind this port, or not its port for measuring: {what}",
        "name the port with the lower number of the two that it has, or unplug it for a moment",
    )


def _reply(port: MeterPort, clock: Callable[[], float]) -> bytes:
    port.write(bytes([wire.GET_METADATA]))
    end_s = clock() + _ANSWER_S
    reply = b""
    while not ends(reply) and len(reply) < LONGEST_BYTES and clock() < end_s:
        data = port.read(max(end_s - clock(), 0.0))
        if not data:
            break
        reply += data
    return reply


def _check(before: Metadata, after: Metadata, settings: Settings) -> None:
    """What it says of its settings is what it was told; a firmware that says nothing of them is believed."""
    if after.mode is not None and after.mode != settings.mode:
        raise MeterError(
            f"the PPK2 stays in mode {_MODES.get(after.mode, after.mode)} although it was told "
            f"to be in mode {_MODES[settings.mode]}",
            "unplug it for a moment, and try again; update its firmware with Nordic's app if that does not help",
        )
    if after.vdd_mv is not None and after.vdd_mv != settings.millivolts:
        raise MeterError(
            f"the PPK2 stays at {after.vdd_mv} mV although it was told to be at {settings.millivolts} mV"
            + ("" if before.vdd_mv == after.vdd_mv else f" (it was at {before.vdd_mv} mV)"),
            "the board was not switched on; unplug the meter for a moment, and try again",
        )
    for current_range, (own, gain) in enumerate(zip(after.user_gain, settings.user_gains, strict=True)):
        if gain is not None and not abs(own - gain) <= _GAIN_TOLERANCE:
            raise MeterError(
                f"the PPK2 tells a user gain of {own:g} in range {current_range} although it was told {gain:g}",
                "leave the gain out; unplug the meter for a moment to have its own gains back",
            )


def _shown(data: bytes) -> str:
    text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data[:_SHOWN_BYTES])
    return f"`{text}`" + (f" and {len(data) - _SHOWN_BYTES} bytes more" if len(data) > _SHOWN_BYTES else "")

"""Why a session cannot begin: nothing answers, the wrong speed, or a firmware that is not edgeopt's."""

from typing import Protocol, runtime_checkable

from edgeopt.device.lines import FOREIGN, SHOWN_CHARACTERS, command_line, printable
from edgeopt.device.protocol import Patience, Wire
from edgeopt.errors import DeviceError, LinkTimeout, ProtocolError

_RATES = (9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600, 1_000_000)
_TRY = Patience(reply_s=0.4, settle_s=0.5, attempts=1, silences=1, trouble_s=1.0)
_GARBAGE_FROM = 0.3  # of the bytes do not print: text read at another speed has half and more
_LEAST_BYTES = 8
_NOT_OURS = "flash this project's firmware (edgeopt flash DIR), or choose another port (`edgeopt ports` lists them)"


@runtime_checkable
class TunableLink(Protocol):
    """A link whose speed the host chooses."""

    @property
    def baud(self) -> int | None:
        """Bits a second; None where there is no such thing after all."""
        ...

    def set_baud(self, baud: int) -> None: ...


def explained(error: DeviceError, wire: Wire) -> DeviceError:
    """The error of a session that could not begin, with what the device's bytes tell of the reason.

    Where a link has a speed, others are tried only to say which one the device answers at; it is then set back.
    """
    if wire.answers or not isinstance(error, LinkTimeout | ProtocolError):
        return error
    received = wire.received
    strange = sum(not (32 <= byte < 127 or byte in b"\r\n\t") for byte in received)
    garbage = len(received) >= _LEAST_BYTES and strange > _GARBAGE_FROM * len(received)
    if FOREIGN in received and b"m-ready" in received:
        return ProtocolError("the device speaks the MLPerf Tiny protocol, but is not edgeopt's firmware", _NOT_OURS)
    if command_line(1, "id")[:-9] in received:
        what = f"the device sends back what it is sent: `{printable(received)}`"
        return ProtocolError(what, "is that a terminal or a loop of two wires? " + _NOT_OURS)
    if b"m-ready" in received or b"m-eo " in received:
        return error  # edgeopt's firmware, at the end of a bad cable
    if garbage or isinstance(error, LinkTimeout):
        return _about_speed(error, wire, strange, garbage)
    return type(error)(error.message, f"that is not edgeopt's firmware: {_NOT_OURS}")


def _about_speed(error: DeviceError, wire: Wire, strange: int, garbage: bool) -> DeviceError:
    """Of garbage, and of silence, which the wrong speed may be as well: the device takes nothing for a command."""
    link = wire.link
    baud = link.baud if isinstance(link, TunableLink) else None
    if not isinstance(link, TunableLink) or baud is None:
        return type(error)(error.message, f"that is no text: {error.hint}") if garbage else error
    what = error.message
    if garbage:
        shown = printable(wire.received[: SHOWN_CHARACTERS // 3])
        what = f"what comes is no text: {strange} of {len(wire.received)} bytes do not print (`{shown}`)"
    answers = _answering_rate(link, baud)
    if answers is not None:
        hint = f"it answers at {answers}: set `baud` in the [console] table of the board file and build again, or flash"
        return type(error)(f"{what}; the board file says {baud} baud", f"{hint} this project's firmware")
    if not garbage:
        return error
    hint = f"the project's firmware sends at {baud} baud, and nothing answers at other usual speeds either: {_NOT_OURS}"
    return type(error)(what, hint)


def _answering_rate(link: TunableLink, baud: int) -> int | None:
    """The speed at which edgeopt's firmware answers, of the usual ones but `baud`, which is set again."""
    try:
        for rate in _RATES:
            if rate != baud and _answers(link, rate):
                return rate
    finally:
        link.set_baud(baud)
    return None


def _answers(link: TunableLink, rate: int) -> bool:
    link.set_baud(rate)
    wire = Wire(link, _TRY)  # type: ignore[arg-type]  # a TunableLink is a Link that has a speed besides
    try:
        wire.settle()
        return wire.exchange("id").ok
    except (LinkTimeout, ProtocolError):
        return False

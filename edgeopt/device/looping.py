"""Many inferences with nothing between them: for power meters, which need seconds of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edgeopt.device.link import MEASURED
from edgeopt.errors import DeviceError, ProtocolError, UsageError

if TYPE_CHECKING:
    from edgeopt.device.session import Session

MOST_INFERENCES = 1 << 31  # of one loop
_COUNTER_TICKS = 1 << 32


@dataclass(frozen=True)
class Looped:
    """`inferences` of the same inputs, back to back. Ticks as in `Run`, of all together.

    `outputs_crc`: of the last one's outputs, which is that of `Run` where the network remembers nothing and its inputs
    survive. The timestamp pin was low from just before the first to just after the last.
    """

    number: int
    inferences: int
    ticks: int
    outputs_crc: int
    sent_s: float = field(default=0.0, compare=False)  # the session's clock when the command was sent first ...
    answered_s: float = field(default=0.0, compare=False)  # ... and when its answer had come


def loop(session: Session, count: int, timeout_s: float) -> Looped:
    """As `Session.loop`."""
    if not 0 < count <= MOST_INFERENCES:
        raise UsageError(f"a loop of {count:,} inferences", f"give 1 to {MOST_INFERENCES:,}")
    return session.steadily(lambda: _loop(session, count, timeout_s))


def _loop(session: Session, count: int, timeout_s: float) -> Looped:
    number, *values = session.inference(
        "loop",
        count,
        session.since_reset,
        inferences=count,
        timeout_s=timeout_s,
        poke=False,  # a byte is a signal that the board sees amid what is measured
    )
    if len(values) != 3:
        raise ProtocolError(f"the device's answer to `loop` has {len(values) + 1} numbers", "flash it again")
    looped = Looped(
        number=number,
        inferences=count,
        ticks=values[0] << 32 | values[1],
        outputs_crc=values[2],
        sent_s=session.wire.sent_s,
        answered_s=session.wire.clock(),
    )
    elapsed_s = looped.answered_s - looped.sent_s
    is_measured = session.wire.link.traits.label == MEASURED
    if is_measured and elapsed_s * session.identity.cycles_hz >= _COUNTER_TICKS * count:
        raise DeviceError(
            f"an inference took up to {elapsed_s / count:.0f} s, longer than the board's counter can tell",
            "use a slower timer in the board file",
        )
    return looped

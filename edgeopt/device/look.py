"""Looks into a device's arena between the layers of an inference: the commands `probe` and `peek`."""

import struct
from collections.abc import Sequence
from itertools import accumulate

from edgeopt.device.session import Session
from edgeopt.errors import ProtocolError

Spot = tuple[int, int, int]  # before which layer (their number: the end), offset into the arena, bytes
_SPOT_BYTES = 12  # of the device's memory
_SPOT_CHARACTERS, _WORD_CHARACTERS = 16, 9  # on the wire, about
_MOST_CHARACTERS = 240  # of all places in a command: firmware takes 320 of all of it (EO_LINE_BYTES)
_WORD_BYTES = 4


def together(session: Session, spots: Sequence[Spot]) -> Sequence[Spot]:
    """The first of these places, as many as one inference may look at: fewer where many bytes get damaged."""
    most = session.wire.noise.best(max(1, session.identity.chunk_bytes // _SPOT_BYTES), _SPOT_CHARACTERS)
    ends = accumulate(len("".join(f" {number:x}" for number in spot)) for spot in spots[:most])
    return spots[: max(1, sum(end <= _MOST_CHARACTERS for end in ends))]


def peeked_at_once(session: Session) -> int:
    """Bytes that one inference may read; fewer where many bytes get damaged."""
    most = max(1, session.identity.chunk_bytes // _WORD_BYTES)
    return session.wire.noise.best(most, _WORD_CHARACTERS) * _WORD_BYTES


def probe(session: Session, spots: Sequence[Spot]) -> tuple[int, ...]:
    """Infers the loaded inputs once; the CRC-32 of each place as it was then. They are sorted by layer."""
    words = [number for spot in spots for number in spot]
    return _look(session, "probe", words, len(spots))


def peek(session: Session, spot: Spot) -> bytes:
    """Infers the loaded inputs once; the bytes of a place as they were then."""
    count = -(-spot[2] // _WORD_BYTES)
    return struct.pack(f"<{count}I", *_look(session, "peek", spot, count))[: spot[2]]


def _look(session: Session, command: str, words: Sequence[int], count: int) -> tuple[int, ...]:
    """An inference with a look into it: so many numbers."""

    def step() -> tuple[int, ...]:
        _, *values = session.inference(command, session.since_reset, *words)
        if len(values) != count:
            raise ProtocolError(f"the device's answer to `{command}` has {len(values) + 1} numbers", "flash it again")
        return tuple(values)

    return session.steadily(step)

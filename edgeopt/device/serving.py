"""Requests that arrive at given times, served by the device one after the other."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeopt.device.transfer import read_record
from edgeopt.errors import ProtocolError, UsageError

if TYPE_CHECKING:
    from edgeopt.device.session import Session

LONGEST_TICKS = 0xFFFFFFFF
_GAP_BYTES = 4


@dataclass(frozen=True)
class Served:
    """Requests that arrived at given times. Ticks as in `Run`."""

    response_ticks: tuple[int, ...]  # from arrival to result; LONGEST_TICKS: so long or longer
    asleep_ticks: int


def serve(session: Session, gaps: Sequence[int], begin: bool, timeout_s: float) -> Served:
    """As `Session.serve`."""
    if not 0 < len(gaps) <= session.identity.layer_window:
        raise UsageError(f"{len(gaps)} gaps", f"give 1 to {session.identity.layer_window} at once")
    return session.steadily(lambda: _serve(session, gaps, begin, timeout_s), repeatable=begin)


def _serve(session: Session, gaps: Sequence[int], begin: bool, timeout_s: float) -> Served:
    data = struct.pack(f"<{len(gaps)}I", *gaps)
    is_request = [gap != LONGEST_TICKS for gap in gaps]
    number, *values = session.inference(
        "serve",
        len(gaps),
        int(begin),
        crc=binascii.crc32(data, session.inputs_crc),
        inferences=sum(is_request),
        prepare=lambda: _send_gaps(session, data),
        timeout_s=timeout_s,
        poke=False,  # a byte would keep the device from sleeping
        lost="the device has lost its queue between two batches of requests",
    )
    if len(values) != 2:
        raise ProtocolError(f"the device's answer to `serve` has {len(values) + 1} numbers", "flash it again")
    ticks = read_record(session.wire, number, 0, len(gaps))
    asleep = values[0] << 32 | values[1]
    return Served(tuple(t for t, wanted in zip(ticks, is_request, strict=True) if wanted), asleep)


def _send_gaps(session: Session, data: bytes) -> None:
    def gaps(first: int, count: int) -> tuple[str, ...]:
        chunk = data[first * _GAP_BYTES : (first + count) * _GAP_BYTES]
        return "gaps", f"{first:x}", base64.b64encode(chunk).decode("ascii")

    most = session.identity.chunk_bytes // _GAP_BYTES
    for _ in session.wire.parts(len(data) // _GAP_BYTES, most, _GAP_BYTES * 4 / 3, gaps):
        pass

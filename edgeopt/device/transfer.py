"""Tensors to and from a device, and the record of a run, in pieces that the link carries."""

import base64
import binascii

from edgeopt.device.identity import numbers
from edgeopt.device.protocol import Wire
from edgeopt.errors import ProtocolError

_BYTES_EACH = 4 / 3  # of base64
_TICKS_BYTES = 9  # of a number of the record in an answer


def send_input(wire: Wire, index: int, data: bytes, chunk_bytes: int) -> None:
    """Writes the bytes of an input, at most `chunk_bytes` in a command."""

    def put(first: int, count: int) -> tuple[str, ...]:
        return "put", f"{index:x}", f"{first:x}", base64.b64encode(data[first : first + count]).decode("ascii")

    for _ in wire.parts(len(data), chunk_bytes, _BYTES_EACH, put):
        pass


def read_output(wire: Wire, index: int, size_bytes: int, chunk_bytes: int) -> bytes:
    """The bytes of an output; ProtocolError where the device sends another number of them."""

    def get(first: int, count: int) -> tuple[str, ...]:
        return "get", f"{index:x}", f"{first:x}", f"{count:x}"

    data = b""
    for _, count, values in wire.parts(size_bytes, chunk_bytes, _BYTES_EACH, get):
        chunk = decode(values)
        if len(chunk) != count:
            raise ProtocolError(f"the device sent {len(chunk)} bytes of an output, not {count}", "flash it again")
        data += chunk
    return data


def read_record(wire: Wire, number: int, first: int, count: int) -> list[int]:
    """So many numbers of the record of run `number`, from `first` on: ticks."""
    found: list[int] = []

    def layers(start: int, some: int) -> tuple[str, ...]:
        return "layers", f"{number:x}", f"{first + start:x}", f"{some:x}"

    for _, some, values in wire.parts(count, count, _TICKS_BYTES, layers):
        found += numbers(values, some, "layers")
    return found


def decode(values: tuple[str, ...]) -> bytes:
    """The bytes of an answer in base64; b"" where it is something else."""
    try:
        return base64.b64decode(" ".join(values), validate=True)
    except binascii.Error:
        return b""

"""Talking to firmware as the official runner does: commands that end with %, answers that end with m-ready."""

from collections.abc import Sequence

from edgeopt.device.link import Link

READY = b"m-ready\r\n"
_CHUNK_BYTES = 31  # of data in one `db` command


def load_commands(data: bytes) -> bytes:
    """The commands by which the official runner loads `data`."""
    chunks = [data[at : at + _CHUNK_BYTES].hex() for at in range(0, len(data), _CHUNK_BYTES)]
    return b"".join(
        f"{command}%".encode() for command in (f"db load {len(data)}", *(f"db {chunk}" for chunk in chunks))
    )


def read_banner(link: Link) -> bytes:
    """What the device says after reset."""
    return _answers(link, 1)[0]


def ask(link: Link, commands: bytes) -> list[bytes]:
    """The answers to `commands`, without their m-ready."""
    link.write(commands)
    return _answers(link, commands.count(b"%"))


def _answers(link: Link, count: int) -> list[bytes]:
    received = b""
    while received.count(READY) < count:
        data = link.read(20.0)
        assert data, f"the device stopped after {received[-200:]!r}"
        received += data
    return received.split(READY)[:-1]


def results(answer: bytes) -> Sequence[float]:
    """The numbers of the line m-results-[...] at the end of an answer."""
    line = answer.splitlines()[-1].decode()
    assert line.startswith("m-results-[") and line.endswith("]"), line
    return [float(word) for word in line[len("m-results-[") : -1].split(",")]

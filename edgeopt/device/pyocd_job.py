"""Writes an ELF by pyOCD's API: `python -m edgeopt.device.pyocd_job ELF --target T [--probe ID]`; ends with 0 or 1.

The job of flashers/pyocd.py, in a process of its own, because a call into a USB library cannot be interrupted. It never
waits for a probe: how many there are is looked at first. pyOCD's file programmer leaves out what it has no flash for,
with a warning; its loader is used instead, for which that is an error. pyOCD reads nothing back: this does.
"""

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from edgeopt.errors import EdgeoptError
from edgeopt.firmware.image import Chunk, read_image

VERIFIED = "verified"
PERCENT = r"^(\d+(?:\.\d+)?)% "
_PIECE_BYTES = 4096
_WRITING = 0.8  # share of the time that writing takes; the rest is reading back


class Probe(Protocol):
    unique_id: str
    description: str


class Loader(Protocol):
    def add_data(self, address: int, data: Sequence[int]) -> object: ...

    def commit(self) -> None: ...


class Api(Protocol):
    """What of pyOCD is used."""

    def probes(self, unique_id: str | None) -> Sequence[Probe]:
        """The probes that are connected now, those whose id contains `unique_id`."""
        ...

    def session(self, probe: Probe, options: Mapping[str, Any]) -> AbstractContextManager[Any]:
        """A session, opened on entry, with `board.target`: `read_memory_block8(address, count)` and `reset()`."""
        ...

    def loader(self, session: Any, progress: Callable[[float], None]) -> Loader:
        """Takes data for flash; `commit` erases and writes it."""
        ...


class PyOcd:
    """The real one."""

    def probes(self, unique_id: str | None) -> Sequence[Probe]:
        from pyocd.core.helpers import ConnectHelper

        found: Sequence[Probe] = ConnectHelper.get_all_connected_probes(
            blocking=False, unique_id=unique_id, print_wait_message=False
        )
        return found

    def session(self, probe: Probe, options: Mapping[str, Any]) -> AbstractContextManager[Any]:
        from pyocd.core.session import Session

        session: AbstractContextManager[Any] = Session(probe, options=dict(options))
        return session

    def loader(self, session: Any, progress: Callable[[float], None]) -> Loader:
        from pyocd.flash.loader import FlashLoader

        loader: Loader = FlashLoader(session, progress=progress)
        return loader


class Failed(Exception):
    """One line that says why the board was not written."""


def program(
    chunks: Sequence[Chunk], options: Mapping[str, Any], probe_id: str | None, api: Api, say: Callable[[str], None]
) -> None:
    """Erases, writes, reads back and resets; Failed where there is not one probe, or it reads what was not written."""
    probes = api.probes(probe_id)
    if len(probes) != 1:
        named = f" whose id contains `{probe_id}`" if probe_id else ""
        listed = "; ".join(f"{probe.unique_id} ({probe.description})" for probe in probes)
        raise Failed(
            f"{len(probes)} debug probes are connected{named}: {listed}"
            if probes
            else f"no debug probe{named} is connected"
        )
    say(f"probe {probes[0].unique_id}, {probes[0].description}")
    with api.session(probes[0], options) as session:
        loader = api.loader(session, lambda share: say(f"{100 * _WRITING * share:.1f}% written"))
        for chunk in chunks:
            loader.add_data(chunk.address, list(chunk.data))
        loader.commit()
        target = session.board.target
        _verify(chunks, target.read_memory_block8, say)
        target.reset()


def _verify(chunks: Sequence[Chunk], read: Callable[[int, int], Sequence[int]], say: Callable[[str], None]) -> None:
    total, done = sum(len(chunk.data) for chunk in chunks), 0
    for chunk in chunks:
        for at in range(0, len(chunk.data), _PIECE_BYTES):
            wanted = chunk.data[at : at + _PIECE_BYTES]
            found = bytes(read(chunk.address + at, len(wanted)))
            if found != wanted:
                first = next((i for i, (a, b) in enumerate(zip(found, wanted, strict=False)) if a != b), len(found))
                raise Failed(f"read back another byte than was written at {chunk.address + at + first:#010x}")
            done += len(wanted)
            say(f"{100 * (_WRITING + (1 - _WRITING) * done / total):.1f}% read back")
    say(f"{VERIFIED} {total} bytes")


def main(argv: Sequence[str], api: Api | None = None, say: Callable[[str], None] | None = None) -> int:
    """Does the job of the command line; 0, or 1 after a line `error: ...`."""
    parser = argparse.ArgumentParser(prog="pyocd_job")
    parser.add_argument("elf", type=Path)
    parser.add_argument("--target", required=True)
    parser.add_argument("--frequency", type=int, default=0)
    parser.add_argument("--connect", choices=("halt", "pre-reset", "under-reset", "attach"), default="halt")
    parser.add_argument("--probe")
    asked = parser.parse_args(argv)
    tell = say or (lambda line: print(line, flush=True))
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stdout)
    options: dict[str, Any] = {"target_override": asked.target, "connect_mode": asked.connect, "no_config": True}
    options |= {"frequency": asked.frequency} if asked.frequency else {}
    try:
        chunks = read_image(asked.elf.resolve()).chunks
        # pyOCD runs the scripts that it finds in its project folder: it gets an empty one.
        with tempfile.TemporaryDirectory(prefix="edgeopt-") as folder:
            options["project_dir"] = folder
            program(chunks, options, asked.probe, api or PyOcd(), tell)
    except EdgeoptError as error:
        tell(f"error: {error.message}")
        return 1
    except Exception as error:  # of pyOCD, its plug-ins and USB libraries: there is no list
        tell(f"error: {' '.join(str(error).split()) or type(error).__name__}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

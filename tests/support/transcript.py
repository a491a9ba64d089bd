"""A session as raw bytes: what any board must answer with the very same bytes, whatever its clock."""

import binascii
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from support.wire import ask, load_commands, read_banner

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.device.lines import command_line
from edgeopt.device.link import Link
from edgeopt.firmware import Firmware

SEED = 20_261_122
_STAMP = re.compile(rb"m-lap-us-[0-9]+\r\n")


def build_for(model: Path, board: str, folder: Path, toolchain: str = "gcc", console: str | None = None) -> Firmware:
    """The firmware of `model`, as it is generated for `board`."""
    pipeline.generate(model, load_board(board), folder, console=console)
    return pipeline.build(folder, toolchain, "-O2")


def converse(link: Link, input_bytes: int) -> Sequence[bytes]:
    """The banner, and the answers of a whole session with a model of one input, without what depends on time.

    That are stamps, and of `run` the ticks.
    """
    print(f"seed {SEED}")
    rng = np.random.default_rng(SEED)
    answers = [read_banner(link)]
    for text in (b"name%", b"profile%", b"help%", b"nmae%", b"%", b"eo 00000001 tensor 0 0 00000000%"):
        answers += ask(link, text)
    for turn in range(1, 3):
        data = rng.integers(0, 256, input_bytes, np.uint8).tobytes()
        answers += ask(link, load_commands(data))
        answers += ask(link, b"db print%")
        arguments = (f"{turn:x}", f"{binascii.crc32(data):x}", "ffffffff", "0")
        answers += [_without_ticks(ask(link, command_line(16 + turn, "run", *arguments))[0])]
        answers += ask(link, b"results%")
        answers += ask(link, command_line(32 + turn, "get", "0", "0", "1"))
        answers += ask(link, command_line(48 + turn, "tensor", "0", "0"))
        answers += ask(link, load_commands(data))
        answers += ask(link, b"infer 1 1%")
    answers += ask(link, command_line(64, "get", "0", "ffff", "1"))
    return [_STAMP.sub(b"", answer) for answer in answers]


def _without_ticks(answer: bytes) -> bytes:
    """Number, ID and the outputs' CRC of `run`."""
    sequence, ok, identity, _ticks, crc, _guard = answer.split()[1:]
    assert ok == b"ok", answer
    return b" ".join((sequence, identity, crc))

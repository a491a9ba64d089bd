"""`run` and `loop` in whole firmware, on the virtual board and on QEMU."""

import binascii
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.small import small_classifier
from support.whole import need_toolchain

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.device import Session, open_link

TARGETS = [("nucleo-l4r5zi", "virtual"), ("microbit", "virtual"), ("mps2-an386", "qemu"), ("microbit", "qemu")]
INPUT = bytes(range(64))

Firmware = Callable[[str], Path]


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Firmware:
    """The small network's ELF for a board."""
    need_toolchain("gcc")
    folder = tmp_path_factory.mktemp("small")
    (folder / "small.tflite").write_bytes(small_classifier())
    built: dict[str, Path] = {}

    def of(name: str) -> Path:
        if name not in built:
            pipeline.generate(folder / "small.tflite", load_board(name), folder / name)
            built[name] = pipeline.build(folder / name, "gcc", "-O2").elf
        return built[name]

    return of


@pytest.fixture(params=TARGETS, ids="-".join)
def session(request: pytest.FixtureRequest, firmware: Firmware) -> Iterator[Session]:
    name, target = request.param
    link = open_link(target, load_board(name), firmware(name))
    yield Session(link)
    link.close()


def test_a_loop_gives_what_an_inference_gives(session: Session) -> None:
    session.load((INPUT,))
    run = session.infer()
    outputs = session.outputs()
    looped = session.loop(40, 60.0)
    assert looped.outputs_crc == run.outputs_crc == binascii.crc32(b"".join(outputs))
    if session.wire.link.traits.timed:
        assert 40 * run.cycles < looped.ticks < 40 * 1.1 * run.cycles
    again = session.loop(20, 60.0)
    assert (again.inferences, again.outputs_crc) == (20, run.outputs_crc)
    assert session.infer().outputs_crc == run.outputs_crc

"""Writing by pyOCD's API, against a fake of what is used of it, and as far as the real one goes without a probe."""

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.elves import Segment, elf_bytes

from edgeopt.board import load_board
from edgeopt.device.flasher import FLASHERS, Job, chosen_flasher, write
from edgeopt.device.pyocd_job import main
from edgeopt.errors import DeviceError
from edgeopt.firmware.image import read_image

FLASH = 0x0800_0000
CODE, DATA = bytes(range(256)) * 40, b"initial values"


@dataclass
class FakeProbe:
    unique_id: str
    description: str = "STLINK-V2-1"


@dataclass
class FakeTarget:
    """A chip with `size` bytes of flash at FLASH. `stuck`: an address whose byte stays erased."""

    size: int = 1 << 16
    stuck: int | None = None
    memory: dict[int, int] = field(default_factory=dict)
    resets: int = 0

    def read_memory_block8(self, address: int, count: int) -> list[int]:
        return [self.memory.get(address + i, 0xFF) for i in range(count)]

    def reset(self) -> None:
        self.resets += 1


@dataclass
class FakeBoard:
    target: FakeTarget


@dataclass
class FakeSession:
    board: FakeBoard
    options: Mapping[str, Any]
    closed: bool = False


class FakeLoader:
    def __init__(self, target: FakeTarget, progress: Callable[[float], None]) -> None:
        self._target, self._progress = target, progress
        self._chunks: list[tuple[int, Sequence[int]]] = []

    def add_data(self, address: int, data: Sequence[int]) -> object:
        if not FLASH <= address <= address + len(data) <= FLASH + self._target.size:
            raise ValueError(f"no memory region defined for address 0x{address:08x}")
        self._chunks.append((address, data))
        return self

    def commit(self) -> None:
        for number, (address, data) in enumerate(self._chunks):
            self._progress(number / len(self._chunks))
            self._target.memory |= {address + i: b for i, b in enumerate(data) if address + i != self._target.stuck}
        self._progress(1.0)


@dataclass
class FakeApi:
    """pyOCD with these probes and one chip. `known`: the targets that it can name."""

    attached: Sequence[FakeProbe] = (FakeProbe("0668FF323532"),)
    target: FakeTarget = field(default_factory=FakeTarget)
    known: Sequence[str] = ("stm32f446retx",)
    sessions: list[FakeSession] = field(default_factory=list)

    def probes(self, unique_id: str | None) -> Sequence[FakeProbe]:
        return [probe for probe in self.attached if unique_id is None or unique_id in probe.unique_id]

    @contextmanager
    def session(self, probe: FakeProbe, options: Mapping[str, Any]) -> Any:
        if options["target_override"] not in self.known:
            raise RuntimeError(f"Target type {options['target_override']} not recognized. Use 'pyocd list --targets'")
        session = FakeSession(FakeBoard(self.target), options)
        self.sessions.append(session)
        yield session
        session.closed = True

    def loader(self, session: FakeSession, progress: Callable[[float], None]) -> FakeLoader:
        return FakeLoader(session.board.target, progress)


@pytest.fixture
def elf(tmp_path: Path) -> Path:
    path = tmp_path / "firmware.elf"
    path.write_bytes(elf_bytes([Segment(FLASH, FLASH, CODE), Segment(0x2000_0000, FLASH + 0x3000, DATA)], FLASH))
    return path


def run(elf: Path, api: FakeApi, *arguments: str) -> tuple[int, list[str]]:
    lines: list[str] = []
    return main([str(elf), "--target", "stm32f446retx", *arguments], api, lines.append), lines


def test_what_is_written_is_in_the_chip(elf: Path) -> None:
    api = FakeApi()
    code, lines = run(elf, api, "--frequency", "1000000")
    assert code == 0 and lines[-1] == f"verified {len(CODE) + len(DATA)} bytes"
    assert bytes(api.target.read_memory_block8(FLASH, len(CODE))) == CODE
    assert bytes(api.target.read_memory_block8(FLASH + 0x3000, len(DATA))) == DATA
    assert api.target.read_memory_block8(FLASH + len(CODE), 4) == [0xFF] * 4, "a gap was written"
    assert api.target.resets == 1 and api.sessions[0].closed
    options = api.sessions[0].options
    assert options["frequency"] == 1_000_000 and options["no_config"] is True
    percents = [float(line.split("%")[0]) for line in lines if "%" in line]
    assert percents == sorted(percents) and percents[0] == 0 and percents[-1] == 100


@pytest.mark.parametrize(
    ("api", "arguments", "word"),
    [
        (FakeApi(attached=()), (), "no debug probe is connected"),
        (FakeApi(), ("--probe", "XYZ"), "no debug probe whose id contains `XYZ` is connected"),
        (
            FakeApi(attached=(FakeProbe("A1"), FakeProbe("B2"))),
            (),
            "2 debug probes are connected: A1 (STLINK-V2-1); B2",
        ),
        (FakeApi(known=()), (), "Target type stm32f446retx not recognized"),
        (FakeApi(target=FakeTarget(size=1024)), (), "no memory region defined for address 0x08000000"),
        (FakeApi(target=FakeTarget(stuck=FLASH + 5)), (), "read back another byte than was written at 0x08000005"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(elf: Path, api: FakeApi, arguments: tuple[str, ...], word: str) -> None:
    code, lines = run(elf, api, *arguments)
    assert code == 1 and lines[-1].startswith("error: ") and word in lines[-1]
    assert api.target.resets == 0, "a board that was not written well was started"


def test_one_of_several_probes_can_be_chosen(elf: Path) -> None:
    assert run(elf, FakeApi(attached=(FakeProbe("A1"), FakeProbe("B2"))), "--probe", "B2")[0] == 0


def test_an_elf_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.elf").write_bytes(b"no")
    code, lines = run(tmp_path / "x.elf", FakeApi())
    assert code == 1 and "is not an ELF file" in lines[-1]


def test_the_real_pyocd_has_what_is_used() -> None:
    pytest.importorskip("pyocd", reason="pip install pyocd")
    from pyocd.core.helpers import ConnectHelper
    from pyocd.core.session import Session
    from pyocd.core.soc_target import SoCTarget
    from pyocd.flash.loader import FlashLoader

    probes = inspect.signature(ConnectHelper.get_all_connected_probes).parameters
    assert {"blocking", "unique_id", "print_wait_message"} <= set(probes)
    assert "options" in inspect.signature(Session.__init__).parameters
    assert list(inspect.signature(FlashLoader.__init__).parameters)[1:3] == ["session", "progress"]
    assert all(hasattr(FlashLoader, name) for name in ("add_data", "commit"))
    assert all(hasattr(SoCTarget, name) for name in ("read_memory_block8", "reset"))


def test_the_real_pyocd_without_a_probe_does_not_wait(elf: Path) -> None:
    """In a process of its own, as a user gets it; a machine with exactly one probe is left alone."""
    pytest.importorskip("pyocd", reason="pip install pyocd")
    from pyocd.core.helpers import ConnectHelper

    if ConnectHelper.get_all_connected_probes(blocking=False):
        pytest.skip("a debug probe is connected, and this test would write to its board")
    board = load_board("nucleo-f446re")
    flasher, arguments = chosen_flasher(board, "pyocd")
    plan = flasher.plan(Job(board, elf, read_image(elf), arguments))
    with pytest.raises(DeviceError, match="`pyocd` failed: error: no debug probe is connected") as error:
        write(plan, 60.0, lambda what, share: None)
    assert "connect the board" in error.value.hint


def test_it_is_run_with_this_python(elf: Path) -> None:
    board = load_board("nrf52840-dk")
    flasher, arguments = chosen_flasher(board, "pyocd")
    (step,) = flasher.plan(Job(board, elf, read_image(elf), arguments, probe="1234")).steps
    assert step.shown.startswith(sys.executable) and step.shown.endswith("--target nrf52840 --probe 1234")


def test_the_doctor_and_the_flasher_agree_whether_pyocd_is_there() -> None:
    try:
        import pyocd  # noqa: F401
    except ImportError:
        assert FLASHERS.get("pyocd").find() is None
    else:
        assert FLASHERS.get("pyocd").find()

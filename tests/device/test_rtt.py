"""RTT: pyOCD's own code on the control block of a running virtual board, and on RAM that holds something like one."""

import random
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.cli import edgeopt
from support.transcript import build_for, converse
from support.whole import need_toolchain

from edgeopt.board import Region, load_board
from edgeopt.device.links.rtt import RttLink, find_block, target_of, the_probe
from edgeopt.device.links.virtual import CountingVirtualLink
from edgeopt.errors import DeviceError, LinkTimeout, UsageError
from edgeopt.simulate import VirtualBoard

pytest.importorskip("pyocd", reason="pip install edgeopt[hardware]")

BOARD = load_board("nucleo-g071rb")
RAM = Region(0x2000_0000, 0x1000, 0, "a test")
INPUT_BYTES = 64  # of the small model
RING_BYTES = 512  # UP_BYTES of console_rtt.c
TICKS_AN_ACCESS = 2_000  # the program goes on meanwhile, as it does while a probe works
TICKS_A_SECOND = 1_000_000  # of the host: nobody waits for the 64 MHz of the board


class RunningTarget:
    """The virtual board as a debug probe sees it: memory, while the program runs. Its clock is the host's."""

    def __init__(self, board: VirtualBoard) -> None:
        self.board = board
        self.closed = False
        self.now_ticks = 0  # goes on where the program sleeps, too

    def _go_on(self, ticks: int = TICKS_AN_ACCESS) -> None:
        self.now_ticks += ticks
        with suppress(LinkTimeout):  # the program never waits for a console that the virtual board knows
            self.board.read_until(self.board.ticks + ticks)

    def read_memory_block8(self, addr: int, size: int) -> list[int]:
        self._go_on()
        return list(self.board.read_memory(addr, size))

    def read_memory_block32(self, addr: int, size: int) -> list[int]:
        self._go_on()
        return list(struct.unpack(f"<{size}I", self.board.read_memory(addr, 4 * size)))

    def write_memory_block8(self, addr: int, data: bytes) -> None:
        self._go_on()
        self.board.write_memory(addr, bytes(data))

    def read32(self, addr: int) -> int:
        return self.read_memory_block32(addr, 1)[0]

    def write32(self, addr: int, value: int) -> None:
        self.write_memory_block8(addr, struct.pack("<I", value))

    def monotonic(self) -> float:
        return self.now_ticks / TICKS_A_SECOND

    def sleep(self, seconds: float) -> None:
        self._go_on(int(seconds * TICKS_A_SECOND))

    def close(self) -> None:
        self.closed = True


class StillMemory:
    """RAM in which nothing happens, with a clock that every sleep moves by a second."""

    def __init__(self, content: bytes) -> None:
        self.ram = bytearray(content.ljust(RAM.size_bytes, b"\x00"))
        self.now = 0.0
        self.closed = False

    def read_memory_block8(self, addr: int, size: int) -> bytes:
        return bytes(self.ram[addr - RAM.origin : addr - RAM.origin + size])

    def read_memory_block32(self, addr: int, size: int) -> list[int]:
        return list(struct.unpack(f"<{size}I", self.read_memory_block8(addr, 4 * size)))

    def write_memory_block8(self, addr: int, data: bytes) -> None:
        self.ram[addr - RAM.origin : addr - RAM.origin + len(data)] = bytes(data)

    def read32(self, addr: int) -> int:
        return self.read_memory_block32(addr, 1)[0]

    def write32(self, addr: int, value: int) -> None:
        self.write_memory_block8(addr, struct.pack("<I", value))

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += 1.0

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def model(tmp_path: Path, small_model: bytes) -> Path:
    path = tmp_path / "small.tflite"
    path.write_bytes(small_model)
    return path


@pytest.fixture
def target(model: Path, tmp_path: Path) -> Iterator[RunningTarget]:
    need_toolchain("gcc")
    pytest.importorskip("unicorn", reason="pip install unicorn")
    firmware = build_for(model, BOARD.name, tmp_path / "rtt", console="rtt")
    running = RunningTarget(VirtualBoard(firmware.elf, BOARD))
    yield running
    running.board.close()


def test_a_session_by_rtt_has_the_bytes_of_one_by_uart(target: RunningTarget, model: Path, tmp_path: Path) -> None:
    link = RttLink(target, BOARD.ram, target.close, target)
    uart = CountingVirtualLink(build_for(model, BOARD.name, tmp_path / "uart").elf, BOARD)
    assert converse(link, INPUT_BYTES) == converse(uart, INPUT_BYTES)
    link.close()
    uart.close()
    assert target.closed


def heard_of(link: RttLink) -> bytes:
    """All that comes until a second of silence."""
    heard = b""
    while data := link.read(1.0):
        heard += data
    return heard


def test_a_board_that_has_sent_much_to_nobody_goes_on(target: RunningTarget) -> None:
    """The ring is full, the program has waited and given up; what comes after somebody reads is whole again."""
    link = RttLink(target, BOARD.ram, target.close, target)
    link.write(b"help%" * 8)
    target.sleep(12.0)
    kept = heard_of(link)
    assert len(kept) == RING_BYTES - 1, "the rest of eight answers is lost: the program did not wait for ever"
    link.write(b"%name%")
    heard = heard_of(link)
    assert heard.endswith(b"m-name-dut-[unspecified]\r\nm-ready\r\n")


def test_without_a_control_block_it_says_so(model: Path, tmp_path: Path) -> None:
    need_toolchain("gcc")
    firmware = build_for(model, BOARD.name, tmp_path / "uart")
    target = RunningTarget(VirtualBoard(firmware.elf, BOARD))
    with pytest.raises(DeviceError, match="RAM holds no RTT control block") as caught:
        RttLink(target, BOARD.ram, target.close, target)
    assert "--console rtt" in caught.value.hint
    assert target.closed


def block(up: int = 1, down: int = 1, rings: bytes = b"", name: bytes = b"SEGGER RTT") -> bytes:
    return name.ljust(16, b"\x00") + struct.pack("<II", up, down) + rings


def ring(start: int = RAM.origin + 0x800, size: int = 16, written: int = 0, read: int = 0) -> bytes:
    return struct.pack("<6I", 0, start, size, written, read, 0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        block(),  # rings of no size
        block(up=0, rings=ring() * 2),
        block(up=0xFFFF_FFFF, down=0xFFFF_FFFF, rings=ring() * 2),
        block(up=17, rings=ring() * 18),
        block(rings=ring(start=0x1000) + ring()),
        block(rings=ring() + ring(size=0x1000_0000)),
        block(rings=ring(written=16) + ring()),
        block(rings=ring() + ring(read=99)),
        b"\x00" + block(rings=ring() * 2),  # not aligned
        block(rings=ring() * 2).rjust(RAM.size_bytes + 4, b"\x00")[: RAM.size_bytes],  # cut off
        b"SEGGER RTT".rjust(RAM.size_bytes),
    ],
)
def test_what_is_no_control_block_is_not_taken_for_one(content: bytes) -> None:
    memory = StillMemory(content)
    assert find_block(memory, RAM) is None
    with pytest.raises(DeviceError, match="no RTT control block"):
        RttLink(memory, RAM, memory.close, memory)
    assert memory.closed


@pytest.mark.parametrize("at", [0, 4, 0x7F8, RAM.size_bytes - 0x400])
def test_a_control_block_is_found_behind_a_false_one(at: int) -> None:
    content = block(name=b"SEGGER RTT") + bytes(at) + block(rings=ring() * 2)
    assert find_block(StillMemory(content), RAM) == RAM.origin + 24 + at


def test_random_ram_is_searched_without_an_error() -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for _ in range(200):
        content = bytearray(block(rings=ring() * 2))
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        assert find_block(StillMemory(bytes(content)), RAM) in (None, RAM.origin)


def test_a_program_that_takes_nothing_is_an_error_in_time() -> None:
    memory = StillMemory(block(rings=ring() + ring(start=RAM.origin + 0x900)))
    link = RttLink(memory, RAM, memory.close, memory)
    assert (link.traits.timed, link.traits.label) == (True, "measured")
    assert link.read(2.0) == b""
    with pytest.raises(DeviceError, match="takes nothing"):
        link.write(bytes(40))
    assert memory.now < 30


@dataclass(frozen=True)
class ListedProbe:
    unique_id: str


def test_one_probe_is_wanted() -> None:
    """With two, the first may be another board's."""
    one, two = ListedProbe("0670FF"), ListedProbe("0671AA")
    assert the_probe([one], None) is one
    for probes, wanted, told, hint in (
        ([], None, "there is no debug probe", "connect"),
        ([], "99", "there is no debug probe whose serial number has `99`", "connect"),
        ([one, two], None, "there are 2 debug probes: 0670FF, 0671AA", "rtt:0670FF"),
        ([one, two], "067", "there are 2 debug probes whose serial number has `067`: 0670FF, 0671AA", "rtt:0670FF"),
    ):
        with pytest.raises(DeviceError) as caught:
            the_probe(probes, wanted)
        assert caught.value.message == told and hint in caught.value.hint


def test_stdout_is_the_document_s_alone(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """pyOCD, asked to choose a probe, says there that it has none."""
    pytest.importorskip("pyocd", reason="pip install pyocd")
    folder = tmp_path / "project"
    assert edgeopt(capsys, "generate", model, "--board", BOARD.name, "-o", folder, "--console", "rtt").exit_code == 0
    outcome = edgeopt(capsys, "run", folder, "--on", "rtt:no-such-probe", "--json")
    assert outcome.document["error"]["message"].startswith("there is no debug probe") and outcome.exit_code == 6


@pytest.mark.parametrize("argument", ["", "a b", "-x", "x" * 41 + "/"])
def test_a_wrong_probe_is_refused(
    argument: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = edgeopt(capsys, "run", model, "--board", BOARD.name, "--on", f"rtt:{argument}")
    assert outcome.exit_code == UsageError.exit_code
    assert len(outcome.stderr.splitlines()) == 2


def test_the_chip_s_name_is_that_of_the_flasher() -> None:
    assert target_of(load_board("nrf52840-dk")) == "nrf52840"
    assert target_of(load_board("esp32-devkit")) is None


def test_rtt_is_refused_where_ram_lies_behind_a_cache(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "project"
    outcome = edgeopt(capsys, "generate", model, "--board", "nucleo-h743zi", "-o", out, "--console", "rtt")
    assert outcome.exit_code == UsageError.exit_code
    assert "behind a data cache" in outcome.stderr
    assert not out.exists()


@pytest.mark.parametrize("target", ["virtual", "virtual:ideal"])
def test_firmware_that_talks_by_rtt_is_not_run_where_no_probe_is(
    target: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "project"
    assert edgeopt(capsys, "generate", model, "--board", BOARD.name, "-o", folder, "--console", "rtt").exit_code == 0
    outcome = edgeopt(capsys, "run", folder, "--on", target)
    assert outcome.exit_code == UsageError.exit_code
    assert outcome.stderr.splitlines() == [
        "error: `virtual` has no debug probe, to which this firmware talks (RTT)",
        "hint:  generate it without `--console rtt`, or run it on the board: --on rtt:auto",
    ]

"""The RP2040's boot stage, run against a model of its flash interface and of a flash chip of Winbond's kind."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import unicorn
from elftools.elf.elffile import ELFFile
from unicorn import arm_const

from edgeopt.board import Board, load_board
from edgeopt.firmware import build

MakeProject = Callable[[Board], Path]

BOARD = load_board("raspberry-pi-pico")
COPIED_TO = 0x2004_1F00  # where the chip's boot ROM runs it
SSI, PADS, SYSTEM = 0x1800_0000, 0x4002_0000, 0xE000_E000
QE = 2
CTRLR0, CTRLR1, SSIENR, SER, BAUDR, SR, DR0, SAMPLE_DELAY, SPI_CTRLR0 = 0, 4, 8, 0x10, 0x14, 0x28, 0x60, 0xF0, 0xF4


def crc32_mpeg2(data: bytes) -> int:
    crc = 0xFFFF_FFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C1_1DB7 if crc >> 31 else 0)) & 0xFFFF_FFFF
    return crc


@dataclass
class Flash:
    """A flash chip: status registers, write enable, and a write that keeps it busy for a while."""

    status_1: int = 0
    status_2: int = 0
    keeps_quad: bool = True
    busy_reads: int = 5  # status reads until a write is done; -1: it never is
    _enabled: bool = False
    _busy: int = 0
    writes: list[bytes] = field(default_factory=list)

    def transfer(self, sent: bytes) -> bytes:
        """What the chip answers, byte for byte, between chip select's fall and rise."""
        command = sent[0]
        if command == 0x05:
            busy = self._busy != 0
            self._busy -= self._busy > 0
            return bytes([0]) + bytes([self.status_1 | busy]) * (len(sent) - 1)
        assert not self._busy, f"{command:#x} while the chip writes"
        if command == 0x35:
            return bytes([0]) + bytes([self.status_2]) * (len(sent) - 1)
        if command == 0x06:
            assert len(sent) == 1
            self._enabled = True
        elif command == 0x01:
            assert self._enabled, "a write that was not enabled"
            self._enabled, self._busy = False, self.busy_reads
            self.writes.append(sent[1:])
            self.status_1 = sent[1]
            self.status_2 = sent[2] if self.keeps_quad else sent[2] & ~QE
        else:
            raise AssertionError(f"the chip has no command {command:#x} here")
        return bytes(len(sent))


class FlashInterface:
    """The SSI: bytes given to DR0 in a row are one transfer; it ends when somebody asks for the status."""

    def __init__(self, flash: Flash) -> None:
        self.flash = flash
        self.registers = {SSIENR: 1, CTRLR0: 0, SPI_CTRLR0: 0}
        self.first_quad_read: list[int] = []
        self._sending: list[int] = []
        self._received: deque[int] = deque()

    def read(self, offset: int) -> int:
        if offset == SR:
            self._transfer()
            return 0x04 | (0x08 if self._received else 0)
        if offset == DR0:
            assert self._received, "nothing has come"
            return self._received.popleft()
        return self.registers.get(offset, 0)

    def write(self, offset: int, value: int) -> None:
        if offset == DR0:
            assert self.registers[SSIENR] == 1, "sent while the interface is off"
            self._sending.append(value)
            return
        if offset == SSIENR and value == 0:
            self._received.clear()
        elif offset != SSIENR:
            assert self.registers[SSIENR] == 0, f"register {offset:#x} changes while the interface is on"
        self.registers[offset] = value

    def _transfer(self) -> None:
        sent, self._sending = self._sending, []
        if not sent:
            return
        if self.registers[CTRLR0] == 0x005F_0300:
            self.first_quad_read = sent
            self._received.append(0)
        else:
            assert self.registers[CTRLR0] == 0x0007_0000
            self._received.extend(self.flash.transfer(bytes(sent)))


def boot_sections(elf: Path) -> tuple[bytes, bytes]:
    with elf.open("rb") as file:
        image = ELFFile(file)
        assert image.get_section_by_name(".boot")["sh_addr"] == BOARD.flash.origin
        assert image.get_section_by_name(".vectors")["sh_addr"] == BOARD.code_origin
        return image.get_section_by_name(".boot").data(), image.get_section_by_name(".vectors").data()


def run_boot(boot: bytes, vectors: bytes, flash: Flash) -> FlashInterface:
    """Runs the boot stage to the program's first instruction."""
    interface = FlashInterface(flash)
    pads = dict.fromkeys(range(0, 24, 4), 82)
    system: dict[int, int] = {}
    cpu = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
    cpu.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M0)
    for address, size in ((0x2004_0000, 0x4000), (0x1000_0000, 0x1000)):
        cpu.mem_map(address, size)

    def mapped(read: Callable[[int], int], write: Callable[[int, int], None]) -> tuple[Any, ...]:
        return lambda _uc, at, _size, _user: read(at), None, lambda _uc, at, _size, value, _user: write(at, value), None

    cpu.mmio_map(SSI, 0x1000, *mapped(interface.read, interface.write))
    cpu.mmio_map(PADS, 0x1000, *mapped(lambda at: pads.get(at, 0), pads.__setitem__))
    cpu.mmio_map(SYSTEM, 0x1000, *mapped(lambda at: system.get(at, 0), system.__setitem__))
    cpu.mem_write(COPIED_TO, boot)
    cpu.mem_write(BOARD.code_origin, vectors)
    stack, reset = (int.from_bytes(vectors[at : at + 4], "little") for at in (0, 4))
    cpu.emu_start(COPIED_TO | 1, reset & ~1, count=3_000_000)
    assert cpu.reg_read(arm_const.UC_ARM_REG_PC) == reset & ~1
    assert cpu.reg_read(arm_const.UC_ARM_REG_SP) == stack
    assert system == {0xD08: BOARD.code_origin}
    assert pads[4] == 0x21
    assert all(pads[at] == 0x50 for at in (8, 12, 16, 20))
    assert interface.registers[SSIENR] == interface.registers[SER] == 1
    return interface


@pytest.fixture
def sections(toolchain: str, make_project: MakeProject) -> tuple[bytes, bytes]:
    return boot_sections(build(make_project(BOARD), BOARD, toolchain).elf)


def test_its_crc_is_right(sections: tuple[bytes, bytes]) -> None:
    boot, _ = sections
    assert len(boot) == 256 == BOARD.flash.reserve_bytes
    assert crc32_mpeg2(b"123456789") == 0x0376_E6E7  # the check value of this CRC
    crc = crc32_mpeg2(boot[:252])
    assert int.from_bytes(boot[252:], "little") == crc, f"write .word {crc:#010X} at the end of boot_rp2040.S"


def quad_clocks(interface: FlashInterface) -> tuple[int, int, int]:
    """Serial clocks of address, waiting and data of a read, from the registers alone (datasheet, section 4.10.13)."""
    spi, ctrl = interface.registers[SPI_CTRLR0], interface.registers[CTRLR0]
    lines = {0: 1, 1: 2, 2: 4}[ctrl >> 21 & 3]
    by_lines = {0: (1, 1), 1: (1, lines), 2: (lines, lines)}[spi & 3]
    command_bits, address_bits = {0: 0, 2: 8}[spi >> 8 & 3], (spi >> 2 & 15) * 4
    command = command_bits // by_lines[0] + address_bits // by_lines[1]
    return command, spi >> 11 & 31, ((ctrl >> 16 & 31) + 1) // lines


def test_a_read_takes_what_the_board_s_file_says(sections: tuple[bytes, bytes]) -> None:
    quad = run_boot(*sections, Flash(status_2=QE))
    assert quad.registers[BAUDR] == 2
    assert quad.registers[SAMPLE_DELAY] == 1
    assert quad_clocks(quad) == (8, 4, 8)
    assert quad.first_quad_read == [0xEB, 0xA0]
    assert quad.registers[SPI_CTRLR0] >> 24 == 0xA0  # the next read needs no command either
    assert quad.registers[CTRLR1] == 0
    assert BOARD.flash_timing is not None
    assert BOARD.flash_timing.wait_states == sum(quad_clocks(quad)) * quad.registers[BAUDR] - 1
    assert BOARD.clock_hz / quad.registers[BAUDR] <= 133e6  # what the Pico's W25Q16JV takes


def test_a_chip_that_reads_by_four_lines_is_not_written(sections: tuple[bytes, bytes]) -> None:
    flash = Flash(status_1=0x1C, status_2=QE | 0x40)
    run_boot(*sections, flash)
    assert flash.writes == []


def test_the_quad_bit_is_set_and_protection_stays(sections: tuple[bytes, bytes]) -> None:
    flash = Flash(status_1=0x1C, status_2=0x40)
    interface = run_boot(*sections, flash)
    assert flash.writes == [bytes([0x1C, 0x40 | QE])]
    assert quad_clocks(interface) == (8, 4, 8)


@pytest.mark.parametrize("busy_reads", [0, 5])
def test_a_chip_without_the_bit_is_read_by_one_line(sections: tuple[bytes, bytes], busy_reads: int) -> None:
    interface = run_boot(*sections, Flash(keeps_quad=False, busy_reads=busy_reads))
    assert quad_clocks(interface) == (8 + 24, 0, 32)
    assert interface.registers[SPI_CTRLR0] >> 24 == 0x03
    assert interface.registers[BAUDR] == 4
    assert interface.first_quad_read == []


def test_a_chip_that_is_never_ready_does_not_hang_the_boot(sections: tuple[bytes, bytes]) -> None:
    class Stuck(Flash):
        def transfer(self, sent: bytes) -> bytes:
            if sent[0] == 0x35:
                return bytes(len(sent))
            return super().transfer(sent)

    interface = run_boot(*sections, Stuck(busy_reads=-1))
    assert interface.registers[BAUDR] == 4

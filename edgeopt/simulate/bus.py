"""The peripheral bus: which register block an address belongs to."""

from collections.abc import Callable

from edgeopt.board import Board
from edgeopt.simulate.peripherals import PERIPHERALS, Cause, Machine, Peripheral
from edgeopt.simulate.peripherals.cortex_m7_caches import CortexM7Caches
from edgeopt.simulate.peripherals.nrf_clock import NRF_BLOCKS
from edgeopt.simulate.peripherals.rp2040_clocks import RP2040_BLOCKS
from edgeopt.simulate.peripherals.stm32_clock import CLOCK_BLOCKS
from edgeopt.simulate.peripherals.system_control import SystemControl
from edgeopt.simulate.peripherals.timestamp_pin import TimestampPin

_SYSTEM_CONTROL, _SYSTICK, _DWT = 0xE000_E000, 0xE000_E010, 0xE000_1000
_CACHES, _FAULT_STATUS = 0xE000_ED78, 0xE000_ED28


class Bus:
    """The peripherals of a board by address; a register bank stands in for all that has no model."""

    def __init__(self, board: Board, machine: Machine) -> None:
        self._machine = machine
        self._blocks: list[tuple[int, int, Peripheral]] = []
        self.on_write: Callable[[int, int], None] | None = None  # is told of each register written, and what
        self._rest = PERIPHERALS.get("register_bank")(machine, board.clock_hz)
        # The first that holds an address gets it.
        self._add("systick", _SYSTICK, board.clock_hz)
        if board.core == "cortex-m7f":
            self._add_caches(board)
        self._add("system_control", _SYSTEM_CONTROL, board.clock_hz)
        self._add("dwt", _DWT, board.clock_hz)
        if board.console.kind in PERIPHERALS:
            self._add(board.console.kind, board.console.base, board.clock_hz)
            if board.console.irq is not None:
                machine.interrupts.connect_console(
                    board.console.irq, lambda: self.block_at(board.console.base).listens(), machine.console
                )
        if board.timer.kind in PERIPHERALS and board.timer.kind != "dwt":
            self._add(board.timer.kind, board.timer.base, board.timer.hz)
        if board.watchdog is not None and board.watchdog.kind in PERIPHERALS:
            self._add(board.watchdog.kind, board.watchdog.base, board.clock_hz)
        for chip, clocks in (CLOCK_BLOCKS | NRF_BLOCKS | RP2040_BLOCKS).items():
            for kind, base in clocks if board.mcu.startswith(chip) else ():
                self._add(kind, base, board.clock_hz)
        if board.pin is not None:
            pin = TimestampPin(machine, board.clock_hz, board.pin)
            self._blocks.append((pin.start, pin.end, pin))

    def _add(self, kind: str, base: int, hz: int) -> Peripheral:
        peripheral = PERIPHERALS.get(kind)(self._machine, hz)
        self._blocks.append((base, base + peripheral.size_bytes, peripheral))
        return peripheral

    def _add_caches(self, board: Board) -> None:
        caches, timing = self._add("cortex_m7_caches", _CACHES, board.clock_hz), board.flash_timing
        assert isinstance(caches, CortexM7Caches)
        if timing is not None:
            caches.instruction_bytes, caches.data_bytes = timing.icache_bytes, timing.dcache_bytes

    def reset(self, cause: Cause) -> None:
        """All blocks are as after a reset of that cause."""
        self._machine.interrupts.disable_all()
        self._blocks = [(start, end, block.after_reset(cause)) for start, end, block in self._blocks]
        self._rest = self._rest.after_reset(cause)

    def block_at(self, address: int) -> Peripheral:
        """The block that an address belongs to."""
        return self._find(address)[0]

    def fault_status(self) -> dict[int, int]:
        """The registers of the system control space by offset, as a program reads them."""
        block = self.block_at(_FAULT_STATUS)
        assert isinstance(block, SystemControl)
        return block.registers

    def _find(self, address: int) -> tuple[Peripheral, int]:
        for start, end, peripheral in self._blocks:
            if start <= address < end:
                return peripheral, address - start
        return self._rest, address

    def read(self, address: int, size_bytes: int) -> int:
        """Value at `address`: of a register's byte or halfword, the part asked for."""
        peripheral, offset = self._find(address)
        value = peripheral.read(offset & ~3) >> 8 * (offset & 3)
        return value & (1 << 8 * size_bytes) - 1

    def write(self, address: int, size_bytes: int, value: int) -> None:
        """`value` into the register at `address`; what a byte or halfword leaves out is written as 0."""
        peripheral, offset = self._find(address)
        part = (value & (1 << 8 * size_bytes) - 1) << 8 * (offset & 3) & 0xFFFF_FFFF
        peripheral.write(offset & ~3, part)
        if self.on_write is not None:
            self.on_write(address & ~3, part)

"""The CPU and memory of the virtual board: Unicorn, with every way to stop turned into a value or a DeviceError."""

import ctypes
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Protocol

import unicorn
from unicorn import arm_const
from unicorn.unicorn_py3 import unicorn as binding

from edgeopt.errors import BoardError, DeviceError
from edgeopt.firmware.cores import CORES
from edgeopt.simulate.core_registers import THUMB_BIT, CoreRegisters
from edgeopt.simulate.ctrl_c import ctrl_c_to
from edgeopt.simulate.faults import (
    FAULTS,
    INVALID_STATE,
    MISSING_INSTRUCTION,
    Fault,
    access_fault,
    alignment_fault,
    other_fault,
)
from edgeopt.simulate.memory_map import PERIPHERAL_AREAS, MemoryBlock

_engine: Any = unicorn  # its type hints are incomplete
_uclib: Any = binding.uclib

_BLOCK_HOOK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_void_p)
_ACCESS_HOOK = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint64, ctypes.c_int, ctypes.c_int64, ctypes.c_void_p
)
WRITE = _engine.UC_MEM_WRITE  # a kind of access
_NOWHERE = 0xFFFF_FFFE  # an address that no program reaches
_SEMIHOSTING = 0xBEAB  # BKPT 0xAB
_IT_BITS = 0x0600_FC00
_BREAKPOINT = 7  # Unicorn's number of that exception
_NARROW_HINTS = (b"\x10\xbf", b"\x20\xbf")  # YIELD, WFE
_WIDE_HINTS = (b"\xaf\xf3\x01\x80", b"\xaf\xf3\x02\x80")


class Stop(Enum):
    """Why the CPU stopped."""

    REQUESTED = auto()
    SEMIHOSTING = auto()  # at a BKPT 0xAB; `skip_semihosting` goes on behind it
    ASLEEP = auto()  # in a WFI, and nothing will wake it
    LOOPING = auto()  # at a branch to itself
    TIMED_OUT = auto()  # by the host's clock
    LOCKED = auto()  # by a fault that cannot be handled


class Registers(Protocol):
    """The peripheral bus."""

    def read(self, address: int, size_bytes: int) -> int: ...

    def write(self, address: int, size_bytes: int, value: int) -> None: ...


def unicorn_model(core: str) -> str:
    """Unicorn's name of the core; BoardError where it has none."""
    model = CORES[core].unicorn_model if core in CORES else None
    if model is None:
        raise BoardError(f"the virtual board has no {core}", "run on QEMU (--on qemu), or name another board")
    return model


class Cpu(CoreRegisters):
    """One core with its memory."""

    def __init__(self, core: str, blocks: tuple[MemoryBlock, ...], bus: Registers, where: Callable[[int], str]) -> None:
        model = unicorn_model(core)
        super().__init__(_engine.Uc(_engine.UC_ARCH_ARM, _engine.UC_MODE_THUMB | _engine.UC_MODE_MCLASS))
        self._uc.ctl_set_cpu_model(getattr(arm_const, f"UC_CPU_ARM_{model}"))
        self._where = where
        self._stop: Stop | None = None
        self._failure: BaseException | None = None
        self._fault: Fault | None = None
        self.on_fault: Callable[[Fault], Stop | None] = self.refuse
        self._status = ctypes.c_uint32()
        self._ram = [(block.start, block.end) for block in blocks if block.writable]
        self._callbacks: list[Any] = []
        for block in blocks:
            self._map(block)
        for start, size_bytes in PERIPHERAL_AREAS:
            self._map_bus(start, size_bytes, bus)
        self._uc.hook_add(_engine.UC_HOOK_MEM_INVALID, self._on_invalid_access)
        self._uc.hook_add(_engine.UC_HOOK_INTR, self._on_exception)

    def _map(self, block: MemoryBlock) -> None:
        access = _engine.UC_PROT_ALL if block.writable else _engine.UC_PROT_READ | _engine.UC_PROT_EXEC
        self._uc.mem_map(block.start, block.size_bytes, access)
        if block.erased:
            self._uc.mem_write(block.start, b"\xff" * block.size_bytes)

    def _map_bus(self, start: int, size_bytes: int, bus: Registers) -> None:
        def read(_uc: object, offset: int, access_bytes: int, _data: object) -> int:
            return bus.read(start + offset, access_bytes)

        def write(_uc: object, offset: int, access_bytes: int, value: int, _data: object) -> None:
            bus.write(start + offset, access_bytes, value)

        self._uc.mmio_map(start, size_bytes, read, None, write, None)

    def hook_blocks(self, hook: Callable[[object, int, int, object], None]) -> None:
        """Call `hook(_, address, size_bytes, _)` before each basic block runs.

        Past Unicorn's Python wrapper, which costs more than the hook; its version is pinned for this.
        """
        self._hook(_engine.UC_HOOK_BLOCK, _BLOCK_HOOK(hook))

    def hook_data(self, hook: Callable[[object, int, int, int, int, object], None]) -> None:
        """Call `hook(_, kind, address, size_bytes, value, _)` before each access to memory: WRITE of `kind` is a write.

        The hook must call `leave_it_block` for each access by an instruction in an IT block, so none may go unnoticed.
        """
        self._hook(_engine.UC_HOOK_MEM_READ | _engine.UC_HOOK_MEM_WRITE, _ACCESS_HOOK(hook))

    def hook_reads(self, hook: Callable[[object, int, int, int, int, object], None], start: int, end: int) -> None:
        """As `hook_data`, for reads of addresses from `start` up to `end`; on cores without IT blocks alone."""
        self._hook(_engine.UC_HOOK_MEM_READ, _ACCESS_HOOK(hook), (start, end - 1))

    def leave_it_block(self) -> None:
        """From a hook of data: undo what Unicorn 2.1.4 does wrong for an instruction in an IT block.

        It writes the state of the IT block into a register that its translated code takes to be 0 until the code ends,
        and in which the block that follows would find it: that would begin as if it were in an IT block.
        """
        status = self._status
        _uclib.uc_reg_read(self._uc._uch, arm_const.UC_ARM_REG_XPSR, ctypes.byref(status))
        if status.value & _IT_BITS:
            status.value &= ~_IT_BITS
            _uclib.uc_reg_write(self._uc._uch, arm_const.UC_ARM_REG_XPSR, ctypes.byref(status))

    def check_alignment(self) -> None:
        """Make unaligned accesses to memory a fault, as they are on Armv6-M. Costs a call an access."""

        def on_access(_uc: object, _kind: int, address: int, size_bytes: int, _value: int, _data: object) -> None:
            self.leave_it_block()
            if address & size_bytes - 1:
                self._fault = self._fault or alignment_fault(address, size_bytes)
                self.stop()

        self._hook(_engine.UC_HOOK_MEM_READ | _engine.UC_HOOK_MEM_WRITE, _ACCESS_HOOK(on_access))

    def _hook(self, kind: int, callback: Any, within: tuple[int, int] = (1, 0)) -> None:
        """`within`: first and last address; the last before the first means everywhere."""
        self._callbacks.append(callback)  # kept: the engine holds only its address
        handle = ctypes.c_size_t()
        addresses = map(ctypes.c_uint64, within)
        status = _uclib.uc_hook_add(self._uc._uch, ctypes.byref(handle), kind, callback, None, *addresses)
        if status != _engine.UC_ERR_OK:
            raise _engine.UcError(status)

    def load(self, address: int, size_bytes: int) -> bytes:
        """Memory from `address`; DeviceError where there is none."""
        try:
            return bytes(self._uc.mem_read(address, size_bytes))
        except _engine.UcError:
            raise self.fault(f"hands over {address:#010x}, outside of memory", self.pc) from None

    def store(self, address: int, data: bytes) -> None:
        """Change memory from `address`; DeviceError where there is none."""
        try:
            self._uc.mem_write(address, data)
        except _engine.UcError:
            raise self.fault(f"hands over {address:#010x}, outside of memory", self.pc) from None

    def try_store(self, address: int, data: bytes) -> bool:
        """Change RAM from `address`, if there is any."""
        if not any(start <= address and address + len(data) <= end for start, end in self._ram):
            return False
        self._uc.mem_write(address, data)
        return True

    def dma_load(self, address: int, size_bytes: int) -> bytes:
        """As `load`, for a peripheral: where there is no memory, the program ends."""
        try:
            return self.load(address, size_bytes)
        except DeviceError as error:
            self.fail(error)
            return bytes(size_bytes)

    def dma_store(self, address: int, data: bytes) -> None:
        """As `store`, for a peripheral: where there is no memory, the program ends."""
        try:
            self.store(address, data)
        except DeviceError as error:
            self.fail(error)

    def stop(self, reason: Stop = Stop.REQUESTED) -> None:
        """From a hook: stop before the next block, or before this one from a block hook."""
        self._stop = reason
        self._uc.emu_stop()

    def fail(self, error: BaseException) -> None:
        """From a hook: stop, and let `run` raise `error`."""
        self._failure = error
        self.stop()

    def run(self) -> Stop:
        """Run until something stops the CPU.

        Where the program does what it must not, `on_fault` takes it elsewhere (None), says why the CPU stops, or raises
        the DeviceError, which is what it does by itself.
        """
        while True:
            start = self.pc
            self._stop, self._fault = None, None
            try:
                with ctrl_c_to(self.fail):
                    self._uc.emu_start(start | 1, _NOWHERE)
            except _engine.UcError as error:
                if error.errno == _engine.UC_ERR_INSN_INVALID and self.pc != start and self._is_behind_hint():
                    continue
                self._fault = self._fault or self._reason(error)
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            if self._fault is None:
                return self._stop or Stop.ASLEEP  # Unicorn stops by itself behind a WFI alone
            if (stop := self.on_fault(self._fault)) is not None:
                return stop

    def refuse(self, fault: Fault) -> Stop | None:
        """The DeviceError of a fault at the pc."""
        raise self.fault(fault.what, self.pc)

    def _is_behind_hint(self) -> bool:
        """Whether Unicorn stopped behind a WFE or YIELD, which it takes for invalid. WFE may return at once."""
        code = self.load(self.pc - 4, 4) if self.pc >= 4 else b""
        return code[2:] in _NARROW_HINTS or code in _WIDE_HINTS

    def skip_semihosting(self) -> None:
        """Go on behind the BKPT that the CPU stopped at."""
        self.pc += 2

    def _on_invalid_access(
        self, _uc: object, access: int, address: int, size_bytes: int, value: int, _data: object
    ) -> bool:
        self._fault = access_fault(access, address)
        return False

    def _on_exception(self, _uc: object, number: int, _data: object) -> None:
        pc = self.pc
        if number == _BREAKPOINT and int.from_bytes(self.load(pc, 2), "little") == _SEMIHOSTING:
            self.stop(Stop.SEMIHOSTING)
            return
        self._fault = other_fault(number)
        self.stop()

    def fault(self, what: str, pc: int) -> DeviceError:
        """The error that the program does `what` at `pc`."""
        return DeviceError(
            f"the program {what}, at pc {pc:#010x} in {self._where(pc)}",
            "on the board this would be a fault: look there with `arm-none-eabi-objdump -d`",
        )

    def _reason(self, error: Any) -> Fault:
        if error.errno != _engine.UC_ERR_INSN_INVALID:
            return Fault(f"stops the simulator ({error})", 0)
        if not self._uc.reg_read(arm_const.UC_ARM_REG_XPSR) & THUMB_BIT:
            return FAULTS[INVALID_STATE]
        return MISSING_INSTRUCTION

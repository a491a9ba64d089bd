"""The CPU and memory of the virtual board: Unicorn, with every way to stop turned into a value or a DeviceError."""

import ctypes
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import Any, Protocol

import unicorn
from unicorn import arm_const
from unicorn.unicorn_py3 import unicorn as binding

from edgeopt.errors import BoardError, DeviceError
from edgeopt.firmware.cores import CORES
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
_THUMB_BIT = 1 << 24
_IT_BITS = 0x0600_FC00
_BREAKPOINT, _INVALID_STATE = 7, 18  # Unicorn's numbers of the exceptions
_NARROW_HINTS = (b"\x10\xbf", b"\x20\xbf")  # YIELD, WFE
_WIDE_HINTS = (b"\xaf\xf3\x01\x80", b"\xaf\xf3\x02\x80")
_EXCEPTIONS = {
    1: "executes an undefined instruction",
    2: "makes a supervisor call, and the virtual board has no exceptions",
    3: "jumps to where it cannot execute",
    4: "makes a forbidden memory access",
    7: "runs into a breakpoint",
    8: "returns from an exception that it is not in",
    17: "uses a coprocessor that it has not",
    18: "leaves Thumb state (a jump to an even address)",
}
_ACCESSES = {
    _engine.UC_MEM_READ_UNMAPPED: "reads {}, where there is no memory",
    _engine.UC_MEM_WRITE_UNMAPPED: "writes to {}, where there is no memory",
    _engine.UC_MEM_FETCH_UNMAPPED: "jumps to {}, where there is no memory",
    _engine.UC_MEM_WRITE_PROT: "writes to {}, which is flash",
}


class Stop(Enum):
    """Why the CPU stopped."""

    REQUESTED = auto()
    SEMIHOSTING = auto()  # at a BKPT 0xAB; `skip_semihosting` goes on behind it
    ASLEEP = auto()  # in a WFI, and nothing will wake it
    LOOPING = auto()  # at a branch to itself
    TIMED_OUT = auto()  # by the host's clock


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


@contextmanager
def _interrupts_to(handle: Callable[[BaseException], None]) -> Iterator[None]:
    """Gives Ctrl-C to `handle`: raised amid a callback of the engine, as Python would, it were lost."""
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: handle(KeyboardInterrupt()))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Cpu:
    """One core with its memory. Addresses of code have the Thumb bit cleared."""

    def __init__(self, core: str, blocks: tuple[MemoryBlock, ...], bus: Registers, where: Callable[[int], str]) -> None:
        model = unicorn_model(core)
        self._uc: Any = _engine.Uc(_engine.UC_ARCH_ARM, _engine.UC_MODE_THUMB | _engine.UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(getattr(arm_const, f"UC_CPU_ARM_{model}"))
        self._where = where
        self._stop: Stop | None = None
        self._failure: BaseException | None = None
        self._fault = ""
        self._status = ctypes.c_uint32()
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
                self._fault = self._fault or f"accesses {size_bytes} bytes at {address:#010x}, which is not aligned"
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

    @property
    def pc(self) -> int:
        return int(self._uc.reg_read(arm_const.UC_ARM_REG_PC)) & ~1

    @pc.setter
    def pc(self, address: int) -> None:
        self._uc.reg_write(arm_const.UC_ARM_REG_PC, address | 1)

    @property
    def sp(self) -> int:
        return int(self._uc.reg_read(arm_const.UC_ARM_REG_SP))

    @sp.setter
    def sp(self, address: int) -> None:
        self._uc.reg_write(arm_const.UC_ARM_REG_SP, address)

    def reset(self, sp: int, pc: int) -> None:
        """Registers as after a reset of the chip: privileged, on the main stack, no exception masked."""
        for register in (arm_const.UC_ARM_REG_CONTROL, arm_const.UC_ARM_REG_PRIMASK, arm_const.UC_ARM_REG_FAULTMASK):
            self._uc.reg_write(register, 0)
        self._uc.reg_write(arm_const.UC_ARM_REG_XPSR, _THUMB_BIT)
        self._uc.reg_write(arm_const.UC_ARM_REG_LR, 0xFFFF_FFFF)
        self.sp, self.pc = sp, pc

    @property
    def is_masked(self) -> bool:
        """Whether PRIMASK is set: an interrupt wakes the core and enters no handler."""
        return bool(self._uc.reg_read(arm_const.UC_ARM_REG_PRIMASK) & 1)

    def argument(self, index: int) -> int:
        """r0 to r3, unsigned."""
        return int(self._uc.reg_read(arm_const.UC_ARM_REG_R0 + index))

    def set_result(self, value: int) -> None:
        """Change r0."""
        self._uc.reg_write(arm_const.UC_ARM_REG_R0, value)

    @property
    def return_address(self) -> int:
        return int(self._uc.reg_read(arm_const.UC_ARM_REG_LR)) & ~1

    def stop(self, reason: Stop = Stop.REQUESTED) -> None:
        """From a hook: stop before the next block, or before this one from a block hook."""
        self._stop = reason
        self._uc.emu_stop()

    def fail(self, error: BaseException) -> None:
        """From a hook: stop, and let `run` raise `error`."""
        self._failure = error
        self.stop()

    def run(self) -> Stop:
        """Run until something stops the CPU; DeviceError where the program does what it must not."""
        while True:
            start = self.pc
            self._stop, self._fault = None, ""
            try:
                with _interrupts_to(self.fail):
                    self._uc.emu_start(start | 1, _NOWHERE)
            except _engine.UcError as error:
                if error.errno == _engine.UC_ERR_INSN_INVALID and self.pc != start and self._is_behind_hint():
                    continue
                raise self.fault(self._fault or self._reason(error), self.pc) from None
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            if self._fault:
                raise self.fault(self._fault, self.pc)
            return self._stop or Stop.ASLEEP  # Unicorn stops by itself behind a WFI alone

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
        self._fault = _ACCESSES.get(access, "makes a forbidden access to {}").format(f"{address:#010x}")
        return False

    def _on_exception(self, _uc: object, number: int, _data: object) -> None:
        pc = self.pc
        if number == _BREAKPOINT and int.from_bytes(self.load(pc, 2), "little") == _SEMIHOSTING:
            self.stop(Stop.SEMIHOSTING)
            return
        self._fault = _EXCEPTIONS.get(number, f"causes exception {number}")
        self.stop()

    def fault(self, what: str, pc: int) -> DeviceError:
        """The error that the program does `what` at `pc`."""
        return DeviceError(
            f"the program {what}, at pc {pc:#010x} in {self._where(pc)}",
            "on the board this would be a fault: look there with `arm-none-eabi-objdump -d`",
        )

    def _reason(self, error: Any) -> str:
        if error.errno != _engine.UC_ERR_INSN_INVALID:
            return f"stops the simulator ({error})"
        if not self._uc.reg_read(arm_const.UC_ARM_REG_XPSR) & _THUMB_BIT:
            return _EXCEPTIONS[_INVALID_STATE]
        return "executes an instruction that this core does not have"

"""Exception entry: a fault takes the program to its own handler, with the frame and the status that the core gives.

Only edgeopt's firmware is taken there: what another program does in its handler, mostly to loop for ever, tells less
than the simulator's own words.

As of DDI 0403 (Armv7-M), sections B1.5.6 to B1.5.14, and DDI 0419 (Armv6-M). The FPU's registers have their place in
the frame and are not written there, as by lazy stacking. Nothing here returns from an exception.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from edgeopt.simulate.cpu import Stop
from edgeopt.simulate.faults import BUS_FAULT, HARD_FAULT, MEM_MANAGE, STACKING_ERROR, USAGE_FAULT, Fault

FAULT_HANDLER = "eo_fault"
"""The function by which edgeopt's firmware is known that handles its faults."""

_ARMV6M = ("cortex-m0", "cortex-m0plus")
_NMI = 2
_VTOR, _SHCSR, _CFSR, _HFSR, _MMFAR, _BFAR = 0xD08, 0xD24, 0xD28, 0xD2C, 0xD34, 0xD38
_FORCED, _DEBUG_EVENT = 1 << 30, 1 << 31
_ENABLES = {MEM_MANAGE: 1 << 16, BUS_FAULT: 1 << 17, USAGE_FAULT: 1 << 18}  # of SHCSR
_PADDED = 1 << 9  # of the stacked xPSR: a word aligned the stack
_THUMB = 1 << 24
_PROCESS_STACK, _FPU_USED = 1 << 1, 1 << 2  # of CONTROL
_FRAME_BYTES, _FPU_BYTES = 0x20, 0x48
_RETURN, _RETURN_PROCESS, _RETURN_BASIC = 0xFFFF_FFE9, 1 << 2, 1 << 4


class State(Protocol):
    """The registers of the core, and its memory. `frame` is r0 to r3, r12, lr, pc and xPSR."""

    sp: int
    control: int

    @property
    def exception(self) -> int: ...

    @property
    def is_masked(self) -> bool: ...

    def frame(self) -> list[int]: ...

    def try_store(self, address: int, data: bytes) -> bool: ...

    def load(self, address: int, size_bytes: int) -> bytes: ...

    def begin_handler(self, number: int, link: int, pc: int) -> None: ...

    def refuse(self, fault: Fault) -> Stop | None: ...


class Exceptions:
    """Enters handlers by the vector table at `table`, or where VTOR says.

    status: the registers of the system control space by offset. is_watched: something will reset a core that locks up.
    """

    def __init__(
        self,
        cpu: State,
        core: str,
        table: int,
        status: Callable[[], dict[int, int]],
        is_watched: Callable[[], bool],
    ) -> None:
        self._cpu = cpu
        self._table = table
        self._has_hard_fault_alone = core in _ARMV6M
        self._status = status
        self._is_watched = is_watched

    def take(self, fault: Fault) -> Stop | None:
        """What the core does: it goes on in the handler, or locks up; the DeviceError where that is for ever."""
        if fault.exception and self._enter(fault):
            return None
        if fault.exception:
            fault = replace(fault, what=f"{fault.what}, which it cannot handle (no stack, or in a handler)")
        return Stop.LOCKED if fault.exception and self._is_watched() else self._cpu.refuse(fault)

    def _enter(self, fault: Fault) -> bool:
        """Takes the program to the handler of `fault`; False: it cannot be, the core locks up."""
        cpu, registers = self._cpu, self._status()
        if cpu.exception in (_NMI, HARD_FAULT):
            return False
        bits = fault.status
        sp, is_stored = self._push()
        if not is_stored and self._has_hard_fault_alone:
            return False
        number = self._number(fault.exception, registers)
        if not is_stored:
            bits |= STACKING_ERROR
            if number == HARD_FAULT:
                return False
            number = self._number(BUS_FAULT, registers)
        if not self._has_hard_fault_alone:
            registers[_CFSR] = registers.get(_CFSR, 0) | bits
            forced = number == HARD_FAULT != fault.exception
            cause = (_FORCED if forced else 0) | (_DEBUG_EVENT if fault.is_breakpoint else 0)
            registers[_HFSR] = registers.get(_HFSR, 0) | cause
            if fault.address:
                registers[_BFAR] = fault.address
        link = _RETURN
        link |= 0 if cpu.control & _FPU_USED else _RETURN_BASIC
        link |= _RETURN_PROCESS if cpu.control & _PROCESS_STACK else 0
        cpu.sp = sp
        cpu.control &= ~(_PROCESS_STACK | _FPU_USED)
        handler = int.from_bytes(cpu.load((registers.get(_VTOR) or self._table) + 4 * number, 4), "little")
        cpu.begin_handler(number, link, handler & ~1)
        return True

    def _number(self, exception: int, registers: dict[int, int]) -> int:
        """The exception that is taken: one that is off, or that may not interrupt what runs, becomes a HardFault."""
        if self._has_hard_fault_alone or self._cpu.exception or self._cpu.is_masked:
            return HARD_FAULT
        enable = _ENABLES.get(exception)
        return exception if enable is None or registers.get(_SHCSR, 0) & enable else HARD_FAULT

    def _push(self) -> tuple[int, bool]:
        """The stack pointer below the frame, and whether the frame could be written there."""
        cpu = self._cpu
        sp = cpu.sp - _FRAME_BYTES - (_FPU_BYTES if cpu.control & _FPU_USED else 0)
        words = cpu.frame()
        words[7] = words[7] & ~_PADDED | _THUMB | (_PADDED if sp & 4 else 0)
        sp &= ~7
        return sp, sp >= 0 and cpu.try_store(sp, b"".join(word.to_bytes(4, "little") for word in words))

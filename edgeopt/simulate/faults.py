"""What a program must not do: in words, and as the exception that the core makes of it.

Exceptions and bits of the status registers: DDI 0403 (Armv7-M), sections B1.5.14 and B3.2.15. Armv6-M has HardFault
alone and no such registers. A division by zero is no fault here, whatever CCR.DIV_0_TRP says: the engine tells nothing
of it, and gives 0 as a core without the trap does.
"""

from dataclasses import dataclass

import unicorn

HARD_FAULT, MEM_MANAGE, BUS_FAULT, USAGE_FAULT = 3, 4, 5, 6
_SUPERVISOR_CALL = 11
_EXECUTE_NEVER = (0x4000_0000, 0x6000_0000), (0xA000_0000, 1 << 32)

_ACCESS_VIOLATION, _FETCH_ERROR, _DATA_ERROR, STACKING_ERROR = 1 << 0, 1 << 8, 1 << 9, 1 << 12
_UNDEFINED, _INVALID_STATE, _INVALID_PC, _NO_COPROCESSOR, _UNALIGNED = 1 << 16, 1 << 17, 1 << 18, 1 << 19, 1 << 24
_BUS_ADDRESS_VALID = 1 << 15


@dataclass(frozen=True)
class Fault:
    """The program does `what`; its core then takes `exception` with bits of CFSR and, where known, an address."""

    what: str
    exception: int
    status: int = 0
    address: int = 0
    is_breakpoint: bool = False


_BREAKPOINT = 7  # Unicorn's numbers of what the program causes
INVALID_STATE = 18
FAULTS = {
    1: Fault("executes an undefined instruction", USAGE_FAULT, _UNDEFINED),
    2: Fault("makes a supervisor call, and the virtual board has no exceptions", _SUPERVISOR_CALL),
    3: Fault("jumps to where it cannot execute", MEM_MANAGE, _ACCESS_VIOLATION),
    4: Fault("makes a forbidden memory access", BUS_FAULT, _DATA_ERROR),
    _BREAKPOINT: Fault("runs into a breakpoint", HARD_FAULT, is_breakpoint=True),
    8: Fault("returns from an exception that it is not in", USAGE_FAULT, _INVALID_PC),
    17: Fault("uses a coprocessor that it has not", USAGE_FAULT, _NO_COPROCESSOR),
    INVALID_STATE: Fault("leaves Thumb state (a jump to an even address)", USAGE_FAULT, _INVALID_STATE),
}
MISSING_INSTRUCTION = Fault("executes an instruction that this core does not have", USAGE_FAULT, _UNDEFINED)

_ACCESSES = {
    unicorn.UC_MEM_READ_UNMAPPED: "reads {}, where there is no memory",
    unicorn.UC_MEM_WRITE_UNMAPPED: "writes to {}, where there is no memory",
    unicorn.UC_MEM_FETCH_UNMAPPED: "jumps to {}, where there is no memory",
    unicorn.UC_MEM_WRITE_PROT: "writes to {}, which is flash",
}


def access_fault(access: int, address: int) -> Fault:
    """The fault of an access that Unicorn refuses, which is exact here, also for writes that silicon buffers."""
    what = _ACCESSES.get(access, "makes a forbidden access to {}").format(f"{address:#010x}")
    if access != unicorn.UC_MEM_FETCH_UNMAPPED:
        return Fault(what, BUS_FAULT, _DATA_ERROR | _BUS_ADDRESS_VALID, address)
    if any(start <= address < end for start, end in _EXECUTE_NEVER):
        return Fault(what, MEM_MANAGE, _ACCESS_VIOLATION)
    return Fault(what, BUS_FAULT, _FETCH_ERROR)


def alignment_fault(address: int, size_bytes: int) -> Fault:
    """The fault of an access that is not aligned and must be."""
    return Fault(f"accesses {size_bytes} bytes at {address:#010x}, which is not aligned", USAGE_FAULT, _UNALIGNED)


def other_fault(number: int) -> Fault:
    """The fault of one of Unicorn's exceptions."""
    return FAULTS.get(number, Fault(f"causes exception {number}", HARD_FAULT))

"""What a board tells of a fault: the line that its handler sends, and what the command `crash` answers.

Numbers of exceptions and bits of the registers: Armv7-M Architecture Reference Manual (DDI 0403), sections B1.5.2,
B3.2.15 and B3.2.16; Armv8-M (DDI 0553) adds STKOF and SecureFault.
"""

import binascii
import re
from dataclasses import astuple, dataclass
from pathlib import Path

from edgeopt.device.identity import numbers
from edgeopt.errors import EdgeoptError, ProtocolError
from edgeopt.simulate.elf import UNKNOWN_FUNCTION, read_elf

_LINE = re.compile(rb"m-eo-fault((?: [0-9a-f]{8}){10}) ([0-9a-f]{8})")
_CAUSES = ("unknown", "power", "pin", "watchdog", "software", "fault")  # enum eo_reset_cause of eo_port.h
_EXCEPTIONS = {
    2: "NMI",
    3: "HardFault",
    4: "MemManage fault",
    5: "BusFault",
    6: "UsageFault",
    7: "SecureFault",
    11: "supervisor call",
    12: "debug monitor",
}
_REASONS = {  # of CFSR; {} is the address where one is valid
    0: "jumps to where it must not execute",
    1: "makes a forbidden access to {mmfar}",
    3: "returns from an exception to a stack that it must not use",
    4: "has no room on its stack for an exception",
    5: "saves the FPU's registers where it must not",
    8: "jumps to where there is no memory",
    9: "accesses {bfar}, where nothing answers",
    10: "wrote to where nothing answers, a few instructions before",
    11: "returns from an exception to a stack where there is no memory",
    12: "has no room on its stack for an exception",
    13: "saves the FPU's registers where there is no memory",
    16: "executes an undefined instruction",
    17: "leaves Thumb state (a jump to an even address)",
    18: "returns from an exception that it is not in",
    19: "uses a coprocessor or FPU that is off or absent",
    20: "overflows its stack",
    24: "makes an unaligned access",
    25: "divides by zero",
}
_DEBUG_EVENT = 1 << 31  # of HFSR: a breakpoint without a debugger
_VECTOR_READ = 1 << 1


@dataclass(frozen=True)
class Crash:
    """What the fault handler saw, in the order of the wire. 0: the core has no such register, or nothing valid in it.

    `pc` is that of the instruction that faulted, 0 where the stack could not take the exception's frame; `sp` the stack
    pointer before; `stack_high_water` the most bytes of stack ever in use.
    """

    exception: int
    pc: int
    lr: int
    psr: int
    sp: int
    cfsr: int
    hfsr: int
    mmfar: int
    bfar: int
    stack_high_water: int

    @property
    def name(self) -> str:
        """The exception's name."""
        return _EXCEPTIONS.get(self.exception, f"exception {self.exception}")

    @property
    def reason(self) -> str:
        """What the program did, as far as the registers tell: "divides by zero"; "" where they do not (Armv6-M)."""
        if self.hfsr & _DEBUG_EVENT:
            return "runs into a breakpoint"
        if self.hfsr & _VECTOR_READ:
            return "has no vector table where the core reads one"
        addresses = {"mmfar": _address(self.mmfar), "bfar": _address(self.bfar)}
        found = [text.format(**addresses) for bit, text in _REASONS.items() if self.cfsr >> bit & 1]
        return " and ".join(dict.fromkeys(found))

    def told(self, elf: Path | None = None) -> str:
        """One line: the exception, what the program did, and where: by function, if `elf` is what runs there."""
        what = f"{self.name}: the program {self.reason}" if self.reason else self.name
        if not self.pc:
            return f"{what}; where is not known, the stack is full or broken (sp {self.sp:#010x})"
        at, after = _function(elf, self.pc), _function(elf, self.lr)
        return f"{what}, at pc {self.pc:#010x}{at}, lr {self.lr:#010x}{after}"


@dataclass(frozen=True)
class LastReset:
    """Why the program started (unknown, power, pin, watchdog, software or fault), and its last fault since power-up."""

    cause: str
    crash: Crash | None


def parse_fault(line: bytes) -> Crash | None:
    """The record in a line `m-eo-fault ...`, without its end; None where it is anything else, or damaged."""
    match = _LINE.fullmatch(line)
    if match is None or binascii.crc32(line[:-9]) != int(match[2], 16):
        return None
    return Crash(*(int(word, 16) for word in match[1].split()))


def parse_crash(values: tuple[str, ...]) -> LastReset:
    """The answer to `crash`; ProtocolError where it is none."""
    words = numbers(values, len(values), "crash")
    if len(words) not in (1, 1 + len(_FIELDS)) or words[0] >= len(_CAUSES):
        raise ProtocolError(
            f"the device's answer to `crash` is none: `{' '.join(values)[:80]}`",
            "build and flash the firmware with this version of edgeopt",
        )
    return LastReset(_CAUSES[words[0]], Crash(*words[1:]) if words[1:] else None)


def fault_line(crash: Crash) -> bytes:
    """The line that a board would send of it, without its end."""
    text = " ".join(("m-eo-fault", *(f"{word:08x}" for word in astuple(crash)))).encode()
    return text + b" %08x" % binascii.crc32(text)


_FIELDS = tuple(Crash.__dataclass_fields__)


def _address(value: int) -> str:
    return f"{value:#010x}" if value else "an address"


def _function(elf: Path | None, address: int) -> str:
    """ " in NAME", or nothing where the ELF does not tell."""
    if elf is None:
        return ""
    try:
        name = read_elf(elf).function_at(address & ~1)
    except EdgeoptError:  # the project was built again, or is gone: the addresses remain
        return ""
    return "" if name == UNKNOWN_FUNCTION else f" in {name}"

"""What an instruction does with which registers; a set of registers is an int with one bit a register."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

SP, LR, PC = 13, 14, 15
FLAGS = 1 << 16  # N, Z, C, V
GE = 1 << 17  # the greater-or-equal flags of the parallel additions, read by SEL
FLOAT_FLAGS = 1 << 18  # those of FPSCR
FIRST_FLOAT = 32  # s0; a double is two of them

_NAMES = {16: "flags", 17: "ge", 18: "fpflags"}


class Form(Enum):
    """What way through shifter and adder an instruction takes, where it is not a load, store, branch or product."""

    PLAIN = auto()  # an addition, subtraction, comparison or move, also with eight bits of constant, or those repeated
    LOGIC = auto()  # AND, ORR, EOR, BIC, MVN, TST likewise, and additions with carry
    SHIFT = auto()  # a shift or rotation by itself
    SHIFTED = auto()  # an operation with a shifted register: ADD r0, r1, r2, ROR #4
    ROTATED = auto()  # an operation with eight bits shifted to elsewhere: EOR r0, r1, #0x1fc0
    INSERT = auto()  # BFI, BFC
    EXTRACT = auto()  # UBFX, SBFX
    EXTEND = auto()  # SXTB, UXTH, SXTB16, ...
    EXTEND_ADD = auto()  # SXTAB, UXTAH, ...
    PACK = auto()  # PKHBT, PKHTB
    REVERSE = auto()  # REV, REV16, REVSH, RBIT
    SATURATE = auto()  # SSAT, USAT16, QADD, QADD16, ...
    PARALLEL = auto()  # SADD16, UHSUB8, SEL, ...
    DIFFERENCES = auto()  # USAD8, USADA8
    COUNT = auto()  # CLZ
    NOTHING = auto()  # NOP and hints
    IF_THEN = auto()


@dataclass(frozen=True, slots=True)
class Operands:
    """Registers read (`plain` to `stored`) and written (`results`, `updated`), each as a set.

    plain:       what an adder, multiplier or comparison takes as it is
    shifted:     what goes through the shifter first
    address:     base and index of a memory access; the target of a branch to a register
    accumulator: what a product is added to
    stored:      what goes to memory
    updated:     the base that a load or store changes
    place:       base register and offset in bytes where the offset is a constant, else None
    access_bytes: size of a single load or store
    shift_left:  the shifted register goes to the left (LSL), which some cores do sooner
    conditional: in an IT block, or a conditional branch
    """

    form: Form = Form.PLAIN
    plain: int = 0
    shifted: int = 0
    address: int = 0
    accumulator: int = 0
    stored: int = 0
    results: int = 0
    updated: int = 0
    place: tuple[int, int] | None = None
    access_bytes: int = 0
    shift_left: bool = False
    conditional: bool = False

    @property
    def reads(self) -> int:
        return self.plain | self.shifted | self.address | self.accumulator | self.stored

    @property
    def writes(self) -> int:
        return self.results | self.updated


def r(*numbers: int) -> int:
    """The set of these core registers."""
    registers = 0
    for number in numbers:
        registers |= 1 << number
    return registers


def s(first: int, count: int = 1) -> int:
    """The set of `count` single-precision registers from s`first` on."""
    return ((1 << count) - 1) << (FIRST_FLOAT + first)


def each(registers: int) -> Iterator[int]:
    """The numbers of the registers in a set."""
    while registers:
        lowest = registers & -registers
        yield lowest.bit_length() - 1
        registers ^= lowest


def names(registers: int) -> set[str]:
    """What the registers of a set are called."""
    return {f"s{n - FIRST_FLOAT}" if n >= FIRST_FLOAT else _NAMES.get(n, f"r{n}") for n in each(registers)}

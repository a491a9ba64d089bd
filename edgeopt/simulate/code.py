"""Code as the counter sees it: stretches that Unicorn runs as one, in each call path, and the ways between them."""

from collections.abc import Sequence

from edgeopt.simulate.call_paths import Context
from edgeopt.simulate.counts import Sums
from edgeopt.simulate.thumb import Instruction, Kind

_BLX = 0x4780  # BLX Rm; the register is in bits 3 to 6
_IT = 0xBF00  # with a mask in bits 0 to 3, which is 0 in hints
_IT_BLOCK = 4  # instructions at most
_ACCESSES = {
    Kind.LOAD,
    Kind.STORE,
    Kind.LOAD_DOUBLE,
    Kind.STORE_DOUBLE,
    Kind.LOAD_MULTIPLE,
    Kind.STORE_MULTIPLE,
}


class Code:
    """Instructions from `address` to `end`, wherever they are called from, and the `cycles` they take unless branching.

    `units` are the parts of flash that they lie in, as the memory timing numbers them, each with the cycle at which the
    core needs it. `hot` and `used` are as cache.User says; code that waits for no memory is always hot. `it_left`
    is how many instructions behind `end` are under an IT instruction: Unicorn ends code where a page ends.
    """

    __slots__ = (
        "accesses_in_it_block",
        "address",
        "cycles",
        "end",
        "function",
        "hot",
        "instructions",
        "is_call",
        "it_left",
        "read_gap",
        "units",
        "used",
    )

    def __init__(self, address: int, end: int, function: str, instructions: Sequence[Instruction], cycles: int) -> None:
        self.address = address
        self.end = end
        self.function = function
        self.instructions = instructions
        self.cycles = cycles
        self.is_call = False
        self.accesses_in_it_block = False
        self.it_left = 0
        self.units: tuple[tuple[int, int], ...] = ()
        self.read_gap = 1  # cycles from one read of flash to the next, on average
        self.hot = True
        self.used = 0


class Block:
    """Code in one call path, with its outgoing edges by `size << 32 | address` of the target, and what it waited."""

    __slots__ = ("code", "context", "edges", "stalls")

    def __init__(self, code: Code, context: Context) -> None:
        self.code = code
        self.context = context
        self.edges: dict[int, Edge] = {}
        self.stalls = 0

    def detached(self) -> "Block":
        """The same code without edges, so that the next step is looked at."""
        return Block(self.code, self.context)


class Edge:
    """From the end of `source` to the start of `target`; running `source` and leaving it this way costs `ticks`."""

    __slots__ = ("count", "source", "taken", "target", "ticks")

    def __init__(self, source: Block, target: Block, taken: bool, ticks: int) -> None:
        self.source = source
        self.target = target
        self.taken = taken
        self.ticks = ticks
        self.count = 0

    def add_to(self, sums: Sums) -> None:
        row = sums.setdefault(self.source.context, [0, 0, 0, 0])
        row[0] += self.count * len(self.source.code.instructions)
        row[1] += self.count * self.ticks
        row[2] += self.count * self.taken
        self.count = 0


def ends_in_call(instructions: Sequence[Instruction]) -> bool:
    """Whether the last of `instructions` is BL or BLX, which say where to return to."""
    if not instructions:
        return False
    last = instructions[-1]
    return last.kind is Kind.CALL or (last.size_bytes == 2 and last.first & 0xFF87 == _BLX)


def follow_it(instructions: Sequence[Instruction], left: int) -> tuple[bool, int]:
    """Whether a load or store is under an IT instruction, and how many instructions behind the end are.

    `left`: how many of the first instructions are under one that lies before them.
    """
    accesses = False
    for instruction in instructions:
        accesses = accesses or (left > 0 and instruction.kind in _ACCESSES)
        left = max(0, left - 1)
        if instruction.first & 0xFF00 == _IT and instruction.first & 15:
            left = _IT_BLOCK - ((instruction.first & -instruction.first).bit_length() - 1)
    return accesses, left

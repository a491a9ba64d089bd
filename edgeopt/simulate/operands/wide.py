"""Operands of the 32-bit instructions but floating point (Armv7-M Architecture Reference Manual, section A5.3)."""

from edgeopt.simulate.operands.floats import float_operands
from edgeopt.simulate.operands.types import FLAGS, GE, LR, PC, Form, Operands, r

_COMPARES = (0, 4, 8, 13)  # AND, EOR, ADD, SUB, which are TST, TEQ, CMN, CMP without a result
_WITH_CARRY = (10, 11)
_ADDITIONS = (8, 13, 14)  # ADD, SUB, RSB


def wide_operands(h: int, s: int) -> Operands:
    """Operands of the 32-bit instruction of the halfwords `h` and `s`."""
    group = (h >> 11) & 3
    if group == 2:
        if s & 0x8000:
            return _branch(h, s)
        return _plain_immediate(h, s) if h & 0x0200 else _modified_immediate(h, s)
    if h & 0x0400:
        return float_operands(h, s)
    if group == 1:
        if h & 0x0200:
            return _shifted_register(h, s)
        return _double(h, s) if h & 0x0040 else _multiple(h, s)
    if not h & 0x0200:
        return _single(h, s)
    return _multiply(h, s) if h & 0x0100 else _register(h, s)


def _flags(h: int) -> int:
    return FLAGS if h & 0x10 else 0


def _data_processing(h: int, target: int, form: Form, second: int, shifted: int, left: bool = False) -> Operands:
    """An operation of the sixteen: `second` is its second operand if that needs no shifter, `shifted` if it does."""
    operation, first = (h >> 5) & 15, h & 15
    if form is Form.PLAIN and operation not in _ADDITIONS and not (operation == 2 and first == PC):
        form = Form.LOGIC
    plain = second | (FLAGS if operation in _WITH_CARRY else 0)
    if not (operation in (2, 3) and first == PC):  # MOV and MVN have no first operand
        plain |= r(first)
    nothing = operation in _COMPARES and target == PC and bool(h & 0x10)
    return Operands(form, plain, shifted, results=_flags(h) | (0 if nothing else r(target)), shift_left=left)


def _shifted_register(h: int, s: int) -> Operands:
    operation, target, source = (h >> 5) & 15, (s >> 8) & 15, r(s & 15)
    kind, amount = (s >> 4) & 3, ((s >> 10) & 0x1C) | ((s >> 6) & 3)
    if operation == 6:
        return Operands(Form.PACK, plain=r(h & 15), shifted=source, results=r(target))
    if kind == 0 and amount == 0:
        return _data_processing(h, target, Form.PLAIN, source, 0)
    form = Form.SHIFT if operation == 2 and h & 15 == PC else Form.SHIFTED
    carry = FLAGS if kind == 3 and amount == 0 else 0  # RRX
    return _data_processing(h, target, form, carry, source, kind == 0)


def _modified_immediate(h: int, s: int) -> Operands:
    rotated = bool(h & 0x0400 or s & 0x4000)
    return _data_processing(h, (s >> 8) & 15, Form.ROTATED if rotated else Form.PLAIN, 0, 0)


def _plain_immediate(h: int, s: int) -> Operands:
    operation, target, source = (h >> 4) & 31, r((s >> 8) & 15), r(h & 15)
    if operation == 4:  # MOVW
        return Operands(results=target)
    if operation == 12:  # MOVT
        return Operands(plain=target, results=target)
    if operation in (16, 18, 24, 26):
        return Operands(Form.SATURATE, shifted=source, results=target)
    if operation in (20, 28):
        return Operands(Form.EXTRACT, shifted=source, results=target)
    if operation == 22:  # BFI; BFC where the source is PC
        return Operands(Form.INSERT, plain=target, shifted=source & ~r(PC), results=target)
    return Operands(plain=source & ~r(PC), results=target)  # ADDW, SUBW, ADR


def _branch(h: int, s: int) -> Operands:
    if s & 0x4000:
        return Operands(results=r(LR) if s & 0x1000 else 0)
    if s & 0x1000:
        return Operands()
    if (h >> 7) & 7 != 7:
        return Operands(plain=FLAGS, conditional=True)
    operation = (h >> 4) & 0x7F
    if operation in (0x38, 0x39):
        return Operands(plain=r(h & 15))  # MSR
    if operation in (0x3E, 0x3F):
        return Operands(results=r((s >> 8) & 15))  # MRS
    return Operands(Form.NOTHING if operation == 0x3A else Form.PLAIN)


def _multiple(h: int, s: int) -> Operands:
    base = r(h & 15)
    updated = base if h & 0x20 else 0
    if h & 0x10:
        return Operands(address=base, results=s, updated=updated & ~s)
    return Operands(address=base, stored=s, updated=updated)


def _double(h: int, s: int) -> Operands:
    load, base, first, second = bool(h & 0x10), h & 15, s >> 12, (s >> 8) & 15
    if h & 0x0120:
        if (h, s) == (0xE97F, 0xE97F):
            return Operands()  # SG
        offset = (s & 0xFF) * 4 * (1 if h & 0x80 else -1) if h & 0x0100 else 0
        place, updated = (base, offset), r(base) if h & 0x20 else 0
        if load:
            return Operands(address=r(base) & ~r(PC), results=r(first, second), updated=updated, place=place)
        return Operands(address=r(base), stored=r(first, second), updated=updated, place=place)
    if load and h & 0x0080 and (s >> 4) & 15 < 2:
        return Operands(address=r(base, s & 15) & ~r(PC))  # TBB, TBH
    if not load and not h & 0x0080 and first == PC:
        return Operands(plain=r(base), results=r(second))  # TT
    return _exclusive(h, s)


def _exclusive(h: int, s: int) -> Operands:
    """LDREX, STREX and their like, LDA, STL."""
    sized = bool(h & 0x0080)  # the second halfword tells the size
    size = {0: 1, 1: 2}.get((s >> 4) & 3, 4) if sized else 4
    address, data = r(h & 15), r(s >> 12)
    if h & 0x10:
        return Operands(address=address, results=data, access_bytes=size)
    status = s & 15 if sized else (s >> 8) & 15
    return Operands(address=address, stored=data, results=r(status) & ~r(PC), access_bytes=size)


def _single(h: int, s: int) -> Operands:
    base, data, size = h & 15, r(s >> 12), 1 << ((h >> 5) & 3)
    place: tuple[int, int] | None
    address, updated = r(base), 0
    if base == PC:
        address, place = 0, (PC, s & 0xFFF)
    elif h & 0x0080:
        place = (base, s & 0xFFF)
    elif s & 0x0800:
        offset = (s & 0xFF) * (1 if s & 0x0200 else -1)
        place, updated = (base, offset if s & 0x0400 else 0), address if s & 0x0100 else 0
    else:
        place, address = None, r(base, s & 15)
    if not h & 0x10:
        return Operands(address=address, stored=data, updated=updated, place=place, access_bytes=size)
    if data == r(PC) and size != 4:
        return Operands(address=address, place=place)  # PLD, PLI
    return Operands(address=address, results=data, updated=updated, place=place, access_bytes=size)


def _register(h: int, s: int) -> Operands:
    operation, kind = (h >> 4) & 15, (s >> 4) & 15
    first, second, target = h & 15, r(s & 15), r((s >> 8) & 15)
    if operation < 8:
        if not kind & 8:
            left = operation < 2
            return Operands(Form.SHIFT, second, r(first), results=target | _flags(h), shift_left=left)
        if first == PC:
            return Operands(Form.EXTEND, shifted=second, results=target)
        return Operands(Form.EXTEND_ADD, shifted=second, accumulator=r(first), results=target)
    if not kind & 8:
        form, sets = (Form.SATURATE if kind & 3 == 1 else Form.PARALLEL), GE if kind & 3 == 0 else 0
        return Operands(form, r(first) | second, results=target | sets)
    if operation == 8:
        return Operands(Form.SATURATE, r(first) | second, results=target)  # QADD, QDSUB, ...
    if operation == 9:
        return Operands(Form.REVERSE, shifted=second, results=target)
    if operation == 10:
        return Operands(Form.PARALLEL, r(first) | second | GE, results=target)  # SEL
    return Operands(Form.COUNT, second, results=target)


def _multiply(h: int, s: int) -> Operands:
    operation, factors = (h >> 4) & 15, r(h & 15, s & 15)
    low, high = s >> 12, (s >> 8) & 15
    if operation < 8 or operation in (9, 11):
        accumulator = 0 if low == PC or operation > 8 else r(low)
        form = Form.DIFFERENCES if operation == 7 else Form.PLAIN
        return Operands(form, factors, accumulator=accumulator, results=r(high))
    accumulator = 0 if operation in (8, 10) else r(low, high)
    return Operands(plain=factors, accumulator=accumulator, results=r(low, high))

"""Operands of the floating-point instructions (Armv7-M Architecture Reference Manual, sections A6.4 to A6.7)."""

from edgeopt.simulate.operands.types import FLAGS, FLOAT_FLAGS, PC, Operands, r
from edgeopt.simulate.operands.types import s as floats


def float_operands(h: int, s: int) -> Operands:
    """Operands of the 32-bit instruction of the halfwords `h` and `s`, empty for other coprocessors than the FPU's."""
    if (s >> 9) & 7 != 5:
        return Operands()
    if h & 0x0200:
        if s & 0x10 and not h & 0x1000:
            return _transfer(h, s)
        return _selected(h, s) if h & 0x1000 else _arithmetic(h, s)
    if h & 0x01E0 == 0x0040:
        return _pair(h, s)
    return _memory(h, s)


def _is_double(s: int) -> bool:
    return bool(s & 0x0100)


def _register(number: int, extra: int, double: bool) -> int:
    """The register that four bits and an extra one name."""
    return floats(2 * (extra << 4 | number), 2) if double else floats(number << 1 | extra)


def _d(h: int, s: int, double: bool | None = None) -> int:
    return _register((s >> 12) & 15, (h >> 6) & 1, _is_double(s) if double is None else double)


def _n(h: int, s: int) -> int:
    return _register(h & 15, (s >> 7) & 1, _is_double(s))


def _m(s: int, double: bool | None = None) -> int:
    return _register(s & 15, (s >> 5) & 1, _is_double(s) if double is None else double)


def _arithmetic(h: int, s: int) -> Operands:
    operation = (h >> 4) & 0xB
    if operation in (0, 1, 9, 10):
        return Operands(plain=_n(h, s) | _m(s), accumulator=_d(h, s), results=_d(h, s))
    if operation != 11:
        return Operands(plain=_n(h, s) | _m(s), results=_d(h, s))
    if not s & 0x40:
        return Operands(results=_d(h, s))  # VMOV of a constant
    return _unary(h, s)


def _unary(h: int, s: int) -> Operands:
    which, double = h & 15, _is_double(s)
    if which in (4, 5):
        return Operands(plain=_d(h, s) | (_m(s) if which == 4 else 0), results=FLOAT_FLAGS)  # VCMP, with 0
    if which in (10, 11, 14, 15):
        return Operands(plain=_d(h, s), results=_d(h, s))  # fixed point, in place
    if which == 7 and s & 0xC0 == 0xC0:  # between single and double
        return Operands(plain=_m(s), results=_d(h, s, not double))
    if which == 8:
        return Operands(plain=_m(s, False), results=_d(h, s))  # from an integer, which is single
    if which in (12, 13):
        return Operands(plain=_m(s), results=_d(h, s, False))
    if which in (2, 3):  # VCVTB, VCVTT: half precision lies in a single
        return Operands(plain=_m(s, double and which == 3), results=_d(h, s, double and which == 2))
    return Operands(plain=_m(s), results=_d(h, s))


def _selected(h: int, s: int) -> Operands:
    """VSEL, VMAXNM, VMINNM, VRINTA and VCVTA of Armv8-M and FPv5."""
    if not h & 0x0080:
        return Operands(plain=_n(h, s) | _m(s) | FLAGS, results=_d(h, s))
    if h & 0x0030 != 0x0030:
        return Operands(plain=_n(h, s) | _m(s), results=_d(h, s))
    to_integer = bool(h & 0x0004)
    return Operands(plain=_m(s), results=_d(h, s, False if to_integer else None))


def _transfer(h: int, s: int) -> Operands:
    to_core, core = bool(h & 0x10), s >> 12
    if h & 0x00E0 == 0x00E0:  # VMRS, VMSR
        if not to_core:
            return Operands(plain=r(core), results=FLOAT_FLAGS)
        return Operands(plain=FLOAT_FLAGS, results=FLAGS if core == PC else r(core))
    half = floats(2 * ((s >> 7 & 1) << 4 | (h & 15)) + (h >> 5 & 1))  # of a double
    register = half if _is_double(s) else _n(h, s)
    return Operands(plain=register, results=r(core)) if to_core else Operands(plain=r(core), results=register)


def _pair(h: int, s: int) -> Operands:
    core = r(s >> 12, h & 15)
    register = _m(s) if _is_double(s) else floats((s & 15) << 1 | (s >> 5 & 1), 2)
    return Operands(plain=register, results=core) if h & 0x10 else Operands(plain=core, results=register)


def _memory(h: int, s: int) -> Operands:
    load, base, count = bool(h & 0x10), h & 15, s & 0xFF
    first = _d(h, s)
    if h & 0x0120 == 0x0100:
        offset = count * 4 * (1 if h & 0x80 else -1)
        place = (base, offset)
        address, size = r(base) & ~r(PC), 8 if _is_double(s) else 4
        if load:
            return Operands(address=address, results=first, place=place, access_bytes=size)
        return Operands(address=address, stored=first, place=place, access_bytes=size)
    lowest = first & -first
    registers = ((1 << (count & 0xFE if _is_double(s) else count)) - 1) * lowest
    updated = r(base) if h & 0x20 else 0
    if load:
        return Operands(address=r(base), results=registers, updated=updated)
    return Operands(address=r(base), stored=registers, updated=updated)

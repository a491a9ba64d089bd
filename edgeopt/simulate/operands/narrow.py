"""Operands of the 16-bit instructions (Armv7-M Architecture Reference Manual, section A5.2)."""

from dataclasses import replace

from edgeopt.simulate.operands.types import FLAGS, LR, PC, SP, Form, Operands, r

_SIZES = (4, 2, 1, 1, 4, 2, 1, 2)  # STR STRH STRB LDRSB LDR LDRH LDRB LDRSH


def narrow_operands(h: int) -> Operands:
    """Operands of the 16-bit instruction `h`."""
    top = h >> 12
    if top < 4:
        return _shift_add(h) if top < 2 else _immediate(h)
    if top == 4:
        return _literal(h) if h & 0x0800 else _high(h) if h & 0x0400 else _data_processing(h)
    if top <= 9:
        return _memory(h)
    if top == 0xA:  # address of PC or SP
        return Operands(plain=r(SP) if h & 0x0800 else 0, results=r((h >> 8) & 7))
    if top == 0xB:
        return _miscellaneous(h)
    if top == 0xC:
        base, registers = (h >> 8) & 7, h & 0xFF
        if h & 0x0800:
            return Operands(address=r(base), results=registers, updated=r(base) & ~registers)
        return Operands(address=r(base), stored=registers, updated=r(base))
    if top == 0xD and (h >> 8) & 15 < 14:
        return Operands(plain=FLAGS, conditional=True)
    return Operands()


def _shift_add(h: int) -> Operands:
    target, source = r(h & 7), r((h >> 3) & 7)
    operation, amount = (h >> 11) & 3, (h >> 6) & 31
    if operation == 3:
        other = 0 if h & 0x0400 else r((h >> 6) & 7)
        return Operands(plain=source | other, results=target | FLAGS)
    if operation == 0 and amount == 0:  # MOVS
        return Operands(plain=source, results=target | FLAGS)
    return Operands(Form.SHIFT, shifted=source, results=target | FLAGS, shift_left=operation == 0)


def _immediate(h: int) -> Operands:
    operation, register = (h >> 11) & 3, r((h >> 8) & 7)
    return Operands(plain=0 if operation == 0 else register, results=FLAGS | (0 if operation == 1 else register))


def _data_processing(h: int) -> Operands:
    operation, first, second = (h >> 6) & 15, r(h & 7), r((h >> 3) & 7)
    if operation in (2, 3, 4, 7):  # shifts by a register
        return Operands(Form.SHIFT, plain=second, shifted=first, results=first | FLAGS, shift_left=operation == 2)
    form = Form.PLAIN if operation in (9, 10, 11, 13) else Form.LOGIC
    if operation in (8, 10, 11):  # TST, CMP, CMN
        return Operands(form, plain=first | second, results=FLAGS)
    if operation in (9, 15):  # RSB from 0, MVN
        return Operands(form, plain=second, results=first | FLAGS)
    carry = FLAGS if operation in (5, 6) else 0
    return Operands(form, plain=first | second | carry, results=first | FLAGS)


def _high(h: int) -> Operands:
    operation, first, second = (h >> 8) & 3, (h & 7) | ((h >> 4) & 8), (h >> 3) & 15
    if operation == 3:
        return Operands(address=r(second), results=r(LR) if h & 0x80 else 0)
    if operation == 1:
        return Operands(plain=r(first, second), results=FLAGS)
    plain = r(second) if operation == 2 else r(first, second)
    return Operands(plain=plain & ~r(PC), results=r(first))


def _literal(h: int) -> Operands:
    return Operands(results=r((h >> 8) & 7), place=(PC, (h & 0xFF) * 4), access_bytes=4)


def _memory(h: int) -> Operands:
    top, register, base = h >> 12, r(h & 7), (h >> 3) & 7
    load = bool(h & 0x0800)
    if top == 5:
        operation = (h >> 9) & 7
        load, size = operation >= 3, _SIZES[operation]
        at = Operands(address=r(base, (h >> 6) & 7), access_bytes=size)
    elif top == 9:
        register = r((h >> 8) & 7)
        at = Operands(address=r(SP), place=(SP, (h & 0xFF) * 4), access_bytes=4)
    else:
        size = {6: 4, 7: 1, 8: 2}[top]
        at = Operands(address=r(base), place=(base, ((h >> 6) & 31) * size), access_bytes=size)
    return replace(at, results=register) if load else replace(at, stored=register)


def _miscellaneous(h: int) -> Operands:
    operation, target, source = (h >> 8) & 15, r(h & 7), r((h >> 3) & 7)
    if operation == 0:
        return Operands(plain=r(SP), results=r(SP))
    if operation == 2:
        return Operands(Form.EXTEND, shifted=source, results=target)
    if operation in (1, 3, 9, 11):
        return Operands(plain=target, conditional=True)  # CBZ, CBNZ
    if operation in (4, 5):
        return Operands(address=r(SP), stored=(h & 0xFF) | (r(LR) if h & 0x100 else 0), updated=r(SP))
    if operation in (12, 13):
        return Operands(address=r(SP), results=(h & 0xFF) | (r(PC) if h & 0x100 else 0), updated=r(SP))
    if operation == 10:
        return Operands(Form.REVERSE, shifted=source, results=target)
    if operation == 15:
        return Operands(Form.IF_THEN if h & 15 else Form.NOTHING)
    return Operands()

"""Which instructions a core does not have. Unicorn's smaller cores run everything, silicon does not.

Source: Armv6-M and Armv7-M Architecture Reference Manuals (DDI 0419, DDI 0403), chapters A5.
"""

from edgeopt.simulate.thumb import Kind, decode, is_wide

_FLOAT = (Kind.FLOAT, Kind.FLOAT_MOVE_PAIR, Kind.FLOAT_MULTIPLY_ADD, Kind.FLOAT_DIVIDE)


def first_missing(core: str, code: bytes) -> int | None:
    """Offset of the first instruction in `code` that `core` does not have, None where it has them all."""
    lacks = {"cortex-m0": _armv6m_lacks, "cortex-m0plus": _armv6m_lacks, "cortex-m3": _armv7m_lacks}.get(core)
    at = 0
    while lacks is not None and at + 2 <= len(code):
        first = code[at] | code[at + 1] << 8
        second = code[at + 2] | code[at + 3] << 8 if is_wide(first) and at + 4 <= len(code) else 0
        if lacks(first, second):
            return at
        at += 4 if is_wide(first) else 2
    return None


def _armv6m_lacks(first: int, second: int) -> bool:
    if not is_wide(first):
        is_it = first & 0xFF00 == 0xBF00 and first & 15 != 0
        return is_it or first & 0xF500 == 0xB100  # IT, CBZ, CBNZ
    # BL, MSR, MRS, DSB, DMB, ISB
    if first >> 11 != 0x1E or not second & 0x8000:
        return True
    if second & 0xD000 == 0xD000:
        return False
    barrier = first == 0xF3BF and second & 0xFFF0 in (0x8F40, 0x8F50, 0x8F60)
    special = first & 0xFFF0 in (0xF380, 0xF3E0) and second & 0xD000 == 0x8000
    return not (barrier or special)


def _armv7m_lacks(first: int, second: int) -> bool:
    """What Armv7E-M adds: DSP and floating point."""
    if not is_wide(first):
        return False
    kind = decode(first, second).kind
    if kind in _FLOAT or kind is Kind.MULTIPLY_DSP:
        return True
    if first & 0xEC00 == 0xEC00:
        return second & 0x0E00 == 0x0A00  # VLDR, VSTR, VLDM, VSTM
    if kind is Kind.MULTIPLY_LONG_ADD:
        return second & 0x00F0 != 0  # all but SMLAL and UMLAL
    if first & 0xFFF0 == 0xEAC0:
        return True  # PKHBT, PKHTB
    if first & 0xFF70 == 0xF320:
        return second & 0xF0C0 == 0  # SSAT16, USAT16
    return _is_dsp_register(first, second)


def _is_dsp_register(first: int, second: int) -> bool:
    if first & 0xFF00 != 0xFA00:
        return False
    operation = (first >> 4) & 15
    if not second & 0x0080:
        return operation >= 8  # parallel addition and subtraction; the others are shifts
    if operation < 8:  # extensions: without an addition, and not of pairs, they are in Armv7-M
        return operation in (2, 3) or first & 15 != 15
    return operation in (8, 10)  # QADD and its kin, SEL; not REV, RBIT and CLZ

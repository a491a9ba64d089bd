"""The rules by which the field's figures of a Cortex-M4 were counted, applied to what objdump prints.

They share nothing with the simulator's own decoder and models: a block's cycles come from the text of its disassembly.

    load or store of one register   load 2, or 1 directly behind a single load or store; store 1, with a register
                                    offset as a load
    of several                      1 + registers;  LDRD and STRD 3, VLDR of a double 3
    division 6; VDIV, VSQRT 14; VMLA, VFMA and their kin 3; everything else 1, IT too
    a taken branch                  2 more
"""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from edgeopt.simulate.thumb import Instruction

_LINE = re.compile(r"\s*([0-9a-f]+):\t(\S+)\s*(.*)$")
_SEVERAL = ("ldm", "stm", "push", "pop", "vldm", "vstm", "vpush", "vpop")
_NAMES = {"sb": 9, "sl": 10, "fp": 11, "ip": 12, "sp": 13, "lr": 14, "pc": 15}


def disassembly(elf: Path) -> dict[int, tuple[str, str]]:
    """Address -> (mnemonic, operands) of all code of `elf`."""
    command = ["arm-none-eabi-objdump", "-d", "--no-show-raw-insn", str(elf)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match:
            operands = re.split(r"[;@]", match[3])[0].strip()
            found[int(match[1], 16)] = (match[2], operands)
    return found


def cycles_of(mnemonic: str, operands: str, behind_access: bool) -> int:
    """Of one instruction; `behind_access`: the one before it loads or stores one register."""
    name = mnemonic.split(".")[0]
    if name.startswith(_SEVERAL):
        return 1 + _registers(operands)
    if re.match(r"(ldrd|strd)", name) or (re.match(r"v(ldr|str)", name) and re.match(r"d\d", operands)):
        return 3
    if is_access(mnemonic, operands):
        store = re.match(r"v?str", name)
        by_register = re.search(r"\[\w+, \w+", operands) and "#" not in operands
        return 1 if behind_access or (store and not by_register) else 2
    if re.match(r"[su]div", name):
        return 6
    if re.match(r"v(div|sqrt)", name):
        return 14
    return 3 if re.match(r"v(mla|mls|fma|fms|nmla|nmls|fnma|fnms)", name) else 1


def is_access(mnemonic: str, operands: str) -> bool:
    """Whether it loads or stores one register."""
    name = mnemonic.split(".")[0]
    if name.startswith(_SEVERAL) or re.match(r"(ldrd|strd)", name):
        return False
    return bool(re.match(r"v?(ldr|str)", name)) and not re.match(r"d\d", operands)


def _registers(operands: str) -> int:
    listed = re.search(r"\{([^}]*)\}", operands)
    count = 0
    for part in (listed[1] if listed else "").split(","):
        first, _, last = part.strip().partition("-")
        count += (_number(last) - _number(first) + 1 if last else 1) * (2 if first.startswith("d") else 1)
    return count


def _number(register: str) -> int:
    return _NAMES[register] if register in _NAMES else int(register[1:])


class PublishedRules:
    """A cycle model (see edgeopt.simulate.cycle_models) that reads the disassembly of one ELF."""

    unaligned_cycles = 0
    mispredicted_cycles = 0

    def __init__(self, elf: Path) -> None:
        self._code = disassembly(elf)

    def block_cycles(self, address: int, instructions: Sequence[Instruction]) -> int:
        cycles, behind_access = 0, False
        for instruction in instructions:
            mnemonic, operands = self._code[address]
            cycles += cycles_of(mnemonic, operands, behind_access)
            behind_access = is_access(mnemonic, operands)
            address += instruction.size_bytes
        return cycles

    def taken_cycles(self, *_: object) -> int:
        return 2

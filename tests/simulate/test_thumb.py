"""The decoder agrees with the assembler's own disassembler on everything in real programs, and on what they lack."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from support.arm_programs import SOURCES, assemble, compile_arm, need

from edgeopt.board import load_board
from edgeopt.simulate.thumb import Instruction, Kind, decode, decode_all

# First match wins; on mnemonics without `.n` and `.w`, and without the condition of an IT block.
MNEMONICS = [
    (r"(ldrd)$", Kind.LOAD_DOUBLE),
    (r"(strd)$", Kind.STORE_DOUBLE),
    (r"(pop|ldm.*|vpop|vldm.*)$", Kind.LOAD_MULTIPLE),
    (r"(push|stm.*|vpush|vstm.*)$", Kind.STORE_MULTIPLE),
    (r"(ldr.*|ldaex.*|lda.*|vldr)$", Kind.LOAD),
    (r"(str.*|stl.*|vstr)$", Kind.STORE),
    (r"(muls?)$", Kind.MULTIPLY),
    (r"(mla|mls)$", Kind.MULTIPLY_ADD),
    (r"(smull|umull)$", Kind.MULTIPLY_LONG),
    (r"(smlal|umlal|umaal|smlald|smlaldx|smlsld|smlsldx|smlal[bt][bt])$", Kind.MULTIPLY_LONG_ADD),
    (r"(smul|smla|smmul|smml|smua|smus|smls|usad).*$", Kind.MULTIPLY_DSP),
    (r"(sdiv|udiv)$", Kind.DIVIDE),
    (r"(tbb|tbh)$", Kind.TABLE_BRANCH),
    (r"(bx|blx|bxns|blxns)$", Kind.BRANCH_REGISTER),
    (r"(bl)$", Kind.CALL),
    (r"(b|cbz|cbnz)$", Kind.BRANCH),
    (r"(mrs|msr|cpsi[ed]|sg|ttt?)$", Kind.SYSTEM),
    (r"(dsb|dmb|isb|clrex)$", Kind.BARRIER),
    (r"(wfi|wfe)$", Kind.WAIT),
    (r"(bkpt|svc|udf)$", Kind.BREAKPOINT),
    (r"(vdiv|vsqrt)$", Kind.FLOAT_DIVIDE),
    (r"(vn?ml[as]|vfn?m[as])$", Kind.FLOAT_MULTIPLY_ADD),
    (r"v.*$", Kind.FLOAT),
    (r".*", Kind.ALU),
]
CONDITION = r"(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|hs|lo)$"
# Names that end as a condition does, but not by one.
UNCONDITIONAL = re.compile(r"(teq|vls|bls|bic|lsls|movs|adcs|sbcs|muls|mls|smmls|svc|vmls|vnmls|smlals|umlals)$")
CONDITIONAL_BRANCH = re.compile(r"b" + CONDITION)

REGISTERS = {name: number for number, name in enumerate([f"r{i}" for i in range(16)])}
REGISTERS |= {"sl": 10, "fp": 11, "ip": 12, "sp": 13, "lr": 14, "pc": 15, "r9": 9}


def expected_kind(mnemonic: str, operands: str) -> Kind:
    name = re.sub(r"\.(n|w)$", "", mnemonic)
    name = name.partition(".")[0]
    if CONDITIONAL_BRANCH.match(name):
        return Kind.BRANCH
    if len(name) > 3 and not UNCONDITIONAL.match(name):
        name = re.sub(CONDITION, "", name) or name
    kind = next(kind for pattern, kind in MNEMONICS if re.match(pattern, name))
    target = operands.split(",")[0].strip()
    if kind is Kind.ALU and target == "pc" and name in ("mov", "add"):
        return Kind.BRANCH_REGISTER
    if name in ("vldr", "vstr") and target.startswith("d"):
        return Kind.LOAD_DOUBLE if name == "vldr" else Kind.STORE_DOUBLE
    if name == "vmov" and len(re.findall(r"\b(r\d+|sl|fp|ip|lr)\b", operands)) == 2:
        return Kind.FLOAT_MOVE_PAIR
    return kind


def listed_words(operands: str) -> int:
    """Words in a register list {r0, r4-r7} or {d8-d15}."""
    words = 0
    for part in re.search(r"{(.*)}", operands)[1].split(","):  # type: ignore[index]
        first, _, last = part.strip().partition("-")
        if first[0] in "sd" and first[1:].isdigit():
            words += (int((last or first)[1:]) - int(first[1:]) + 1) * (2 if first[0] == "d" else 1)
        else:
            words += REGISTERS[last or first] - REGISTERS[first] + 1
    return words


def check(instruction: Instruction, size_bytes: int, mnemonic: str, operands: str) -> None:
    assert instruction.size_bytes == size_bytes
    assert instruction.kind is expected_kind(mnemonic, operands)
    if "{" in operands and instruction.kind in (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE):
        assert instruction.words == listed_words(operands)
    if instruction.kind in (Kind.LOAD, Kind.STORE) and "ex" not in mnemonic:
        address = re.search(r"\[(.*?)\]", operands)[1]  # type: ignore[index]
        by_register = re.match(r"\w+, (r\d+|sl|fp|ip|lr)", address) is not None
        assert instruction.register_offset == by_register
        assert instruction.words == 1
    if instruction.kind in (Kind.LOAD, Kind.LOAD_MULTIPLE):
        to_pc = operands.startswith("pc") if instruction.kind is Kind.LOAD else "pc}" in operands
        assert instruction.writes_pc == to_pc


def check_program(elf: Path) -> Counter[Kind]:
    """Compares every instruction of `elf`; how many of each kind there were."""
    objdump = need("arm-none-eabi-objdump", "binutils-arm-none-eabi")
    listing = subprocess.run([objdump, "-d", "-z", str(elf)], capture_output=True, text=True, check=True).stdout
    seen: Counter[Kind] = Counter()
    for line in listing.splitlines():
        match = re.match(r" *[0-9a-f]+:\t([0-9a-f]{4})(?: ([0-9a-f]{4}))? *\t([a-z][\w.]*)\t?([^;@<]*)", line)
        if match is None or match[3] in ("undefined",):
            continue
        first, second = int(match[1], 16), int(match[2] or "0", 16)
        instruction = decode(first, second)
        seen[instruction.kind] += 1
        try:
            check(instruction, 4 if match[2] else 2, match[3], match[4].strip())
        except AssertionError as error:
            raise AssertionError(f"{line}: {instruction}") from error
    return seen


@pytest.mark.parametrize("board", ["nucleo-g071rb", "mps2-an385", "mps2-an386", "mps2-an505"])
@pytest.mark.parametrize("optimization", ["-O0", "-O3", "-Os"])
def test_compiled_code(board: str, optimization: str, tmp_path: Path) -> None:
    elf = compile_arm(SOURCES / "mixed_work.c", load_board(board), tmp_path / "mixed.elf", optimization)
    seen = check_program(elf)
    assert seen.total() > 2000
    assert seen[Kind.LOAD] > 20


RARE = """
Reset_Handler:
    ldrex r0, [r1]
    strex r0, r2, [r1]
    ldrexb r0, [r1]
    strexh r0, r2, [r1]
    clrex
    dsb
    dmb
    isb
    cpsid i
    cpsie f
    mrs r0, primask
    msr psp, r0
    wfi
    wfe
    sev
    yield
    nop.w
    wfi.w
    bkpt 0xab
    svc 3
    udf #1
    udf.w #1
    tbb [pc, r0]
    tbh [pc, r0, lsl #1]
    ldr pc, [r0, r1, lsl #2]
    ldr pc, [r0, #4]
    ldr.w pc, [sp], #4
    mov pc, lr
    add pc, r0
    blx r3
    ldrd r0, r1, [r2, #8]!
    strd r0, r1, [r2], #-8
    ldrt r0, [r1, #4]
    ldrsb.w r0, [r1, r2, lsl #3]
    strh.w r0, [r1, r2, lsl #1]
    ldrsh r0, [r1], #2
    pld [r0, #8]
    pld [r0, r1, lsl #2]
    pli [r0]
    ldm r0!, {r1-r7, pc}
    ldmdb r0, {r4, r8, fp}
    stmdb sp!, {r1, r12, lr}
    stmia r0!, {r1, r2}
    push {r0-r7, lr}
    pop {r0, pc}
    mul r8, r1, r2
    mla r8, r1, r2, r3
    mls r8, r1, r2, r3
    smull r0, r1, r2, r3
    umull r0, r1, r2, r3
    smlal r0, r1, r2, r3
    umlal r0, r1, r2, r3
    umaal r0, r1, r2, r3
    smlald r0, r1, r2, r3
    smlalbt r0, r1, r2, r3
    smlsld r0, r1, r2, r3
    smulbb r0, r1, r2
    smlatt r0, r1, r2, r3
    smlawb r0, r1, r2, r3
    smuad r0, r1, r2
    smlad r0, r1, r2, r3
    smlsd r0, r1, r2, r3
    smmul r0, r1, r2
    smmlar r0, r1, r2, r3
    smmls r0, r1, r2, r3
    usad8 r0, r1, r2
    usada8 r0, r1, r2, r3
    sdiv r0, r1, r2
    udiv r0, r1, r2
    sxtb16 r0, r1, ror #8
    uxtab r0, r1, r2
    ssat r0, #8, r1, asr #3
    usat16 r0, #5, r1
    pkhbt r0, r1, r2, lsl #16
    sel r0, r1, r2
    qadd8 r0, r1, r2
    rbit r0, r1
    clz r0, r1
    bfi r0, r1, #3, #5
    ubfx r0, r1, #3, #5
    movw r0, #0x1234
    movt r0, #0x1234
    teq r0, r1
    it ne
    movne r0, #1
    cbz r0, 1f
    cbnz r0, 1f
1:  beq.w Reset_Handler
    b.w Reset_Handler
    bl Reset_Handler
    vldr s1, [r0, #4]
    vldr d1, [r0, #8]
    vstr s1, [sp]
    vstr d1, [sp]
    vldmia r0!, {s1-s7}
    vldmdb r0!, {d2-d4}
    vpush {d8-d15}
    vpop {s16}
    vstmia r0, {s0-s3}
    vmov r0, r1, d3
    vmov s4, s5, r0, r1
    vmov r0, s1
    vmov s1, r0
    vmov.f32 s0, #1.0
    vmov.f32 s0, s1
    vmrs apsr_nzcv, fpscr
    vmsr fpscr, r0
    vadd.f32 s0, s1, s2
    vsub.f32 s0, s1, s2
    vmul.f32 s0, s1, s2
    vnmul.f32 s0, s1, s2
    vmla.f32 s0, s1, s2
    vmls.f32 s0, s1, s2
    vnmla.f32 s0, s1, s2
    vnmls.f32 s0, s1, s2
    vfma.f32 s0, s1, s2
    vfms.f32 s0, s1, s2
    vfnma.f32 s0, s1, s2
    vfnms.f32 s0, s1, s2
    vdiv.f32 s0, s1, s2
    vsqrt.f32 s0, s1
    vabs.f32 s0, s1
    vneg.f32 s0, s1
    vcmp.f32 s0, s1
    vcmpe.f32 s0, #0
    vcvt.s32.f32 s0, s1
    vcvt.f32.u32 s0, s1
"""


def test_rare_instructions(tmp_path: Path) -> None:
    seen = check_program(assemble(RARE, load_board("mps2-an386"), tmp_path))
    assert set(Kind) <= set(seen), "every kind is tried"


def test_cut_off_code() -> None:
    """A wide instruction of which only the first half is there is still one instruction of four bytes."""
    assert [i.size_bytes for i in decode_all(b"\x00\xbf\x00\xf0")] == [2, 4]
    assert list(decode_all(b"")) == []

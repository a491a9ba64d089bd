"""The registers that the decoder finds are those that the assembler's own disassembler prints."""

import re
import subprocess
from pathlib import Path

import pytest
from support.arm_programs import SOURCES, assemble, compile_arm, need

from edgeopt.board import load_board
from edgeopt.simulate.operands import FLAGS, Form, Operands, names, operands, operands_of
from edgeopt.simulate.thumb import Kind, decode, decode_all

ALIASES = {"sl": "r10", "fp": "r11", "ip": "r12", "sp": "r13", "lr": "r14", "pc": "r15"}
REGISTER = re.compile(r"\b(r\d+|s\d+|d\d+|sl|fp|ip|sp|lr|pc)\b(?:-(r\d+|s\d+|d\d+|sl|fp|ip|sp|lr|pc)\b)?")
SPECIAL = {"flags", "ge", "fpflags"}
# Instructions whose first operand is not written, by mnemonic.
NO_RESULT = re.compile(
    r"(str|stm|stl|push|vst|vpush|cmp|cmn|tst|teq|b|bx|blx|bl|cb|tb|pld|pli|msr|vcmp|vmsr|ldm|pop|vldm|vpop)"
)


TARGET = re.compile(r"(?:^|, )[0-9a-f]+ *$")  # of a branch, which may look like a register
# The stack and calls, of which the condition of an IT block is cut off.
CONDITION = re.compile(r"^(push|pop|vpush|vpop|blx|bl)(?:eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)$")


def listed(text: str) -> set[str]:
    """The registers that an operand text names, ranges and doubles spelt out."""
    found: set[str] = set()
    for first, last in REGISTER.findall(text):
        first, last = ALIASES.get(first, first), ALIASES.get(last or first, last or first)
        kind = first[0]
        for number in range(int(first[1:]), int(last[1:]) + 1):
            found |= {f"s{2 * number}", f"s{2 * number + 1}"} if kind == "d" else {f"{kind}{number}"}
    return found


def found_registers(one: Operands) -> set[str]:
    return names(one.reads | one.writes) - SPECIAL


def check(mnemonic: str, text: str, one: Operands) -> None:
    base = CONDITION.sub(r"\1", mnemonic.partition(".")[0])
    expected = listed(text)
    implicit: set[str] = set()
    if base in ("push", "pop", "vpush", "vpop"):
        implicit = {"r13"}
    elif base in ("bl", "blx"):
        implicit = {"r14"}
    address = re.search(r"\[(pc)\b", text)
    if base == "adr" or (address and not text.startswith("pc")):
        expected -= {"r15"}
    if base in ("add", "addw", "subw") and "pc" in text and not text.startswith("pc"):
        expected -= {"r15"}
    if base.startswith("vmrs") and "APSR" in text:
        expected -= {"r15"}
    assert found_registers(one) == expected | implicit
    if not NO_RESULT.match(base) and expected:
        first = listed(text.partition(",")[0])
        assert first <= names(one.results), "the first operand is the result"
    if re.match(r"(ldm|pop|vldm|vpop)", base):
        assert listed(text[text.index("{") :]) <= names(one.results)
    if re.match(r"(str|stm|push|vst|vpush)", base) and "ex" not in base:
        data = text[text.index("{") :] if "{" in text else text.partition("[")[0]
        assert listed(data) <= names(one.stored)
    brackets = re.search(r"\[(.*?)\]", text)
    if brackets and base not in ("tbb", "tbh"):
        assert names(one.address) == listed(brackets[1]) - {"r15"}
        assert bool(one.updated) == ("]!" in text or "], " in text)
    if "!" in text and "{" in text and not listed(text.partition("!")[0]) & listed(text[text.index("{") :]):
        assert names(one.updated) == listed(text.partition("!")[0])
    if re.search(r", (lsl|lsr|asr|ror) #|, rrx", text) and not brackets and base[:3] not in ("sxt", "uxt"):
        assert one.form in (Form.SHIFTED, Form.SHIFT, Form.PACK, Form.SATURATE)
        assert one.shifted


def check_program(elf: Path) -> int:
    """Compares every instruction of `elf`; how many there were."""
    objdump = need("arm-none-eabi-objdump", "binutils-arm-none-eabi")
    listing = subprocess.run([objdump, "-d", "-z", str(elf)], capture_output=True, text=True, check=True).stdout
    count = 0
    for line in listing.splitlines():
        match = re.match(r" *[0-9a-f]+:\t([0-9a-f]{4})(?: ([0-9a-f]{4}))? *\t([a-z][\w.]*)\t?([^;@<]*)", line)
        if match is None or match[3] == "undefined" or match[1] == "46c0":  # the last is MOV r8, r8, shown as NOP
            continue
        instruction = decode(int(match[1], 16), int(match[2] or "0", 16))
        one = operands(instruction)
        count += 1
        try:
            text = (
                TARGET.sub("", match[4].strip()) if instruction.kind in (Kind.BRANCH, Kind.CALL) else match[4].strip()
            )
            check(match[3], text, one)
        except AssertionError as error:
            raise AssertionError(f"{line}: {one}: reads {names(one.reads)}, writes {names(one.writes)}") from error
    return count


# What test_thumb's programs lack, or what has registers where others have not.
MORE = """
Reset_Handler:
    rrx r0, r1
    mvn.w r0, r1, lsl #3
    orn r0, r1, r2, lsr #3
    tst.w r0, r1, ror #5
    teq r0, #0x1fc0
    cmn.w r0, r1, asr #2
    adc.w r0, r1, r2
    sbc.w r0, r1, #0xff00ff00
    rsb r0, r1, r2, lsl #1
    addw r0, r1, #0xff9
    subw sp, sp, #0x123
    lsl.w r0, r1, r2
    rors r0, r1
    mvns r0, r1
    rsbs r0, r1, #0
    muls r0, r1, r0
    cmp r8, r1
    mov r8, sp
    blx r9
    bx lr
    sxtah r0, r1, r2, ror #16
    uxtb16 r8, r9
    pkhtb r0, r1, r2, asr #4
    qdsub r0, r1, r2
    uqadd8 r0, r1, r2
    uhsub16 r0, r1, r2
    revsh r0, r1
    rev16.w r8, r1
    bfc r0, #3, #5
    sbfx r0, r1, #3, #5
    usat r0, #5, r1, lsl #3
    ssat16 r0, #5, r1
    smlsldx r0, r1, r2, r3
    smlawt r0, r1, r2, r3
    smulwb r0, r1, r2
    ldrsh.w r0, [r1, #-8]!
    strb.w r0, [r1], #-8
    ldrd r8, r9, [r10], #16
    strd r8, r9, [r10, #-16]!
    stlex r0, r2, [r1]
    ldaexb r0, [r1]
    stlh r0, [r1]
    lda r0, [r1]
    strexb r0, r2, [r1]
    msr basepri, r8
    mrs r9, control
    tt r0, r1
    vldr d3, [r1, #-8]
    vstr s31, [r1, #8]
    vldmdb r8!, {s29-s31}
    vstmia r8!, {d4-d7}
    vmov s30, s31, r8, r9
    vmov r8, r9, d7
    vnmul.f32 s30, s29, s28
    vfnma.f32 s30, s29, s28
    vcvt.f32.s32 s30, s29
    vcvtr.u32.f32 s30, s29
    vcvtb.f32.f16 s30, s29
    vcvt.f32.s16 s30, s30, #4
    vcmp.f32 s30, #0
    vsqrt.f32 s30, s29
    vselgt.f32 s30, s29, s28
    vmaxnm.f32 s30, s29, s28
    vrintz.f32 s30, s29
    vrintm.f32 s30, s29
    vcvta.u32.f32 s30, s29
    vmrs r8, fpscr
    vmsr fpscr, r8
"""


def test_rare_instructions(tmp_path: Path) -> None:
    assert check_program(assemble(MORE, load_board("mps2-an505"), tmp_path)) >= len(MORE.splitlines()) - 2


@pytest.mark.parametrize("board", ["nucleo-g071rb", "mps2-an385", "mps2-an386", "mps2-an505", "mps2-an500"])
@pytest.mark.parametrize("optimization", ["-O0", "-O3", "-Os"])
def test_compiled_code(board: str, optimization: str, tmp_path: Path) -> None:
    elf = compile_arm(SOURCES / "mixed_work.c", load_board(board), tmp_path / "mixed.elf", optimization)
    assert check_program(elf) > 2000


def of(*halfwords: int) -> Operands:
    return operands(next(decode_all(b"".join(half.to_bytes(2, "little") for half in halfwords))))


def test_what_each_operand_is_for() -> None:
    """By machine code, so that it runs without an assembler."""
    smlald = of(0xFBC2, 0x01C3)  # smlald r0, r1, r2, r3
    assert (names(smlald.plain), names(smlald.accumulator)) == ({"r2", "r3"}, {"r0", "r1"})
    assert names(smlald.results) == {"r0", "r1"}
    uxtab = of(0xFA51, 0xF082)  # uxtab r0, r1, r2
    assert (uxtab.form, names(uxtab.accumulator), names(uxtab.shifted)) == (Form.EXTEND_ADD, {"r1"}, {"r2"})
    eor = of(0xEA81, 0x50B2)  # eor.w r0, r1, r2, ror #22
    assert (eor.form, names(eor.plain), names(eor.shifted)) == (Form.SHIFTED, {"r1"}, {"r2"})
    assert of(0xEB01, 0x0082).shift_left and not eor.shift_left  # add.w r0, r1, r2, lsl #2
    ldr = of(0xF851, 0x0B04)  # ldr.w r0, [r1], #4
    assert (names(ldr.address), names(ldr.results), names(ldr.updated)) == ({"r1"}, {"r0"}, {"r1"})
    assert ldr.place == (1, 0) and ldr.access_bytes == 4
    assert of(0x784A).place == (1, 1) and of(0x784A).access_bytes == 1  # ldrb r2, [r1, #1]
    assert of(0xF481, 0x50FE).form is Form.ROTATED  # eor r0, r1, #0x1fc0
    assert of(0xF081, 0x10FF).form is Form.LOGIC  # eor r0, r1, #0x00ff00ff
    assert of(0xF101, 0x0001).form is Form.PLAIN  # add.w r0, r1, #1
    assert names(of(0xFAA1, 0xF082).reads) == {"r1", "r2", "ge"}  # sel r0, r1, r2
    assert names(of(0xFA81, 0xF002).writes) == {"r0", "ge"}  # sadd8 r0, r1, r2
    assert names(of(0xEEF1, 0xFA10).writes) == {"flags"}  # vmrs apsr_nzcv, fpscr


def test_it_blocks() -> None:
    """In an IT block short instructions leave the flags alone, unless they are comparisons; all read them."""
    code = "0844 0cbf 0844 8842 0844".split()  # add r0, r1 / ite eq / addseq.. / cmpne r0, r1 / adds
    block = tuple(decode_all(b"".join(bytes.fromhex(one) for one in code)))
    assert [one.form is Form.IF_THEN for one in operands_of(block)] == [False, True, False, False, False]
    short = tuple(decode_all(bytes.fromhex("0cbf 0130 8842 0130")))  # ite eq / adds r0, #1 / cmp r0, r1 / adds r0, #1
    if_then, first, second, behind = operands_of(short)
    assert if_then.plain == FLAGS
    assert not first.results & FLAGS and first.plain & FLAGS and first.conditional
    assert second.results == FLAGS and second.plain & FLAGS
    assert behind.results & FLAGS and not behind.plain & FLAGS and not behind.conditional

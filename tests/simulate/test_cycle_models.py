"""Cycles of short sequences, counted by hand from the Technical Reference Manuals' tables."""

from pathlib import Path

import pytest
from support.arm_programs import assemble

from benchmarks.published_rules import PublishedM4
from edgeopt.board import load_board
from edgeopt.firmware.cores import CORES
from edgeopt.simulate import VirtualBoard, cycle_model, run_foreign
from edgeopt.simulate.cycle_models.cortex_m4 import CortexM4
from edgeopt.simulate.thumb import Instruction, Kind, decode_all

# Each line: instruction // its cycles. A section is from `first` to the branch into `second`, both included.
CORTEX_M4 = """
    movs r0, #1             // 1
    ldr r1, [r4]            // 2
    ldr r2, [r4, #4]        // 1  directly after a load
    str r2, [r4, #8]        // 1
    ldrb r2, [r4, r0]       // 2  nothing is pipelined behind a store
    adds r2, r2, r1         // 1
    strb r2, [r4, r0]       // 2  with a register offset
    strb r2, [r4, r0]       // 2  nor is this
    ldr r1, [r4]            // 2
    strb r2, [r4, r0]       // 1  directly after a load
    mul r2, r1, r0          // 1
    smull r2, r3, r1, r0    // 1
    smlad r2, r1, r0, r2    // 1
    sdiv r2, r1, r0         // 6
    ldrd r2, r3, [r4]       // 3
    ldr r1, [r4]            // 2  not after LDRD
    push {r0-r3}            // 5
    pop {r0-r3}             // 5
    ldmia r4, {r1, r2}      // 3
    vldr s0, [r4]           // 2
    vldr s1, [r4]           // 1
    vldr d1, [r4]           // 3
    vadd.f32 s0, s0, s1     // 1
    vmla.f32 s0, s2, s1     // 3  what is added to is needed late (table 7-1, notes)
    vmla.f32 s0, s0, s1     // 4  waits for a factor
    vdiv.f32 s3, s0, s1     // 15 waits for s0
    vmov s0, r0             // 2
    vmov r0, s0             // 2
    vstr s0, [r4]           // 2
    movs r0, #1             // 1
    vpush {d8-d9}           // 5
    vpop {d8-d9}            // 5
    adds r5, r4, #0         // 1
    ldr r1, [r5]            // 3  its address comes from the data-processing instruction before it
    mov r5, r4              // 1
    str r1, [r5]            // 2  so does this
    mov r5, r4              // 1
    push {r1}               // 2  but not that
    pop {r1}                // 2
    str r4, [r4]            // 1
    ldr r5, [r4]            // 2
    ldr r1, [r5]            // 2  its address is what the load before loads
    ldrex r1, [r4]          // 1  as a load
    strex r2, r1, [r4]      // 1  as a load
    isb                     // 2  1 and a refill
    movs r5, #0             // 1
    cmp r0, r0              // 1
    bne 1f                  // 1  not taken
    beq 1f                  // 2  taken: 1 + 1
    .inst.n 0xde00          // never reached
1:  cbz r5, 2f              // 2
    nop                     // never reached
2:  it eq                   // 1  the first of its block
    moveq r0, #0            // 1
    adds.w r0, r0, #0       // 1
    it eq                   // 1  behind a wide instruction
    moveq r0, #0            // 1
    it eq                   // 0  folded onto a short instruction (table 3-1, note d)
    moveq r0, #0            // 1
    bl 3f                   // 2
    b 4f                    // 2
3:  bx lr                   // 3  the target is in a register
4:  push {r4, lr}           // 3
    adr r4, 5f + 1          // 1
    push {r4}               // 2
    pop {pc}                // 4  1 + 1 word, and the target comes from memory
    nop                     // never reached
    .balign 4
5:  pop {r4, lr}            // 3
    b second                // 2
"""

CORTEX_M3 = """
    mul r2, r1, r0          // 1
    mla r2, r1, r0, r2      // 2
    umull r2, r3, r1, r0    // 5
    smlal r2, r3, r1, r0    // 7
    ldr r1, [r4]            // 2
    ldr r1, [r4]            // 1
    mov r2, r4              // 1
    mov r3, r4              // 1
    ldr r1, [r2], #4        // 2
    ldr r1, [r3], #4        // 2  with a base update, not pipelined
    ldr r1, [r4]            // 1
    b second                // 2
"""

CORTEX_M0PLUS = """
    movs r0, #0             // 1
    muls r1, r0             // 1
    ldr r1, [r4]            // 2
    ldr r2, [r4, #4]        // 2
    strb r2, [r4, r0]       // 2
    stm r4!, {r1, r2}       // 3
    push {r0-r3}            // 5
    pop {r0-r3}             // 5
    dsb                     // 3
    mrs r0, primask         // 3
    cmp r0, r0              // 1
    bne 1f                  // 1
    beq 1f                  // 2
    nop                     // never reached
1:  bl 3f                   // 3
    b second                // 2
3:  push {r4, lr}           // 3
    pop {r4, pc}            // 5  3 + 2 words
"""


def hand_count(text: str) -> tuple[int, int]:
    """Instructions and cycles as the comments say."""
    cycles = [
        int(note.split()[0]) for note in (line.partition("//")[2] for line in text.splitlines()) if note[1:2].isdigit()
    ]
    return len(cycles), sum(cycles)


@pytest.mark.parametrize(
    "name, code", [("mps2-an386", CORTEX_M4), ("mps2-an385", CORTEX_M3), ("nucleo-g071rb", CORTEX_M0PLUS)]
)
def test_sequence(name: str, code: str, tmp_path: Path) -> None:
    board = load_board(name)
    text = f"""
    .type first, %function
    .type second, %function
Reset_Handler:
    ldr r4, =0x20000000
    movs r0, #0
    movs r5, #0
    b first
second:
    b .
    .pool
first: {code}
"""
    run = run_foreign(assemble(text, board, tmp_path), board, between=("first", "second"), ideal_memory=True)
    instructions, cycles = hand_count(code)
    [section] = run.sections
    assert section.profile.total.instructions == instructions
    assert section.profile.total.cycles == cycles


def test_cores_without_a_documented_model() -> None:
    with_model = {"cortex-m0plus", "cortex-m3", "cortex-m4f", "cortex-m7f", "cortex-m33f"}
    assert {core for core in CORES if cycle_model(core) is not None} == with_model


def block(code: str) -> tuple[Instruction, ...]:
    return tuple(decode_all(bytes.fromhex(code)))


def test_refill_of_the_cortex_m4() -> None:
    """Table 3-1's P of 1 to 3: by width and alignment of the target, and whether its address is known early."""
    model = CortexM4()
    narrow, wide = block("00bf")[0], block("aff30080")[0]  # NOP, NOP.W
    for branch, least in ("fee7", 1), ("fed0", 1), ("7047", 2), ("00bd", 2):  # B, BEQ; BX lr, POP {pc}
        assert model.taken_cycles(block(branch), 0x100, narrow) == least
        assert model.taken_cycles(block(branch), 0x102, narrow) == least
        assert model.taken_cycles(block(branch), 0x100, wide) == least
        assert model.taken_cycles(block(branch), 0x102, wide) == least + 1
        assert model.taken_cycles(block(branch), 0x102) == least, "nothing is known of the target"


# Machine code, its cycles by table 3-1 of DDI 0484C (taken, for branches), what it says.
CORTEX_M0PLUS_TABLE = [
    ("c0b2", 1, "uxtb r0, r0"),
    ("4843", 1, "muls r0, r1"),
    ("0148", 2, "ldr r0, [pc, #4]"),
    ("0850", 2, "str r0, [r1, r0]"),
    ("07c9", 4, "ldmia r1!, {r0-r2}"),
    ("07b4", 4, "push {r0-r2}"),
    ("07bd", 7, "pop {r0-r2, pc}: 3 + N with the PC among the N"),
    ("fed0", 2, "beq, taken"),
    ("fee7", 2, "b"),
    ("fff7feff", 3, "bl"),
    ("7047", 2, "bx lr"),
    ("8847", 2, "blx r1"),
    ("8f46", 2, "mov pc, r1"),
    ("8f44", 2, "add pc, r1"),
    ("eff31080", 3, "mrs r0, primask"),
    ("80f31088", 3, "msr primask, r0"),
    ("72b6", 1, "cpsid i"),
    ("bff34f8f", 3, "dsb"),
    ("bff36f8f", 3, "isb"),
    ("30bf", 2, "wfi"),
    ("40bf", 1, "sev"),
    ("00bf", 1, "nop"),
]


@pytest.mark.parametrize("code, cycles, text", CORTEX_M0PLUS_TABLE)
def test_table_of_the_cortex_m0plus(code: str, cycles: int, text: str) -> None:
    model = cycle_model("cortex-m0plus")
    assert model is not None
    one = block(code)
    goes = one[0].writes_pc or one[0].kind in (Kind.BRANCH, Kind.CALL, Kind.BRANCH_REGISTER)
    assert model.block_cycles(0, one) + (model.taken_cycles(one, 0) if goes else 0) == cycles, text


def test_published_rules_leave_out_what_the_manual_says_of_the_cortex_m4() -> None:
    """The peers' figures were counted by these: refill 2, IT 1, loads and stores pipelined behind any other."""
    model = PublishedM4()
    # ldr r1, [r4]; ldr r1, [r1]; str r1, [r4]; ldrb r2, [r4, r0]; adds r5, r4, #0; ldr r1, [r5]; nop; it eq; mov r0, r1
    code = block("2168 0968 2160 225c 251c 2968 00bf 08bf 0846")
    assert model.block_cycles(0, code) == 2 + 1 + 1 + 1 + 1 + 2 + 1 + 1 + 1
    assert CortexM4().block_cycles(0, code) == 2 + 2 + 1 + 2 + 1 + 3 + 1 + 0 + 1
    assert model.taken_cycles(block("7047"), 0x102, block("aff30080")[0]) == 2


def test_only_the_cortex_m7_predicts_branches() -> None:
    found = {core: model.mispredicted_cycles for core in CORES if (model := cycle_model(core)) is not None}
    assert found == {"cortex-m0plus": 0, "cortex-m3": 0, "cortex-m4f": 0, "cortex-m7f": 8, "cortex-m33f": 0}


def test_unaligned_accesses_cost_more_where_they_do_not_fault() -> None:
    found = {core: model.unaligned_cycles for core in CORES if (model := cycle_model(core)) is not None}
    assert found == {"cortex-m0plus": 0, "cortex-m3": 1, "cortex-m4f": 1, "cortex-m7f": 3, "cortex-m33f": 1}


TIMED = """
Reset_Handler:
    bl set_up
    bl now
    mov r5, r0
    movs r1, #100
1:  subs r1, #1         // 100 times 1
    bne 1b              // 99 times 2, once 1
    bl now
    subs r0, r0, r5
    ldr r1, =0x20000000
    str r0, [r1]
    b .
    .pool
"""

CLOCKS = {
    "dwt": ("ldr r0, =0xE0001000; ldr r1, [r0]; orr r1, #1; str r1, [r0]", "ldr r0, =0xE0001004; ldr r0, [r0]"),
    "systick": (
        "ldr r0, =0xE000E010; ldr r1, =0xFFFFFF; str r1, [r0, #4]; str r1, [r0, #8]; movs r1, #5; str r1, [r0]",
        "ldr r0, =0xE000E018; ldr r0, [r0]; rsb r0, #0",
    ),
    "cmsdk_timer": (
        "ldr r0, =0x40000000; mov r1, #-1; str r1, [r0, #8]; str r1, [r0, #4]; movs r1, #1; str r1, [r0]",
        "ldr r0, =0x40000004; ldr r0, [r0]; rsb r0, #0",
    ),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_timers_show_simulated_cycles(clock: str, tmp_path: Path) -> None:
    """The loop takes 100 + 99 * 2 + 1 cycles; reading the clock, what is around the loop, the same each time."""
    set_up, now = CLOCKS[clock]
    board = load_board("mps2-an386")
    results = []
    for turns in (100, 200):
        text = TIMED.replace("#100", f"#{turns}")
        text += f".type now, %function\nset_up: {set_up}\nbx lr\n.pool\nnow: {now}\nbx lr\n.pool\n"
        virtual = VirtualBoard(assemble(text, board, tmp_path), board)
        assert virtual.read(1.0) == b""
        assert virtual.ending.startswith("loops for ever")
        results.append(int.from_bytes(virtual.read_memory(0x2000_0000, 4), "little"))
    assert results[1] - results[0] == 100 * 3
    assert 100 * 3 - 2 <= results[0] <= 100 * 3 + 20

"""Cycles of short sequences, counted by hand from the Technical Reference Manuals' tables."""

from pathlib import Path

import pytest
from support.arm_programs import assemble

from edgeopt.board import load_board
from edgeopt.firmware.cores import CORES
from edgeopt.simulate import VirtualBoard, cycle_model, run_foreign

# Each line: instruction // its cycles. A section is from `first` to the branch into `second`, both included.
CORTEX_M4 = """
    movs r0, #1             // 1
    ldr r1, [r4]            // 2
    ldr r2, [r4, #4]        // 1  directly after a load
    str r2, [r4, #8]        // 1
    ldrb r2, [r4, r0]       // 1  directly after a store
    adds r2, r2, r1         // 1
    strb r2, [r4, r0]       // 2  with a register offset
    strb r2, [r4, r0]       // 1  and directly after a store
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
    vmla.f32 s0, s0, s1     // 3
    vdiv.f32 s0, s0, s1     // 14
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
    ldr r5, [r4]            // 1
    ldr r1, [r5]            // 2  its address is what the load before loads
    ldrex r1, [r4]          // 1  as a load
    strex r2, r1, [r4]      // 1  as a load
    isb                     // 3  1 and a refill
    movs r5, #0             // 1
    cmp r0, r0              // 1
    bne 1f                  // 1  not taken
    beq 1f                  // 3  taken: 1 + 2
    .inst.n 0xde00          // never reached
1:  cbz r5, 2f              // 3
    nop                     // never reached
2:  it eq                   // 1  the first of its block
    moveq r0, #0            // 1
    adds.w r0, r0, #0       // 1
    it eq                   // 1  behind a wide instruction
    moveq r0, #0            // 1
    it eq                   // 0  folded onto a short instruction (table 3-1, note d)
    moveq r0, #0            // 1
    bl 3f                   // 3
    b 4f                    // 3
3:  bx lr                   // 3
4:  b second                // 3
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
    b second                // 3
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
    bne 1b              // 99 times 3, once 1
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
    """The loop takes 100 + 99 * 3 + 1 cycles; reading the clock, what is around the loop, the same each time."""
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
    assert results[1] - results[0] == 100 * 4
    assert 100 * 4 - 2 <= results[0] <= 100 * 4 + 20

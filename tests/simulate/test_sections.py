"""Sections and layers: what lies between the marks and nothing else, held against QEMU's counts of the same code."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from support.arm_programs import SOURCES, assemble, compile_arm, counted_board, qemu_count

from edgeopt.board import FlashTiming, load_board
from edgeopt.simulate import Profile, SectionRun, VirtualBoard, run_foreign

MARKS = ("eo_mark_begin", "eo_mark_layer", "eo_mark_end")


def test_layers_of_a_compiled_program(tmp_path: Path) -> None:
    """Each function is called in one layer only, so QEMU's counts by function are those of the layers."""
    board, machine = counted_board("cortex-m4f")
    elf = compile_arm(SOURCES / "mixed_work.c", board, tmp_path / "mixed.elf", "-O1")
    run = run_foreign(elf, board)
    assert [len(section.layers) for section in run.sections] == [3, 3, 3]
    assert [[layer.layer for layer in section.layers] for section in run.sections] == [[0, 1, 2]] * 3

    by_function: Counter[str] = Counter()
    image = VirtualBoard(elf, board).image
    for address, size, executions, _ in qemu_count(elf, machine, tmp_path).blocks:
        by_function[image.function_at(address)] += size * executions
    for layer, names in enumerate((["convolve"], ["divide", "floats"], ["fibonacci", "dispatch", "straight"])):
        profiles = [section.layers[layer].profile for section in run.sections]
        for name in names:
            assert sum(profile.functions[name].instructions for profile in profiles) == by_function[name]
        others = set().union(*(profile.functions for profile in profiles)) - set(names)
        assert not others & {"convolve", "divide", "floats", "fibonacci", "dispatch", "straight", *MARKS}
    for section in run.sections:
        assert not set(MARKS) & set(section.profile.functions)
        inside = sum(layer.profile.total.instructions for layer in section.layers)
        assert 0 < section.profile.total.instructions - inside < 20, "the calls of the marks themselves"
    whole = run.profile.functions
    assert {name: whole[name].instructions for name in MARKS} == {name: by_function[name] for name in MARKS}


MARKED = """
    .type eo_mark_begin, %function
    .type eo_mark_end, %function
    .type eo_mark_layer, %function
    .type eo_mark_hook, %function
    .type clock, %function
Reset_Handler:
    bl eo_mark_begin
    nop                     // 1: before the first layer
    movs r1, #0
    bl eo_mark_hook         // 3 with the two around it
    nop                     // layer 0: 2 instructions, and the 2 of the next mark
    nop
    movs r1, #1
    bl eo_mark_hook
    movs r1, #2             // layer 1: 2
    bl eo_mark_hook
    nop                     // behind the last layer: 2 with the call of the end
    bl eo_mark_end
    bl eo_mark_begin        // a second, empty run
    bl eo_mark_end
    b .
eo_mark_hook:
    push {r4, lr}
    bl clock                // what the hook calls is no layer's
    mov r0, r1
    bl eo_mark_layer
    bl clock
    pop {r4, pc}
clock:
    movs r4, #50
1:  subs r4, #1
    bne 1b
    bx lr
eo_mark_begin: bx lr
eo_mark_end: bx lr
eo_mark_layer: bx lr
"""


def test_marks_and_their_hook_are_in_no_section(tmp_path: Path) -> None:
    board = load_board("mps2-an386")
    run = run_foreign(assemble(MARKED, board, tmp_path), board)
    first, second = run.sections
    assert [(layer.layer, layer.profile.total.instructions) for layer in first.layers] == [(0, 4), (1, 2)]
    # 4 cycles and the refill of the call; 2 and its refill.
    assert [layer.profile.total.cycles for layer in first.layers] == [5, 3]
    assert first.profile.total.instructions == 3 + 4 + 2 + 2
    assert (second.profile.total.instructions, second.layers) == (1, ())
    assert run.profile.functions["clock"].instructions == 6 * (1 + 100 + 1)


def test_stalls_belong_to_the_layer_that_waits(tmp_path: Path) -> None:
    """Layers and what is outside of them are the section; the marks' own waits are nobody's."""
    board = load_board("nucleo-l4r5zi")
    elf = assemble(MARKED, board, tmp_path)
    timed, ideal = run_foreign(elf, board), run_foreign(elf, board, ideal_memory=True)
    for section, free in zip(timed.sections, ideal.sections, strict=True):
        total = section.profile.total
        assert total.cycles == (free.profile.total.cycles or 0) + (total.stalls or 0)
        assert total.instructions == free.profile.total.instructions
        for layer, other in zip(section.layers, free.layers, strict=True):
            counts = layer.profile.total
            assert counts.cycles == (other.profile.total.cycles or 0) + (counts.stalls or 0)
        assert sum(layer.profile.total.stalls or 0 for layer in section.layers) <= (total.stalls or 0)
        assert not {"clock", *MARKS} & set(section.profile.functions)
    waited = sum(section.profile.total.stalls or 0 for section in timed.sections)
    assert 0 < waited < (timed.profile.total.stalls or 0)


CALLED = """
    .type work, %function
    .type done, %function
Reset_Handler:
    movs r5, #3
1:  bl work
    bl done
    subs r5, #1
    bne 1b
    b .
work:
    nop
    nop
    bx lr
done:
    bx lr
"""


def test_between_any_two_functions(tmp_path: Path) -> None:
    board = load_board("nucleo-g071rb")
    elf = assemble(CALLED, board, tmp_path)
    run = run_foreign(elf, board, between=("work", "done"))
    assert [section.profile.total.instructions for section in run.sections] == [4, 4, 4]  # work, and the call of done
    assert run.sections[0].profile.functions["work"].instructions == 3
    rounds = run_foreign(elf, board, between=("work", "work"))
    assert [section.profile.total.instructions for section in rounds.sections] == [8, 8]


WIDE_ACROSS_PAGES = """
Reset_Handler:
    movs r5, #7
    movs r6, #0
1:  .rept 509
    adds r6, #1
    .endr
    movw r7, #0x1234        // its halves lie in two pages of 1 KiB
    adds r6, #1
    it eq                   // and so do these
    moveq r6, #0
    .rept 503
    adds r6, #1
    .endr
    it ne
    movne.w r6, r6
    subs r5, #1
    beq 2f
    b.w 1b
2:  movs r0, #0x18
    ldr r1, =0x20026
    bkpt 0xab
    .pool
"""


def test_instructions_across_pages(tmp_path: Path) -> None:
    for core in ("cortex-m3", "cortex-m4f", "cortex-m33f"):
        board, machine = counted_board(core)
        for shift in range(4):
            text = WIDE_ACROSS_PAGES.replace("movs r5, #7", "movs r5, #7\n" + "nop\n" * shift)
            elf = assemble(text, board, tmp_path)
            expected = qemu_count(elf, machine, tmp_path)
            total = run_foreign(elf, board).profile.total
            assert (total.instructions, total.taken_branches) == (expected.instructions, expected.taken_branches)


WORKING = """
    .type eo_mark_begin, %function
    .type eo_mark_end, %function
    .type eo_mark_layer, %function
    .type eo_mark_hook, %function
    .type work, %function
Reset_Handler:
    movs r7, #3
1:  bl eo_mark_begin
    movs r0, #0
    bl eo_mark_hook
    bl work
    movs r0, #1
    bl eo_mark_hook
    bl work
    bl work
    movs r0, #2
    bl eo_mark_layer
    bl eo_mark_end
    subs r7, #1
    bne 1b
    movs r0, #0x18
    ldr r1, =0x20026
    bkpt 0xab
    .pool
    .space 120
eo_mark_begin: nop
    bx lr
eo_mark_hook: push {r4, lr}
    bl eo_mark_layer
    pop {r4, pc}
    .space 20
eo_mark_layer: bx lr
eo_mark_end: bx lr
    .space 400
work: push {r4, r5, r6, lr}
    movs r5, #13
    mov r6, sp
    subs r6, #64
2:  ldr r4, =0x12345678     // a branch in it goes both ways, and literals and RAM are read
    lsrs r3, r5, #1
    bcc 3f
    str r4, [r6]
    ldr r4, [r6]
    ldr r4, =0x22345678
3:  subs r5, #1
    bne 2b
    pop {r4, r5, r6, pc}
    .pool
"""
CACHED = FlashTiming(5, 8, True, 8, 64, 32, False, 0, "unverified", "a test")
SHARED = FlashTiming(5, 8, False, 32, 128, 64, True, 2, "unverified", "a test")
BARE = FlashTiming(20, 16, True, 0, 0, 0, False, 0, "unverified", "a test")


def profiles(sections: tuple[SectionRun, ...]) -> list[Profile]:
    return [profile for one in sections for profile in (one.profile, *(layer.profile for layer in one.layers))]


@pytest.mark.parametrize("flash", [CACHED, SHARED, BARE], ids=["cached", "shared", "bare"])
@pytest.mark.parametrize("name", ["nucleo-l4r5zi", "nucleo-g071rb", "mps2-an500", "mps2-an505"])
def test_each_section_layer_and_function_takes_its_own_stalls_more(
    name: str, flash: FlashTiming, tmp_path: Path
) -> None:
    """Cycles are those of memory that answers at once and the stalls, in every part of what is counted."""
    board = replace(load_board(name), flash_timing=flash)
    elf = assemble(WORKING, board, tmp_path)
    ideal, timed = run_foreign(elf, board, ideal_memory=True), run_foreign(elf, board)
    assert len(timed.sections) == 3 and [layer.layer for layer in timed.sections[0].layers] == [0, 1]
    pairs = zip((ideal.profile, *profiles(ideal.sections)), (timed.profile, *profiles(timed.sections)), strict=True)
    for quick, slow in pairs:
        rows = [(quick.total, slow.total)]
        rows += [(quick.functions[function], row) for function, row in slow.functions.items()]
        rows += [(quick.paths[path], row) for path, row in slow.paths.items()]
        for free, waited in rows:
            assert free.cycles is not None and waited.stalls is not None
            assert (free.instructions, free.cycles + waited.stalls) == (waited.instructions, waited.cycles)
    for section in timed.sections:
        inside = [layer.profile.total.stalls or 0 for layer in section.layers]
        assert sum(inside) <= (section.profile.total.stalls or 0)
        assert not set(MARKS) & set(section.profile.functions)
    assert (timed.sections[0].profile.total.stalls or 0) > 0

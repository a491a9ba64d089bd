"""Sections and layers: what lies between the marks and nothing else, held against QEMU's counts of the same code."""

from collections import Counter
from pathlib import Path

from support.arm_programs import SOURCES, assemble, compile_arm, counted_board, qemu_count

from edgeopt.board import load_board
from edgeopt.simulate import VirtualBoard, run_foreign

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

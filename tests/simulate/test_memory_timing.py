"""Prefetch, caches before flash and wait states against sequences computed by hand."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support.arm_programs import assemble

from edgeopt.board import Board, FlashTiming, Region, load_board
from edgeopt.simulate import describe_memory, run_foreign
from edgeopt.simulate.code import Code
from edgeopt.simulate.memory_timing.cache import Cache
from edgeopt.simulate.memory_timing.flash import Flash
from edgeopt.simulate.memory_timing.ram import Ram

NOWHERE = Code(0, 0, "", (), 0)


def timing(
    wait_states: int = 5,
    access_bytes: int = 8,
    prefetch: bool = False,
    line: int = 0,
    icache: int = 0,
    dcache: int = 0,
    unified: bool = False,
    ways: int = 0,
) -> FlashTiming:
    return FlashTiming(wait_states, access_bytes, prefetch, line, icache, dcache, unified, ways, "unverified", "a test")


def code(flash: Flash, *units: tuple[int, int]) -> Code:
    """Code in the given units, with the cycle at which the core needs each."""
    made = Code(units[0][0] * flash.unit_bytes, 0, "f", (), 0)
    flash.place(made, units)
    return made


# Instructions


def test_without_anything_each_unit_waits_in_full() -> None:
    flash = Flash(timing())
    straight = code(flash, (10, 0), (11, 4), (12, 8))
    assert flash.fetch(straight, NOWHERE, 0, 100) == 15
    assert not straight.hot
    assert flash.fetch(straight, NOWHERE, 0, 200) == 15


def test_prefetch_hides_what_the_core_spends_on_the_unit_before() -> None:
    for spent, waits in ((1, 5), (2, 4), (4, 2), (5, 1), (6, 0), (9, 0)):
        flash = Flash(timing(prefetch=True))
        straight = code(flash, (10, 0), (11, spent), (12, 2 * spent))
        assert flash.fetch(straight, NOWHERE, 0, 100) == 5 + 2 * waits


def test_code_that_goes_on_in_the_next_unit_finds_it_prefetched() -> None:
    flash = Flash(timing(prefetch=True))
    first, second, same = code(flash, (10, 0)), code(flash, (11, 0)), code(flash, (10, 0))
    assert flash.fetch(first, NOWHERE, 0, 100) == 5  # until 105
    assert flash.fetch(second, first, 4, 109) == 2
    flash = Flash(timing(prefetch=True))
    assert flash.fetch(first, NOWHERE, 0, 100) == 5
    assert flash.fetch(same, first, 4, 109) == 0  # in the buffer


def test_a_jump_waits_for_the_prefetch_that_is_under_way() -> None:
    flash = Flash(timing(prefetch=True))
    first, far = code(flash, (10, 0)), code(flash, (20, 0))
    flash.fetch(first, NOWHERE, 0, 100)
    # Unit 11 is read from 106 to 112; the jump comes at 109.
    assert flash.fetch(far, first, 4, 109) == 5 + (112 - 109)
    flash = Flash(timing())
    flash.fetch(first, NOWHERE, 0, 100)
    assert flash.fetch(far, first, 4, 109) == 5


def test_code_in_the_cache_is_hot_until_it_goes() -> None:
    flash = Flash(timing(line=8, icache=16))
    loop, other = code(flash, (10, 0), (11, 4)), code(flash, (30, 0))
    assert flash.fetch(loop, NOWHERE, 0, 100) == 10
    assert loop.hot
    assert flash.fetch(other, loop, 4, 120) == 5  # takes the place of unit 10, the first that was used
    assert not loop.hot
    assert flash.fetch(loop, other, 4, 140) == 5 + 5  # 10 in the place of 11, then 11 in that of 30
    assert loop.hot and not other.hot


def test_what_the_prefetch_brings_in_time_is_not_kept() -> None:
    flash = Flash(timing(line=8, icache=64, prefetch=True))
    slow = code(flash, (10, 0), (11, 9))
    assert flash.fetch(slow, NOWHERE, 0, 100) == 5
    assert not slow.hot
    assert flash.fetch(slow, NOWHERE, 0, 200) == 0  # 10 is kept, as it was waited for; 11 comes in time again
    quick = code(flash, (20, 0), (21, 2))
    assert flash.fetch(quick, NOWHERE, 0, 300) == 5 + 4
    assert quick.hot


def test_a_line_is_filled_behind_the_unit_that_was_asked_for() -> None:
    flash = Flash(timing(access_bytes=8, line=32, icache=1024))
    # The line of units 8 to 11 is asked for at 9: ready at 106, 10 at 112, 11 at 118, 8 at 124.
    entry, start = code(flash, (9, 0), (10, 2), (11, 4)), code(flash, (8, 0))
    assert flash.fetch(entry, NOWHERE, 0, 100) == 5 + 4 + 4
    assert not entry.hot, "unit 8 is on its way"
    assert flash.fetch(start, entry, 2, 119) == 124 - 119 - 1
    assert flash.fetch(entry, start, 2, 130) == 0
    assert entry.hot


# Data


def test_reads_without_a_cache_wait_but_in_the_unit_read_last() -> None:
    flash = Flash(timing(wait_states=2, access_bytes=8))
    assert [flash.read(address, 4, 100 + 10 * i) for i, address in enumerate((0, 4, 8, 0, 6))] == [2, 0, 2, 2, 2]


def test_a_read_across_two_units_waits_for_both() -> None:
    flash = Flash(timing(wait_states=2, access_bytes=8))
    assert flash.read(6, 4, 100) == 4
    assert flash.read(8, 4, 200) == 0


def test_data_cache() -> None:
    flash = Flash(timing(line=16, dcache=32, access_bytes=16))
    assert [flash.read(address, 4, 100 * i) for i, address in enumerate((0, 16, 0, 32, 0, 16))] == [5, 5, 0, 5, 0, 5]


def test_instructions_and_data_share_a_unified_cache() -> None:
    flash = Flash(timing(wait_states=55, line=8, icache=16, unified=True, ways=2))
    loop = code(flash, (10, 0))
    assert flash.fetch(loop, NOWHERE, 0, 100) == 55
    assert flash.read(80, 4, 200) == 0, "a literal beside the code"
    assert loop.hot
    assert flash.read(160, 4, 300) == 55
    assert flash.read(240, 4, 400) == 55
    assert not loop.hot, "two lines of data have taken the set"
    separate = Flash(timing(wait_states=55, line=8, icache=16, dcache=16, ways=2))
    loop = code(separate, (10, 0))
    assert separate.fetch(loop, NOWHERE, 0, 100) == 55
    assert separate.read(80, 4, 200) == 55


def ram(wait_states: int, cached: bool) -> Region:
    return Region(0x2000_0000, 65_536, 0, "a test", wait_states, cached)


def test_ram() -> None:
    plain = Ram(ram(3, cached=False), None, 0, 1)
    assert [plain.access(0x2000_0000, 4, False, 1), plain.access(0x2000_0000, 4, True, 2)] == [3, 3]
    assert plain.access(0x2000_0002, 4, False, 3) == 4
    assert plain.access(0x2000_0002, 2, False, 3) == 3
    cached = Ram(ram(3, cached=True), Cache(64, 32, 2), 32, 0)
    found = [cached.access(0x2000_0000 + at, 4, writes, at) for at, writes in ((0, 0), (28, 0), (32, 1), (36, 0))]
    assert found == [3, 0, 0, 0]
    assert Ram(ram(0, cached=False), None, 0, 1).access(0x2000_0001, 4, True, 1) == 0, "a write is buffered"


# Whole programs

LOOP = """
Reset_Handler:
    movs r5, #100
    ldr r6, =0x20000000
1:  ldr r0, =0x12345678     // a literal of flash
    str r0, [r6]
    subs r5, #1
    bne 1b
    movs r0, #0x18
    ldr r1, =0x20026
    bkpt 0xab
    .pool
"""


def with_flash(board: Board, flash: FlashTiming | None) -> Board:
    return replace(board, flash_timing=flash)


@pytest.mark.parametrize("core", ["nucleo-l4r5zi", "nucleo-g071rb", "raspberry-pi-pico", "mps2-an385"])
def test_no_wait_states_are_ideal_memory(core: str, tmp_path: Path) -> None:
    board = with_flash(load_board(core), timing(wait_states=0, line=8, icache=64, dcache=64, prefetch=True))
    elf = assemble(LOOP, board, tmp_path)
    ideal, free = run_foreign(elf, board, ideal_memory=True), run_foreign(elf, board)
    assert ideal.profile == free.profile and free.profile.total.stalls == 0
    assert describe_memory(board) == "zero wait states"
    waiting = run_foreign(elf, with_flash(board, timing()))
    assert waiting.profile.total.cycles == (ideal.profile.total.cycles or 0) + (waiting.profile.total.stalls or 0)
    assert waiting.profile.total.instructions == ideal.profile.total.instructions


def test_a_loop_in_the_cache_waits_once(tmp_path: Path) -> None:
    """On the M4: 100 turns cost as much as 100 turns of ideal memory and a fixed sum for the first."""
    board = load_board("nucleo-l4r5zi")
    elf = assemble(LOOP, board, tmp_path)
    more_path = tmp_path / "more"
    more_path.mkdir()
    more = assemble(LOOP.replace("#100", "#200"), board, more_path)
    cached = with_flash(board, timing(line=8, icache=1024, dcache=256, prefetch=True))
    stalls = [run_foreign(each, cached).profile.total.stalls for each in (elf, more)]
    assert stalls[0] == stalls[1]
    assert 5 < (stalls[0] or 0) < 8 * 6 + 12
    bare = with_flash(board, timing())
    slow = [run_foreign(each, bare).profile.total.stalls or 0 for each in (elf, more)]
    # Each turn jumps to a unit that is not in the buffer, and reads a literal that is: the buffer of data is its own.
    assert (slow[1] - slow[0]) % 100 == 0 and (slow[1] - slow[0]) // 100 in (5, 10)


def test_an_unaligned_read_of_ram_between_two_of_flash_costs_itself_alone(tmp_path: Path) -> None:
    board = with_flash(load_board("nucleo-l4r5zi"), timing(wait_states=20))
    text = """
Reset_Handler:
    ldr r6, =0x20000000
    ldr r0, far             // the first reads of the block, each from a unit of its own
    nop
    nop
    ldr r0, farther
    ldr.w r1, [r6, #AT]
    ldr r0, =0x12345678     // and the next, from another unit
    movs r0, #0x18
    ldr r1, =0x20026
    bkpt 0xab
    .pool
    .balign 64
far: .word 1
    .balign 64
farther: .word 1
"""
    aligned, unaligned = (
        run_foreign(assemble(text.replace("AT", at), board, tmp_path), board).profile.total.stalls or 0
        for at in ("4", "5")
    )
    assert unaligned - aligned == 1


def test_code_in_ram_waits_for_nothing(tmp_path: Path) -> None:
    board = load_board("nucleo-l4r5zi")
    text = """
Reset_Handler:
    ldr r0, =0x20000000
    ldr r1, =0x4770bf00     // nop; bx lr
    str r1, [r0]
    adds r0, #1
    movs r5, #50
1:  blx r0
    subs r5, #1
    bne 1b
    movs r0, #0x18
    ldr r1, =0x20026
    bkpt 0xab
    .pool
"""
    elf = assemble(text, board, tmp_path)
    waiting = with_flash(board, timing(line=8, icache=1024, dcache=256))
    run = run_foreign(elf, waiting)
    longer = run_foreign(assemble(text.replace("#50", "#90"), board, tmp_path), waiting)
    assert longer.profile.total.instructions - run.profile.total.instructions == 40 * 5
    assert longer.profile.total.stalls == run.profile.total.stalls


def test_stalls_add_up_and_repeat(tmp_path: Path) -> None:
    board = load_board("nucleo-l4r5zi")
    elf = assemble(LOOP, board, tmp_path)
    settings: Sequence[FlashTiming] = (
        timing(),
        timing(prefetch=True),
        timing(line=8, icache=16, prefetch=True),
        timing(line=32, icache=64, dcache=32, ways=1),
        timing(wait_states=55, line=8, icache=32, ways=2, unified=True),
    )
    for setting in settings:
        slow = with_flash(board, setting)
        first, second = run_foreign(elf, slow), run_foreign(elf, slow)
        assert first.profile == second.profile
        for rows in (first.profile.functions, first.profile.paths):
            assert sum(counts.stalls or 0 for counts in rows.values()) == first.profile.total.stalls
            assert sum(counts.cycles or 0 for counts in rows.values()) == first.profile.total.cycles
            assert all((counts.stalls or 0) >= 0 for counts in rows.values())

"""Call paths: who called whom, by calls, returns, tail calls and recursion; and that they change no count."""

from pathlib import Path

import pytest
from support.arm_programs import assemble

from edgeopt.board import load_board
from edgeopt.simulate import Profile, run_foreign
from edgeopt.simulate.call_paths import DEEPEST, OTHER_PATHS, CallPaths

STARTS = {0x100: "main", 0x200: "a", 0x300: "b", 0x400: "c"}


def paths(deepest: int = 64, most: int = 4096) -> CallPaths:
    return CallPaths(STARTS.__contains__, deepest, most)


def test_calls_returns_and_tail_calls() -> None:
    tree = paths()
    main = tree.follow(tree.root, False, 0x100, "main")
    a = tree.follow(main, True, 0x200, "a")
    b = tree.follow(a, True, 0x300, "b")
    assert b.path == ("main", "a", "b")
    assert tree.follow(b, False, 0x304, "b") is b
    assert tree.follow(b, False, 0x20C, "a") is a
    assert tree.follow(b, False, 0x10C, "main") is main, "a return past a caller, as of a longjmp"
    c = tree.follow(b, False, 0x400, "c")
    assert c.path == ("main", "a", "c"), "a tail call takes the place of b"
    assert tree.follow(c, False, 0x20C, "a") is a


def test_recursion_goes_on_where_the_function_is() -> None:
    tree = paths()
    main = tree.follow(tree.root, False, 0x100, "main")
    a = tree.follow(main, True, 0x200, "a")
    assert tree.follow(a, True, 0x200, "a") is a
    b = tree.follow(a, True, 0x300, "b")
    assert tree.follow(b, True, 0x200, "a") is a
    assert tree.follow(a, False, 0x304, "b") is b, "the return into what recursion left"


def test_too_many_and_too_deep_paths_are_merged() -> None:
    tree = CallPaths(lambda address: True, deepest=4, most=100)
    context = tree.follow(tree.root, False, 0, "f0")
    for i in range(1, 8):
        context = tree.follow(context, True, i, f"f{i}")
    assert context.path == ("f0", "f1", "f2", "f3", OTHER_PATHS, "f7")
    tree_of_returns = CallPaths(STARTS.__contains__, deepest=1, most=100)
    main = tree_of_returns.follow(tree_of_returns.root, False, 0x100, "main")
    a = tree_of_returns.follow(main, True, 0x200, "a")
    b = tree_of_returns.follow(a, True, 0x300, "b")
    assert (a.path, b.path) == (("main", OTHER_PATHS, "a"), ("main", OTHER_PATHS, "b"))
    assert tree_of_returns.follow(b, False, 0x204, "a") is a
    assert tree_of_returns.follow(a, False, 0x104, "main") is main
    wide = CallPaths(lambda address: True, most=3)
    main = wide.follow(wide.root, False, 0, "main")
    found = [wide.follow(main, True, i, f"f{i}").path for i in range(4)]
    assert found == [("main", "f0"), ("main", "f1"), (OTHER_PATHS, "f2"), (OTHER_PATHS, "f3")]
    assert wide.follow(main, True, 0, "f0").path == ("main", "f0"), "what is known stays"


CALLS = """
    .type leaf, %function
    .type twice, %function
    .type tail, %function
    .type down, %function
Reset_Handler:
    bl leaf
    bl twice
    bl tail
    movs r0, #3
    bl down
    ldr r3, =leaf + 1
    blx r3
    movs r0, #0x18
    ldr r1, =0x20026
    bkpt 0xab
    .pool
leaf:
    nop
    bx lr
twice:
    push {r4, lr}
    bl leaf
    bl leaf
    pop {r4, pc}
tail:
    nop
    b leaf
down:
    push {r4, lr}
    subs r0, #1
    beq 1f
    bl down
1:  bl leaf
    pop {r4, pc}
"""


def instructions(profile: Profile) -> dict[str, int]:
    return {";".join(path): counts.instructions for path, counts in profile.paths.items()}


@pytest.mark.parametrize("name", ["mps2-an386", "nucleo-g071rb", "nucleo-l4r5zi"])
def test_a_program(name: str, tmp_path: Path) -> None:
    board = load_board(name)
    run = run_foreign(assemble(CALLS, board, tmp_path), board)
    assert instructions(run.profile) == {
        "Reset_Handler": 10,
        "Reset_Handler;leaf": 3 * 2,  # called, at the end of tail, and by BLX
        "Reset_Handler;twice": 4,
        "Reset_Handler;twice;leaf": 4,
        "Reset_Handler;tail": 2,
        "Reset_Handler;down": 3 * 6 - 1,
        "Reset_Handler;down;leaf": 3 * 2,
    }
    check_sums(run.profile)


def check_sums(profile: Profile) -> None:
    for rows in (profile.functions, profile.paths):
        assert sum(counts.instructions for counts in rows.values()) == profile.total.instructions
        assert sum(counts.taken_branches for counts in rows.values()) == profile.total.taken_branches
        assert sum(counts.cycles or 0 for counts in rows.values()) == profile.total.cycles
    for name, counts in profile.functions.items():
        assert sum(row.instructions for path, row in profile.paths.items() if path[-1] == name) == counts.instructions


def test_deep_recursion(tmp_path: Path) -> None:
    board = load_board("mps2-an386")
    run = run_foreign(assemble(CALLS.replace("#3", "#250"), board, tmp_path), board)
    assert instructions(run.profile)["Reset_Handler;down"] == 250 * 6 - 1
    check_sums(run.profile)


def test_thousands_of_functions_in_one_chain(tmp_path: Path) -> None:
    """What lies deeper than the paths go is merged by function, and nothing is lost."""
    functions = 1_500
    chain = "".join(
        f".type f{i}, %function\nf{i}: push {{r4, lr}}\nbl f{i + 1}\npop {{r4, pc}}\n" for i in range(functions)
    )
    text = f"Reset_Handler:\nbl f0\nb .\n{chain}.type f{functions}, %function\nf{functions}: bx lr\n"
    board = load_board("nucleo-l4r5zi")
    run = run_foreign(assemble(text, board, tmp_path), board)
    assert {run.profile.functions[f"f{i}"].instructions for i in range(functions)} == {3}
    deepest = max(run.profile.paths, key=len)
    assert len(deepest) == DEEPEST + 2 and deepest[-2] == OTHER_PATHS
    assert run.profile.paths[*deepest[:-1], f"f{functions}"].instructions == 1
    assert [path for path in run.profile.paths if path[-1] == "Reset_Handler"] == [("Reset_Handler",)], "it came back"
    check_sums(run.profile)
    assert sum(counts.stalls or 0 for counts in run.profile.paths.values()) == run.profile.total.stalls


LOOPS = """
Reset_Handler:
    movs r5, #100
1:  subs r5, #1
    bne 1b
    movs r0, #0x18
    ldr r1, =0x20026
    bkpt 0xab
    .pool
"""


def test_branches_that_go_both_ways_are_predicted_by_what_they_mostly_do(tmp_path: Path) -> None:
    """On the M7: 99 times back and once on is one misprediction, whatever the number of turns."""
    board = load_board("mps2-an500")
    cycles = [
        run_foreign(assemble(LOOPS.replace("#100", turns), board, tmp_path), board).profile.total.cycles or 0
        for turns in ("#1", "#2", "#100", "#200")
    ]
    once, two, hundred, more = cycles
    assert two - once >= 8, "the second turn brings the misprediction"
    assert (more - hundred) * 98 == (hundred - two) * 100, "and no further turn does"


CONDITIONAL = """
    .type work, %function
Reset_Handler:
    movs r5, #40
    ldr r6, =0x20000000
1:  bl work
    subs r5, #1
    bne 1b
    ldr r1, =0x20026
    cmp r4, #40
    it ne
    movne r1, #0
    movs r0, #0x18
    bkpt 0xab
    .pool
work:
    push {r7, lr}
    cmp r5, #100
    ittt lt
    ldrlt r4, [r6]
    addlt r4, r4, #1
    poplt {r7, pc}
    .pool
    nop
"""


def test_loads_in_it_blocks_are_followed_rightly(tmp_path: Path) -> None:
    """The engine loses track of an IT block in which a watched access is; what returns from it must go on whole."""
    board = load_board("nucleo-l4r5zi")
    text = CONDITIONAL.replace("poplt {r7, pc}", "strlt r4, [r6]\n popge {r7, pc}\n pop {r7, pc}").replace(
        "ittt lt", "ittte lt"
    )
    elf = assemble(text, board, tmp_path)
    timed, ideal = run_foreign(elf, board), run_foreign(elf, board, ideal_memory=True)
    assert timed.exit_code == ideal.exit_code == 0
    assert timed.profile.total.instructions == ideal.profile.total.instructions
    assert instructions(timed.profile) == instructions(ideal.profile)
    returning = assemble(CONDITIONAL.replace("cmp r4, #40", "cmp r4, r4"), board, tmp_path)
    timed, ideal = run_foreign(returning, board), run_foreign(returning, board, ideal_memory=True)
    assert instructions(timed.profile) == instructions(ideal.profile)
    assert timed.exit_code == 0


ACROSS_PAGES = """
Reset_Handler:
    movs r5, #10
    movs r4, #0
    ldr r6, =0x20000000
1:  bl work
    subs r5, #1
    bne 1b
    ldr r1, =0x20026
    cmp r4, #10
    it ne
    movne r1, #0
    movs r0, #0x18
    bkpt 0xab
    .pool
    .balign 1024
    .space 1024 - 8
    .type work, %function
work:
    cmp r5, #100
    itt lt
    movlt r2, r3
    ldrlt.w r3, [r6]        // the first half of it is the last of a page, and the engine begins anew with it
    movs r2, #0             // sets the flags unless it is taken for a part of the IT block
    it eq
    addeq r4, #1
    bx lr
"""


def test_loads_in_it_blocks_across_pages_are_followed_rightly(tmp_path: Path) -> None:
    board = load_board("nucleo-l4r5zi")
    elf = assemble(ACROSS_PAGES, board, tmp_path)
    timed, ideal = run_foreign(elf, board), run_foreign(elf, board, ideal_memory=True)
    assert timed.exit_code == ideal.exit_code == 0
    assert instructions(timed.profile) == instructions(ideal.profile)

"""Cortex-M33 and Cortex-M7: cycles of short sequences, counted by hand from what was measured on silicon.

Each sequence, with the source of its cycles, is a line of cortex_m33.cases or cortex_m7.cases.
"""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.arm_programs import SOURCES, assemble

from edgeopt.board import load_board
from edgeopt.simulate import run_foreign
from edgeopt.simulate.cycle_models._issue import IssueModel, Step
from edgeopt.simulate.cycle_models.cortex_m7 import CortexM7
from edgeopt.simulate.cycle_models.cortex_m33 import CortexM33
from edgeopt.simulate.thumb import Instruction, decode_all


@dataclass(frozen=True)
class Case:
    """A sequence; `taken_cycles` is None where it does not end in a branch."""

    code: bytes
    text: str
    cycles: int
    taken_cycles: int | None
    source: str

    @property
    def block(self) -> tuple[Instruction, ...]:
        return tuple(decode_all(self.code))


def read_cases(name: str) -> list[Case]:
    lines = (SOURCES / name).read_text().splitlines()
    rows = [[field.strip() for field in line.split("|")] for line in lines if not line.startswith("#")]
    return [
        Case(bytes.fromhex(code), text, int(cycles), int(taken) if taken else None, source)
        for code, text, cycles, taken, source in rows
    ]


CORTEX_M33 = read_cases("cortex_m33.cases")
CORTEX_M7 = read_cases("cortex_m7.cases")
CASES: list[tuple[IssueModel, Case]] = [
    *((CortexM33(), case) for case in CORTEX_M33),
    *((CortexM7(), case) for case in CORTEX_M7),
]


@pytest.mark.parametrize("model, case", CASES, ids=[f"{type(model).__name__} {case.text}" for model, case in CASES])
def test_measured_sequence(model: IssueModel, case: Case) -> None:
    assert model.block_cycles(0, case.block) == case.cycles, case.source
    if case.taken_cycles is not None:
        assert model.taken_cycles(case.block, 0) == case.taken_cycles, case.source


def test_machine_code_is_what_the_text_says(tmp_path: Path) -> None:
    """So that nobody changes a text and not the code beside it."""
    cases = CORTEX_M33 + CORTEX_M7
    text = "Reset_Handler: b .\n"
    for i, case in enumerate(cases):
        lines = case.text.replace("; ", "\n").replace("back", f"back{i}").replace("ahead", f"ahead{i}")
        text += f"back{i}: {lines}\nahead{i}: nop\n"
    image = assemble(text, load_board("mps2-an500"), tmp_path).read_bytes()
    for case in cases:
        assert case.code in image, case.text


def test_refill_of_the_cortex_m33() -> None:
    """A wide target at an odd halfword is fetched in two; what is in a register or memory is known later."""
    model = CortexM33()
    narrow, wide = decode_all(bytes.fromhex("00bfaff30080"))  # NOP, NOP.W
    for branch, least in ("fee7", 1), ("7047", 2), ("00bd", 3):  # B; BX lr; POP {pc}
        block = tuple(decode_all(bytes.fromhex(branch)))
        assert model.taken_cycles(block, 0x102, narrow) == least
        assert model.taken_cycles(block, 0x100, wide) == least
        assert model.taken_cycles(block, 0x102, wide) == least + 1


LOOPS = """
    .type first, %function
    .type second, %function
Reset_Handler:
    movs r4, #100
    b first
second:
    b .
    .balign 4
first:
    adds.w r0, r0, r1
1:  subs r4, #1
    bne 1b
    nop
    b second
"""
# The instruction before the loop belongs to its first turn's block.
# M33: SUBS and BNE 1, and 2 more for each of the 99 taken [J]; ADDS.W 1; NOP and B 1 + 1.
# M7: SUBS and BNE 1; ADDS.W with SUBS and BNE behind them 2; NOP and B 1; the loop's end is mispredicted, 8 [J].
ON_THE_VIRTUAL_BOARD = {
    "mps2-an505": 1 + 100 * 1 + 99 * 2 + 2,
    "mps2-an500": 1 + 100 * 1 + 8 + 1,
}


@pytest.mark.parametrize("name", ON_THE_VIRTUAL_BOARD)
def test_loop_on_the_virtual_board(name: str, tmp_path: Path) -> None:
    board = load_board(name)
    run = run_foreign(assemble(LOOPS, board, tmp_path), board, between=("first", "second"), ideal_memory=True)
    [section] = run.sections
    assert section.profile.total.instructions == 1 + 200 + 2
    assert section.profile.total.cycles == ON_THE_VIRTUAL_BOARD[name]


class SingleIssueM33(CortexM33):
    """The same core with one slot."""

    def may_pair(self, older: Step, younger: Step) -> bool:
        return False


class SingleIssueM7(CortexM7):
    """The same core with one slot, and without its early ALU, which depends on the slot."""

    def may_pair(self, older: Step, younger: Step) -> bool:
        return False

    def early(self, step: Step, is_younger: bool, partner: Step | None) -> bool:
        return False


def random_block(chooser: random.Random) -> tuple[Instruction, ...]:
    pool = [one for case in CORTEX_M33 + CORTEX_M7 for one in case.block]
    return tuple(chooser.choices(pool, k=chooser.randint(1, 40)))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("pair", [(CortexM33, SingleIssueM33), (CortexM7, SingleIssueM7)])
def test_two_slots_are_never_slower_than_one_nor_faster_than_double(
    pair: tuple[type[IssueModel], type[IssueModel]], seed: int
) -> None:
    chooser = random.Random(seed)
    two, one = pair[0](), pair[1]()
    for _ in range(50):
        block = random_block(chooser)
        cycles = two.schedule(block).cycles
        assert cycles <= one.schedule(block).cycles, f"seed {seed}: {block}"
        assert 2 * cycles >= sum(step.cycles for step in two.schedule(block).steps), f"seed {seed}: {block}"


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("model", [CortexM33(), CortexM7()])
def test_more_instructions_never_take_less(model: IssueModel, seed: int) -> None:
    chooser = random.Random(seed)
    for _ in range(20):
        block = random_block(chooser)
        cycles = [model.schedule(block[:end]).cycles for end in range(len(block) + 1)]
        assert cycles[0] == 0
        assert cycles == sorted(cycles), f"seed {seed}: {block}"
        starts = model.schedule(block).starts
        assert list(starts) == sorted(starts), f"seed {seed}: issues in order"

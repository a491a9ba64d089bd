"""The proof of a chain's program finds what is wrong with it, and loops are the calls that they stand for."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from support.row_networks import random_row_network

from edgeopt.ir import CCall, Io, Loop, Op, Place, Placed, Program, Target, Tensor
from edgeopt.ops._rows import MoveRows
from edgeopt.ops.ways import PLAIN, Way
from edgeopt.plan.check_program import BadProgram, check_program
from edgeopt.plan.draft import Draft
from edgeopt.plan.loops import fold
from edgeopt.plan.rows_program import Strips
from edgeopt.plan.schedule import schedule
from edgeopt.plan.stages import stages_of


def drafts(rng: np.random.Generator, rows_a_call: int = 1) -> Iterator[Draft]:
    """The first layers of random networks as one chain each."""

    def plain(op: Op, io: Io) -> Way:
        return Way(PLAIN, op.c_calls(io, Target()))

    while True:
        graph = random_row_network(rng).network
        nodes = graph.nodes[: int(rng.integers(1, len(graph.nodes) + 1))]
        found = [stages_of(graph, node) for node in nodes]
        stages = tuple(stage for of_node in found for stage in of_node or ())
        made = {node.outputs[0] for node in nodes[:-1]}
        leaves = made - {name for node in nodes for name in node.inputs} or any(
            name in made for node in graph.nodes[len(nodes) :] for name in node.inputs
        )
        if None in found or leaves or any(stage.rows == 1 for stage in stages):
            continue
        free = frozenset(graph.inputs)
        yield Draft(nodes, stages, graph.input_tensors, free, schedule(stages, rows_a_call), Strips(plain))


def prove(draft: Draft, program: Program, starts: dict[str | None, int] | None = None) -> None:
    check_program(draft.stages, program, draft.starts() if starts is None else starts, frozenset())


@pytest.fixture
def some(rng: np.random.Generator) -> list[Draft]:
    found = drafts(rng)
    return [next(found) for _ in range(12)]


@pytest.mark.parametrize("rows_a_call", [1, 2, 3, 7])
def test_any_height_of_strips_is_proven(rows_a_call: int, rng: np.random.Generator) -> None:
    found = drafts(rng, rows_a_call)
    for _ in range(6):
        draft = next(found)
        assert draft.program is not None  # which is proven on the way
        assert list(draft.program.flat())


def flat(draft: Draft) -> list[Placed]:
    assert draft.program is not None
    return list(draft.program.flat())


def left_out(calls: list[Placed], rng: np.random.Generator) -> list[Placed]:
    index = int(rng.integers(len(calls)))
    return calls[:index] + calls[index + 1 :]


def swapped(calls: list[Placed], rng: np.random.Generator) -> list[Placed]:
    """A call before the one that makes what it reads."""
    pairs = [i for i, (a, b) in enumerate(pairwise(calls)) if a.outputs[0] in b.inputs]
    if not pairs:
        return left_out(calls, rng)
    index = pairs[int(rng.integers(len(pairs)))]
    return [*calls[:index], calls[index + 1], calls[index], *calls[index + 2 :]]


def moved(where: str) -> Callable[[list[Placed], np.random.Generator], list[Placed]]:
    """A call with one place 4 bytes further on, or before."""

    def spoil(calls: list[Placed], rng: np.random.Generator) -> list[Placed]:
        index = int(rng.integers(len(calls)))
        step = 4 if rng.random() < 0.5 else -4

        def shift(place: Place | None) -> Place | None:
            return place and Place(place.tensor, place.offset + step)

        call = calls[index]
        spoilt = replace(call, **{where: tuple(shift(place) for place in getattr(call, where))})
        return [*calls[:index], spoilt, *calls[index + 1 :]]

    return spoil


@pytest.mark.parametrize("spoil", [left_out, swapped, moved("inputs"), moved("outputs")])
def test_a_spoilt_program_is_found_out(
    spoil: Callable[[list[Placed], np.random.Generator], list[Placed]], some: list[Draft], rng: np.random.Generator
) -> None:
    for draft in some:
        calls = spoil(flat(draft), rng)
        with pytest.raises(BadProgram):
            prove(draft, Program(tuple(calls), draft.windows.size_bytes))


def test_a_window_that_is_too_small_is_found_out(some: list[Draft]) -> None:
    for draft in some:
        assert draft.program is not None
        if not draft.program.scratch_bytes:
            continue
        with pytest.raises(BadProgram):
            prove(draft, replace(draft.program, scratch_bytes=draft.program.scratch_bytes - 4))


def test_an_output_that_comes_too_close_to_its_input_is_found_out(some: list[Draft]) -> None:
    found = 0
    for draft in some:
        if draft.slides is None or not draft.lead:
            continue
        found += 1
        starts = draft.starts()
        starts[draft.inputs[draft.slides[0]].name] -= 4
        with pytest.raises(BadProgram):
            prove(draft, draft.program or Program((), 0), starts)
    assert found


def test_scratch_over_live_rows_is_found_out(some: list[Draft]) -> None:
    found = 0
    for draft in some:
        calls = flat(draft)
        for index, call in enumerate(calls):
            read = next((place for place in call.inputs if place is not None and place.tensor is None), None)
            if call.scratch is None or read is None:
                continue
            spoilt = [*calls[:index], replace(call, scratch=read), *calls[index + 1 :]]
            found += 1
            with pytest.raises(BadProgram):
                prove(draft, Program(tuple(spoilt), draft.windows.size_bytes + 4096))
            break
    assert found


def placed(call: tuple[CCall, ...], *offsets: int) -> Placed:
    rows = Tensor("rows", (4,), "int8")
    places = [Place(None, offset) for offset in offsets]
    return Placed(call, MoveRows(), Io((rows,), (rows,)), tuple(places[:1]), tuple(places[1:]))


def test_loops_are_the_calls_that_they_stand_for(rng: np.random.Generator) -> None:
    kinds = [(CCall(f"eo_{name}", {}),) for name in "abc"]
    for _ in range(200):
        calls: list[Placed] = []
        for _ in range(int(rng.integers(1, 5))):
            body = [(kinds[int(rng.integers(3))], *rng.integers(0, 100, 4)) for _ in range(int(rng.integers(1, 4)))]
            for turn in range(int(rng.integers(1, 6))):
                calls += [placed(kind, 4 * (a + turn * c), 4 * (b - turn * d)) for kind, a, b, c, d in body]
        assert list(Program(fold(calls), 0).flat()) == calls


def test_a_repetition_becomes_one_loop() -> None:
    a, b = (CCall("eo_a", {}),), (CCall("eo_b", {}),)
    calls = [placed(b, 0, 8)]
    for turn in range(10):
        calls += [placed(a, 12 * turn, 400 - 4 * turn), placed(b, 8, 12 * turn)]
    first, loop, last = fold([*calls, placed(a, 4, 4)])
    assert isinstance(loop, Loop)
    assert (loop.turns, len(loop.body)) == (10, 2)
    assert [place.step for place in loop.body[0].places] == [12, -4]
    assert (first, last) == (calls[0], placed(a, 4, 4))

"""The arena: no two live buffers touch, small cases are optimal, and the claim of optimality is true."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from edgeopt.plan import Buffer, Placement, Use, check_placement, lower_bound_bytes, place
from edgeopt.plan.buffers import Grows
from edgeopt.plan.place import best_greedy


def random_buffers(seed: int, count: int, steps: int) -> list[Buffer]:
    rng = np.random.default_rng(seed)
    made = []
    for index in range(count):
        first = int(rng.integers(0, steps))
        use = Use(first, min(steps, first + int(rng.integers(0, 4))))
        made.append(Buffer((f"t{index}",), int(rng.integers(1, 400)), use))
    return made


def least_by_trying_all_orders(buffers: list[Buffer]) -> int:
    """The smallest arena over every order of lowest-fit placing, written apart from the planner."""
    best = 10**9
    for order in permutations(buffers):
        placed: list[tuple[int, int, Use]] = []
        for buffer in order:
            size = -(-buffer.size_bytes // 4) * 4
            candidates = [0, *(end for _, end, _ in placed)]
            offset = min(
                at
                for at in candidates
                if all(at + size <= start or end <= at or not use.overlaps(buffer.use) for start, end, use in placed)
            )
            placed.append((offset, offset + size, buffer.use))
        best = min(best, max(end for _, end, _ in placed))
    return best


@pytest.mark.parametrize("seed", range(40))
def test_random_buffers_never_overlap_and_stay_near_the_bound(seed: int) -> None:
    print(f"seed {seed}")
    buffers = random_buffers(seed, count=30, steps=20)
    placement = place(buffers)
    check_placement(buffers, placement)
    bound = lower_bound_bytes(buffers)
    assert bound <= placement.arena_bytes <= 1.5 * bound


@pytest.mark.parametrize("seed", range(12))
def test_small_cases_are_optimal_and_say_so(seed: int) -> None:
    print(f"seed {seed}")
    buffers = random_buffers(seed + 100, count=6, steps=6)
    placement = place(buffers)
    assert placement.optimal
    assert placement.arena_bytes == least_by_trying_all_orders(buffers)


def test_search_beats_every_greedy_order() -> None:
    beaten = 0
    for seed in range(200):
        buffers = random_buffers(seed, count=9, steps=7)
        placement = place(buffers)
        greedy = best_greedy(buffers)
        beaten += placement.arena_bytes < max(at + buffers[i].size_bytes for i, at in greedy.items())
    assert beaten > 0, "no case needed the search: it proves nothing"


def test_no_buffers_need_no_arena() -> None:
    assert place([]) == Placement((), 0, True)


def test_check_finds_an_overlap() -> None:
    buffers = [Buffer(("a",), 8, Use(0, 1)), Buffer(("b",), 8, Use(1, 2))]
    check_placement(buffers, Placement((0, 8), 16, True))
    with pytest.raises(ValueError, match="overlap"):
        check_placement(buffers, Placement((0, 4), 16, True))
    with pytest.raises(ValueError, match="outside"):
        check_placement(buffers, Placement((0, 8), 12, True))


@pytest.mark.parametrize("seed", range(20))
def test_what_grows_into_its_input_may_lie_over_it(seed: int) -> None:
    """A line of tensors, each growing into the one before it, beside others."""
    print(f"seed {seed}")
    rng = np.random.default_rng(seed + 300)
    line = [Buffer(("x0",), int(rng.integers(100, 400)), Use(0, 1))]
    for step in range(1, 6):
        grows = Grows(f"x{step - 1}", 4 * int(rng.integers(0, 20)))
        line.append(Buffer((f"x{step}",), int(rng.integers(100, 400)), Use(step, step + 1), grows))
    buffers = [*line, *random_buffers(seed, count=4, steps=6)]
    placement = place(buffers)
    check_placement(buffers, placement)
    assert placement.arena_bytes >= lower_bound_bytes(buffers)
    apart = place([replace(buffer, grows=None) for buffer in buffers])
    assert placement.arena_bytes <= apart.arena_bytes


def test_two_that_slide_take_little_more_than_the_larger() -> None:
    buffers = [Buffer(("x",), 400, Use(0, 1)), Buffer(("y",), 300, Use(1, 2), Grows("x", 40))]
    placement = place(buffers)
    assert (placement.offsets, placement.arena_bytes, placement.optimal) == ((40, 0), 440, True)
    with pytest.raises(ValueError, match="overlap"):
        check_placement(buffers, Placement((36, 0), 440, True))
    with pytest.raises(ValueError, match="overlap"):
        check_placement(buffers, Placement((0, 40), 440, True))

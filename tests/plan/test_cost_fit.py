"""The least squares behind the cost tables: costs that are known come out again, others are not made up."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.cost_fit import fit
from edgeopt.costs import TERMS, Cost, Piece, Work

SEED = 20_261_122


def works(rng: np.random.Generator, count: int) -> list[Work]:
    """Convolutions of random shapes."""
    found = []
    for _ in range(count):
        pixels, channels, depth = (int(rng.integers(low, high)) for low, high in ((4, 400), (4, 96), (4, 300)))
        outputs = pixels * channels
        gathered = pixels * depth * int(rng.integers(0, 2))
        weights = channels * depth
        inputs = int(rng.integers(100, 9000))
        found.append(
            Work(
                depth * outputs,
                outputs,
                inputs,
                pixels,
                outputs / 7,
                gathered,
                gathered / int(rng.integers(2, 20)),
                weights,
            )
        )
    return found


def rows(cost: Cost, found: list[Work]) -> list[tuple[Work, float, float]]:
    return [(work, cost.cycles(work), cost.cycles(work)) for work in found]


def test_a_linear_cost_comes_out_as_it_went_in() -> None:
    rng = np.random.default_rng(SEED)
    for _ in range(10):
        terms = rng.choice([term for term in TERMS if term != "calls"], 3, replace=False)
        cost = Cost((Piece(**{str(term): float(rng.uniform(1, 20)) for term in terms}),))
        fitted = fit(rows(cost, works(rng, 20)))
        for work in works(rng, 5):
            assert fitted.cycles(work) == pytest.approx(cost.cycles(work), rel=0.01), (
                f"seed {SEED}: {terms}"
            )  # terms worth less are left out


def test_a_cost_of_two_pieces_is_split_where_it_changes() -> None:
    rng = np.random.default_rng(SEED)
    cost = Cost((Piece(macs=1.0, outputs=4.0), Piece(macs=3.0, outputs=9.0)), by="depth", limit=100.0)
    known = works(rng, 40)
    fitted = fit(rows(cost, known))
    assert len(fitted.pieces) == 2 and fitted.by == "depth", f"seed {SEED}"
    assert 60.0 <= fitted.limit <= 140.0, f"seed {SEED}: {fitted.limit}"
    errors = [abs(fitted.cycles(work) / cost.cycles(work) - 1) for work in known]
    assert np.median(errors) < 0.03, f"seed {SEED}: {errors}"


def test_no_term_is_negative_and_none_is_there_for_noise() -> None:
    rng = np.random.default_rng(SEED)
    cost = Cost((Piece(macs=2.0, calls=300.0),))
    noisy = [(work, cycles * rng.uniform(0.99, 1.01), cycles) for work, cycles, _ in rows(cost, works(rng, 25))]
    (piece,) = fit(noisy).pieces
    values = {term: value for term, value in vars(piece).items() if value}
    assert all(value > 0 for value in values.values()) and len(values) <= 3, f"seed {SEED}: {values}"
    assert piece.macs == pytest.approx(2.0, rel=0.02)


def test_few_rows_give_few_terms() -> None:
    rng = np.random.default_rng(SEED)
    cost = Cost((Piece(macs=2.0, outputs=5.0, inputs=1.0),))
    (piece,) = fit(rows(cost, works(rng, 3))).pieces
    assert sum(value > 0 for value in vars(piece).values()) <= 2, f"seed {SEED}"
    one = rows(cost, works(rng, 1))
    assert fit(one).cycles(one[0][0]) == pytest.approx(one[0][1])


def test_a_term_that_must_be_there_is() -> None:
    """MACs take cycles, even where few layers show it."""
    rng = np.random.default_rng(SEED)
    known = rows(Cost((Piece(outputs=50.0),)), works(rng, 20))
    noisy = [(work, cycles * rng.uniform(0.9, 1.1), cycles) for work, cycles, _ in known]
    assert all(piece.macs > 0 for piece in fit(noisy, always=["macs"]).pieces), f"seed {SEED}"


def test_terms_that_are_the_same_here_do_no_harm() -> None:
    """Of depthwise layers MACs and gathered elements are equal."""
    rng = np.random.default_rng(SEED)
    for count in (4, 8, 12, 23):
        found = [replace(work, gathered=work.macs, runs=3 * work.pixels) for work in works(rng, count)]
        known = rows(Cost((Piece(macs=7.0, lines=20.0),)), found)
        fitted = fit([(work, cycles * rng.uniform(0.98, 1.02), cycles) for work, cycles, _ in known], ["macs"])
        for work, cycles, _ in known:
            assert fitted.cycles(work) == pytest.approx(cycles, rel=0.05), f"seed {SEED}, {count} rows"


def test_layers_that_wait_for_nothing_have_no_stalls() -> None:
    rng = np.random.default_rng(SEED)
    found = fit([(work, 0.0, 1000.0) for work in works(rng, 8)])
    assert all(found.cycles(work) == 0 for work in works(rng, 3))

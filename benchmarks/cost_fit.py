"""Least squares for kernel costs: what is linear in a call's work, in up to two pieces by how deep or wide it is.

Terms are chosen by what an error is without the row itself (leave one out), so that shapes between those that were
measured are met too, and not only those that were.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from edgeopt.costs import SPLITS, TERMS, Cost, Piece, Work

_MOST_TERMS = 5
_WORTH = 0.8  # of the squared error, what one more term must bring it to, at most
_WORTH_SPLIT = 0.3  # so much a second piece
_CACHE = 0.5  # of the squared error that a split by the constants leaves, what counts
_LEAST_ROWS = 4  # of a piece of two
_MOST_LIMITS = 12  # that are tried for a split
_EXACT = 1e-6  # of the squared error a row: no term makes it better
_GOOD = 1e-4  # of the squared error a row: it is split no more
_IMPORTANCE = 0.25  # the power of its cycles that a row's squared error is weighed with: long layers count for more
_OWN_FIT = 0.999  # of a row: what is fitted to it alone says nothing of others
_FAR = 0.02  # of what it is measured by: from there on an error counts by itself and not by its square
_ROUNDS = 2  # of fitting and weighing by the errors
_APART = 1e-6  # the least eigenvalue of terms that are not the same thing twice
_TRIED = 12  # sets of terms with the least error of the rows themselves, of which rows are left out

_Matrix = NDArray[np.float64]
_Rows = Sequence[tuple[Work, float, float]]
_ONCE = ("constant_bytes", "channels", "calls")  # what constants beyond a limit, a cache's, do not cost: they stream
_NO_BOUNDS: Mapping[str, float] = {}


@dataclass(frozen=True)
class _Choice:
    """Of terms, by their index: those that must be there, and the most that each is multiplied with."""

    kept: Set[int]
    most: _Matrix

    def without(self, terms: Collection[str]) -> _Choice:
        return replace(self, most=np.where([term in terms for term in TERMS], 0.0, self.most))


def fit(rows: _Rows, always: Collection[str] = (), most: Mapping[str, float] = _NO_BOUNDS) -> Cost:
    """The cost that is nearest to `rows`: work, cycles, and the cycles that an error is measured by.

    `always`: terms that each piece has which has such work. `most`: cycles of some terms, of which more would be work
    that the layers happen to have alike, and others have not.
    """
    choice = _Choice({TERMS.index(term) for term in always}, np.array([most.get(term, np.inf) for term in TERMS]))
    rows = list(dict.fromkeys(rows))
    measures = np.array([max(measure, 1.0) for _, _, measure in rows])
    weights = measures ** (_IMPORTANCE / 2 - 1)
    weights *= np.sqrt(len(rows)) / np.linalg.norm(weights * measures)
    trust = np.ones(len(rows))
    for _ in range(_ROUNDS):
        cost = _weighed(rows, weights * trust, choice)
        errors = np.array([abs(cost.cycles(work) - cycles) for work, cycles, _ in rows]) / measures
        trust = np.sqrt(_FAR / np.maximum(errors, _FAR))
    return cost


def _weighed(rows: _Rows, weights: _Matrix, choice: _Choice) -> Cost:
    """The cost with the least squares, each weighed."""
    design = np.array([[_value(work, term) for term in TERMS] for work, _, _ in rows]) * weights[:, None]
    wanted = np.array([cycles for _, cycles, _ in rows]) * weights
    whole, error = _piece(design, wanted, choice, len(rows) - 2)
    best, least = Cost((whole,)), error * _WORTH_SPLIT
    if error > _GOOD * len(rows):
        for by, limit, low in _splits([work for work, _, _ in rows]):
            below, one = _piece(design[low], wanted[low], choice, low.sum() // 2)
            wide = choice.without(_ONCE) if by == "constant_bytes" else choice
            above, other = _piece(design[~low], wanted[~low], wide, (~low).sum() // 2)
            # that weights no longer fit a cache is no accident of the layers: it needs less to be believed
            error = (one + other) * (_CACHE if by == "constant_bytes" else 1.0)
            if error < least:
                best, least = Cost((below, above), by, limit), error
    return best


def _value(work: Work, term: str) -> float:
    return 1.0 if term == "calls" else float(getattr(work, term))


def _splits(works: Sequence[Work]) -> Iterator[tuple[str, float, NDArray[np.bool_]]]:
    """What to split by, the most that belongs to the first piece, and which rows do."""
    for by in SPLITS:
        values = np.array([getattr(work, by) for work in works])
        limits = np.unique(values)[:-1]
        for limit in limits[:: max(1, -(-len(limits) // _MOST_LIMITS))]:
            low = values <= limit
            if min(low.sum(), (~low).sum()) >= _LEAST_ROWS:
                yield by, float(limit), low


def _piece(design: _Matrix, wanted: _Matrix, choice: _Choice, most: int) -> tuple[Piece, float]:
    """The best terms, `most` at most, none negative, and the squared error that rows have which are left out."""
    best, least = np.zeros(len(TERMS)), float(wanted @ wanted)
    known = set(map(int, np.flatnonzero(design.any(axis=0))))
    for size in range(1, max(1, min(_MOST_TERMS, most)) + 1):
        if least <= _EXACT * len(wanted):
            break
        bar = least * _WORTH if size > 1 else np.inf
        for terms in _likely(design, wanted, known, choice, size):
            found, error = _solved(design[:, terms], wanted)
            if error < bar and (found >= 0).all():
                best, least = np.zeros(len(TERMS)), error
                best[terms] = found
                bar = error
    return Piece(*map(float, best)), least


def _likely(design: _Matrix, wanted: _Matrix, known: Set[int], choice: _Choice, size: int) -> list[list[int]]:
    """The sets of `size` terms that fit best, none negative, by the rows that they are fitted to."""
    kept = choice.kept & known
    sets = np.array([terms for terms in combinations(sorted(known), size) if kept <= set(terms)], dtype=int)
    if not len(sets):
        return []
    norms = np.maximum(np.linalg.norm(design, axis=0), 1e-300)
    gram, projected = (design / norms).T @ (design / norms), (design / norms).T @ wanted
    grams = gram[sets[:, :, None], sets[:, None, :]] + 1e-12 * np.eye(size)  # so that none is singular
    found = np.linalg.solve(grams, projected[sets][:, :, None])[:, :, 0]
    explained = (found * projected[sets]).sum(axis=1)
    explained[(found < 0).any(axis=1)] = -1.0
    explained[(found / norms[sets] > choice.most[sets]).any(axis=1)] = -1.0
    order = np.argsort(-explained, kind="stable")[:_TRIED]
    return [list(map(int, sets[index])) for index in order if explained[index] >= 0]


def _solved(design: _Matrix, wanted: _Matrix) -> tuple[_Matrix, float]:
    """What the terms are multiplied with, and the squared error of rows that are left out."""
    norms = np.linalg.norm(design, axis=0)
    gram = (design / norms).T @ (design / norms)
    if np.linalg.eigvalsh(gram)[0] < _APART:
        return np.zeros(design.shape[1]), np.inf
    inverse = np.linalg.inv(gram) / np.outer(norms, norms)
    found = inverse @ (design.T @ wanted)
    own = np.einsum("ij,ij->i", design @ inverse, design)
    errors = (wanted - design @ found) / np.maximum(1 - own, 1 - _OWN_FIT)
    return found, float(errors @ errors)

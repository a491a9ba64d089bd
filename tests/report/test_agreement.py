"""A device's outputs beside another runtime's: what is counted, and how it is shown."""

from dataclasses import replace

import numpy as np
from support.results import DEPLOYMENT

from edgeopt.ir import Quant, Tensor
from edgeopt.report.proof import Agreement
from edgeopt.report.runs import agreement_of
from edgeopt.report.views.validation import correctness

VALIDATION = DEPLOYMENT.validation
SCORES = Tensor("y", (1, 3), "int16", Quant((0.5,), (0,)))


def test_classes_and_the_worst_value_are_compared() -> None:
    ours = np.array([[[2, 4, 6]], [[8, 2, 4]]], np.int16)
    theirs = np.array([[[1.0, 2.0, 3.25]], [[4.0, 1.0, 4.5]]], np.float32)
    assert agreement_of(ours, SCORES, theirs, "that") == Agreement("that", 2, 1, 2.5)


def test_one_number_has_no_classes() -> None:
    one = replace(SCORES, shape=(1, 1))
    found = agreement_of(np.array([[[3]]], np.int16), one, np.array([[[1.0]]], np.float32), "that")
    assert found == Agreement("that", 1, None, 0.5)


def test_it_stands_below_the_proof() -> None:
    found = replace(VALIDATION, agreement=Agreement("that engine", 1000, 999, 1 / 32))
    rows = {title: text.plain for title, text in correctness(found)}
    assert rows["agreement"] == "arg-max equal for 999 of 1,000 samples, values within 0.031 of the that engine's"
    assert list(rows) == ["outputs", "agreement"]
    assert [title for title, _ in correctness(VALIDATION)] == ["outputs"]

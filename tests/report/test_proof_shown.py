"""A validation in words: what is wrong, what broke off, and which exit code that is."""

from dataclasses import replace

import pytest
from support.html_results import DEPLOYED

from edgeopt.errors import DeviceError, OutputsDiffer
from edgeopt.report import dumps
from edgeopt.report.html.head import verdict
from edgeopt.report.proof import Diagnosis, DifferingLayer
from edgeopt.report.views.validation import correctness, validation_error

LAYER = DifferingLayer(
    3, "kernel", 2, "dense", "fully_connected", "plain", (), True, None, "t", "int8", (1, 4), (0, 1), "5", "6", 1, 4
)
RIGHT = DEPLOYED.validation
WRONG = replace(RIGHT, identical=RIGHT.samples - 1, diagnosis=Diagnosis("layer 2 is the first to differ", LAYER))
PARTIAL = replace(RIGHT, partial="the port is gone", given=RIGHT.samples + 7, restarts=2)


def rows(validation: object) -> dict[str, str]:
    return {title: text.plain for title, text in correctness(validation)}  # type: ignore[arg-type]


def test_what_differs_is_told_with_its_layer_and_is_exit_code_5() -> None:
    assert rows(WRONG)["diagnosis"] == "layer 2 is the first to differ"
    error = validation_error(WRONG)
    assert isinstance(error, OutputsDiffer) and error.exit_code == 5
    assert error.hint.startswith("look at layer 2, as told above")
    unknown = validation_error(replace(WRONG, diagnosis=Diagnosis("it did not happen again")))
    assert unknown is not None and unknown.hint.startswith("this is a fault of edgeopt or of the board")


def test_what_broke_off_is_exit_code_6_unless_something_differs() -> None:
    assert rows(PARTIAL)["partial"].endswith(f"of {RIGHT.samples + 7:,} samples: the port is gone")
    assert rows(PARTIAL)["restarts"] == "2, after which the session went on"
    error = validation_error(PARTIAL)
    assert isinstance(error, DeviceError) and error.exit_code == 6 and "the port is gone" in error.message
    assert isinstance(validation_error(replace(PARTIAL, identical=0)), OutputsDiffer)
    assert validation_error(RIGHT) is None


def test_what_is_no_number_is_told_so() -> None:
    assert "differ by up to more than any number" in rows(replace(WRONG, max_abs_diff=None))["outputs"]


@pytest.mark.parametrize("validation", [WRONG, PARTIAL])
def test_the_page_and_the_json_have_it(validation: object) -> None:
    deployment = replace(DEPLOYED, validation=validation)
    if validation is WRONG:
        assert "layer 2 is the first to differ" in verdict(deployment).more
        assert '"inputs_right": true' in dumps(deployment)
    else:
        assert '"partial": "the port is gone"' in dumps(deployment)

"""validate(): which samples are identical, the largest difference, and the first one."""

import numpy as np
import pytest

from edgeopt.device import Difference, validate
from edgeopt.errors import UsageError

EXPECTED = [
    [np.array([[1, -2], [3, 4]], np.int8), np.array([1000], np.int16)],
    [np.array([[0, 0], [0, -128]], np.int8), np.array([-1], np.int16)],
]


def as_bytes(samples: list[list[np.ndarray]]) -> list[list[bytes]]:
    return [[array.tobytes() for array in sample] for sample in samples]


def test_equal_outputs_are_identical() -> None:
    result = validate(as_bytes(EXPECTED), EXPECTED, "tflite-micro")
    assert (result.samples, result.identical, result.max_abs_diff) == (2, 2, 0)
    assert result.first_difference is None and result.oracle == "tflite-micro"


def test_differences_are_found_and_named() -> None:
    outputs = as_bytes(EXPECTED)
    outputs[1][0] = np.array([0, 0, 0, 127], np.int8).tobytes()
    outputs[1][1] = np.array([1], np.int16).tobytes()
    result = validate(outputs, EXPECTED, "tflite-micro")
    assert (result.samples, result.identical, result.max_abs_diff) == (2, 1, 255)
    assert result.first_difference == Difference(sample=1, output=0, index=3, expected=-128, got=127)
    assert str(result.first_difference) == "sample 1, output 0, element 3: expected -128, got 127"


def test_a_nan_is_a_difference() -> None:
    expected = [[np.array([1.0, 2.0], np.float32)]]
    result = validate([[np.array([1.0, np.nan], np.float32).tobytes()]], expected, "LiteRT")
    assert result.identical == 0 and result.max_abs_diff == np.inf
    same = validate([[np.array([np.nan], np.float32).tobytes()]], [[np.array([np.nan], np.float32)]], "LiteRT")
    assert same.identical == 1


def test_the_bits_within_not_a_number_are_the_core_s_own() -> None:
    expected = [[np.array([np.nan, -0.0], np.float32)]]
    others = np.array([0xFFC0_0001, 0x8000_0000], np.uint32)
    assert validate([[others.tobytes()]], expected, "reference").identical == 1
    others[1] = 0  # but the sign of a zero counts
    assert validate([[others.tobytes()]], expected, "reference").first_difference == Difference(0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    "outputs",
    [[], as_bytes(EXPECTED)[:1], [[b"1234"], [b"1234"]], [[b"1234", b"12"], [b"123", b"12"]]],
)
def test_what_cannot_be_compared_is_a_usage_error(outputs: list[list[bytes]]) -> None:
    with pytest.raises(UsageError):
        validate(outputs, EXPECTED, "tflite-micro")

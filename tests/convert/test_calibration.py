"""Data against a model's inputs: which array, which sample, what was expected, what to do."""

import numpy as np
import pytest

from edgeopt.convert import check_calibration, make_dataset, match, plain_name, quantize_inputs, sample_shape
from edgeopt.errors import UsageError
from edgeopt.ir import Array, Quant, Tensor

FLOAT = Tensor("serving_default_image:0", (1, 2, 3), "float32")
INT8 = Tensor("image", (1, 2, 3), "int8", Quant((0.5,), (-8,)))


def samples(count: int = 40, dtype: str = "float32") -> Array:
    return np.arange(count * 6).reshape(count, 2, 3).astype(dtype)


@pytest.mark.parametrize("key", ["serving_default_image:0", "image", "x"])
def test_an_array_is_found_by_the_inputs_name_or_x(key: str) -> None:
    matched = match(make_dataset({key: samples()}), [FLOAT])
    assert list(matched.inputs) == [FLOAT.name]
    np.testing.assert_array_equal(matched.inputs[FLOAT.name], samples())


def test_several_inputs_are_matched_by_name_and_ordered_as_the_model_has_them() -> None:
    tensors = [Tensor("a", (1, 2), "float32"), Tensor("b", (1, 1), "float32")]
    data = make_dataset({"b": np.ones((4, 1)), "a": np.zeros((4, 2))})
    assert [array.shape for array in match(data, tensors).inputs.values()] == [(4, 2), (4, 1)]
    with pytest.raises(UsageError, match=r"no array is called `a` as the model's input; there is `x`"):
        match(make_dataset({"x": np.zeros((4, 2))}), tensors)


def refused(array: Array, tensor: Tensor = FLOAT) -> UsageError:
    with pytest.raises(UsageError) as caught:
        match(make_dataset({"image": array}, "cal.npz"), [tensor])
    assert caught.value.message.startswith("cal.npz: array `image`") and caught.value.hint
    assert "\n" not in caught.value.message
    return caught.value


def test_another_shape_names_both_shapes_and_the_way_out() -> None:
    error = refused(np.zeros((40, 3, 2), np.float32))
    assert "has shape [40, 3, 2], the model's input needs [samples, 2, 3]" in error.message
    assert error.hint == "reshape it: image.reshape(-1, 2, 3)"
    assert "prepare the samples" in refused(np.zeros((40, 7), np.float32)).hint


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_names_the_first_sample(bad: float) -> None:
    array = samples()
    array[[7, 9], 1, 2] = bad
    assert "sample 7 has NaN or infinity (2 of 40 samples do)" in refused(array).message


def test_a_double_beyond_float32_names_the_sample() -> None:
    array = samples(dtype="float64")
    array[3, 0, 0] = 1e300
    assert "sample 3 has a value beyond float32" in refused(array).message


def test_integers_for_a_float_model_are_not_guessed_at() -> None:
    error = refused(samples(dtype="uint8"))
    assert "is uint8 (0 .. 239), the model's input is float32" in error.message
    assert "/ 255" in error.hint


def test_an_int8_model_takes_its_own_integers_or_real_values() -> None:
    integers = samples(20, "int64")
    matched = match(make_dataset({"x": integers}), [INT8]).inputs["image"]
    assert matched.dtype == np.int8
    real = quantize_inputs(make_dataset({"x": (integers[:4] - 4.0) / 2}), [INT8])["image"]
    np.testing.assert_array_equal(real, integers[:4] - 4 - 8)
    message = refused(samples(dtype="int64"), INT8).message
    assert "sample 21 has 126 .. 131, the model's input is int8 (-128 .. 127)" in message


def test_good_samples_bring_no_warning() -> None:
    assert check_calibration(match(make_dataset({"x": samples()}), [FLOAT])) == ()


def test_few_constant_and_repeated_samples_are_warned_about() -> None:
    array = samples(10)
    array[4] = 1.0
    array[6] = array[9] = array[2]
    few, constant, repeated = check_calibration(match(make_dataset({"x": array}, "cal.npz"), [FLOAT]))
    assert few.startswith("cal.npz: 10 samples are few")
    assert "1 constant samples, the first is 4" in constant
    assert "2 samples repeat earlier ones, the first is 6" in repeated


def test_samples_without_any_range_are_an_error() -> None:
    data = match(make_dataset({"x": np.zeros((40, 2, 3), np.float32)}), [FLOAT])
    with pytest.raises(UsageError, match=r"every value of every sample is 0\.0"):
        check_calibration(data)


def test_names_and_shapes() -> None:
    assert plain_name("serving_default_a_b:0") == "a_b" and plain_name("x") == "x"
    assert sample_shape(FLOAT) == (2, 3)
    assert sample_shape(Tensor("t", (4, 2), "int8")) == (4, 2)


def test_channels_in_front_are_to_be_moved_not_reshaped() -> None:
    images = Tensor("image", (1, 4, 5, 3), "float32")
    for shape, hint in (
        ((40, 3, 4, 5), "put the channels last: x.transpose(0, 2, 3, 1)"),
        ((40, 3, 5, 4), "reshape it: x.reshape(-1, 4, 5, 3)"),
    ):
        with pytest.raises(UsageError) as caught:
            match(make_dataset({"x": np.zeros(shape, np.float32)}), [images])
        assert caught.value.hint == hint

"""What `db` sends and `results` tells by data set and type: byte-exact with eo_dataset*.c compiled for the host."""

from pathlib import Path

import numpy as np
import pytest
from support.fake_device import build_program, talk
from support.wire import READY, load_commands

from edgeopt.device.lines import command_line
from edgeopt.quantmath import quantize_multiplier

Floats = np.typing.NDArray[np.float32]
ELEMENTS = 64
IN_SCALE, IN_ZERO = np.float32(0.391), 89
OUT_SCALE, OUT_ZERO = np.float32(0.3645), 96


def multiplier(name: str, scale: float) -> tuple[str, str]:
    q31, shift = quantize_multiplier(scale)
    return f"{name}_Q31={q31}", f"{name}_SHIFT=({shift})"


@pytest.mark.parametrize(
    ("kind", "elements", "scale", "zero_point", "expected"),
    [
        ("UINT8", np.array([0, 1, 128, 255], np.uint8), 1 / 256, 0, b"0.000,0.003,0.500,0.996"),
        ("UINT8", np.array([0, 255], np.uint8), 1.0, 128, b"-128.000,127.000"),
        ("INT16", np.array([-32768, 32767, 1], "<i2"), 2.0**-15, 0, b"-1.000,0.999,0.000"),
        ("INT16", np.array([-32768, 32767], "<i2"), 64.0, 0, b"-2097152.000,2097088.000"),
        ("FLOAT32", np.array([0, -0.0, 0.9999, -2.5, 4194303.5], "<f4"), 0, 0, b"0.000,0.000,0.999,-2.500,4194303.500"),
        ("FLOAT32", np.array([1e-45, 1.17e-38, -0.0009, 1e-3], "<f4"), 0, 0, b"0.000,0.000,0.000,0.001"),
    ],
)
def test_results_of_every_type(
    tmp_path: Path, kind: str, elements: np.typing.NDArray[np.generic], scale: float, zero_point: int, expected: bytes
) -> None:
    data = elements.tobytes()
    defines = (f"FAKE_TYPE=EO_TYPE_{kind}", f"OUT0={len(data)}", f"IN0={len(data)}", f"FAKE_ZERO_POINT={zero_point}")
    program = build_program(tmp_path, *defines, *multiplier("FAKE_SCALE", scale))
    answer = talk(program, load_commands(data) + b"infer 1 0%").split(READY)[-2]
    assert answer.endswith(b"m-infer-done\r\nm-results-[" + expected + b"]\r\n")


@pytest.mark.parametrize("value", [8388608.0, 4294967.5, -4294967.5, np.inf, -np.inf, np.nan])
def test_a_number_that_is_too_large_is_not_printed(tmp_path: Path, value: float) -> None:
    program = build_program(tmp_path, "FAKE_TYPE=EO_TYPE_FLOAT32", "IN0=8")
    data = np.array([1, value], "<f4").tobytes()
    answer = talk(program, b"db load 8%db " + data.hex().encode() + b"%infer 1 0%").split(READY)[2]
    assert answer.endswith(b"m-infer-done\r\nm-results-[1.000]\r\n")  # the fake's output 0 is the first four bytes
    program = build_program(tmp_path, "FAKE_TYPE=EO_TYPE_FLOAT32", "IN0=8", "OUT0=8")
    answer = talk(program, b"db load 8%db " + data.hex().encode() + b"%infer 1 0%").split(READY)[2]
    assert answer.endswith(b"m-infer-done\r\ne-[No results: output 0 has a number beyond 4294967]\r\n")


def test_an_output_of_another_type_has_no_results(tmp_path: Path) -> None:
    program = build_program(tmp_path, "FAKE_TYPE=EO_TYPE_OTHER")
    answer = talk(program, b"infer 1 0%").split(READY)[0]
    assert answer.endswith(b"m-infer-done\r\ne-[No results: output 0 is not quantized]\r\n")


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fake anomaly detector, whose output is its input: the same bytes under another scale."""
    return build_program(
        tmp_path_factory.mktemp("ad01"),
        *(f"IN0={ELEMENTS}", f"OUT0={ELEMENTS}", f"FAKE_IN_ZERO_POINT={IN_ZERO}", f"FAKE_ZERO_POINT={OUT_ZERO}"),
        *multiplier("FAKE_IN_SCALE", float(IN_SCALE)),
        *multiplier("FAKE_SCALE", float(OUT_SCALE)),
        MODEL_VERSION='"ad01"',
        AD01_ELEMENTS=str(ELEMENTS),
    )


def official_result(x: Floats) -> bytes:
    """What the official firmware computes of such a model: float32, one after the other."""
    steps = (x / IN_SCALE).astype(np.float64)
    rounded = np.sign(steps) * np.floor(np.abs(steps) + 0.5)
    q = np.clip(rounded + IN_ZERO, -128, 127).astype(np.int32)
    total = np.float32(0)
    for output, value in zip(OUT_SCALE * (q - OUT_ZERO).astype(np.float32), x, strict=True):
        difference = output - value
        total = total + difference * difference
    return b"m-results-[%.3f]\r\n" % float(total / np.float32(len(x)))


def test_floats_are_quantized_and_their_distance_told(detector: Path, rng: np.random.Generator) -> None:
    for spread in (0.01, 1.0, 30.0, 300.0):
        x = rng.normal(0, spread, ELEMENTS).astype(np.float32)
        answers = talk(detector, b"profile%" + load_commands(x.tobytes()) + b"db print%infer 3 2%results%").split(READY)
        assert answers[0].endswith(b"m-model-[ad01]\r\n")
        assert answers[1] == b"m-[Expecting 256 bytes]\r\n"
        assert answers[-5] == b"m-load-done\r\n"
        shown = answers[-4].replace(b"m-buffer", b"").replace(b"\r\n", b"").replace(b"-", b"")
        assert bytes.fromhex(shown.decode()) == x.tobytes()
        assert answers[-3].endswith(b"m-infer-done\r\n" + official_result(x))
        assert answers[-2] == official_result(x)


def test_thousandths_are_rounded_to_the_nearest(detector: Path) -> None:
    # all inputs saturate at the model's least value, so the distance is that of one number
    least = float(OUT_SCALE) * (-128 - OUT_ZERO)
    for apart in (10.0, 10.00005, 10.01, 44.72135, 1500.0, 2000.0):
        x = np.full(ELEMENTS, np.float32(least - apart), np.float32)
        answer = talk(detector, load_commands(x.tobytes()) + b"infer 1 0%").split(READY)[-2]
        assert answer.endswith(official_result(x))


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e30, 4000.0])
def test_a_distance_that_is_too_large_is_not_printed(detector: Path, value: float) -> None:
    x = np.full(ELEMENTS, value, np.float32)
    answer = talk(detector, load_commands(x.tobytes()) + b"infer 1 0%").split(READY)[-2]
    assert answer.endswith(b"m-infer-done\r\ne-[No results: a number beyond 4294967]\r\n")


def test_no_distance_from_floats_that_were_not_the_input(detector: Path) -> None:
    x = np.ones(ELEMENTS, np.float32).tobytes()
    stranger = b"e-[No results: the input did not come by 'db']\r\n"
    assert talk(detector, b"infer 1 0%").split(READY)[0].endswith(stranger)
    half_loaded = load_commands(x) + b"infer 1 0%db load 256%db 00000000%infer 1 0%"
    assert talk(detector, half_loaded).split(READY)[-2].endswith(stranger)
    put = command_line(1, "put", "0", "0", "AAAA")
    answers = talk(detector, load_commands(x) + b"infer 1 0%" + put + b"results%infer 1 0%").split(READY)
    assert b" ok " in answers[-4]
    assert answers[-3] == b"e-[No results: 'infer' comes first]\r\n"
    assert answers[-2].endswith(stranger)


def test_the_limit_of_floats_is_in_bytes(detector: Path) -> None:
    assert talk(detector, b"db load 257%") == b"Supplied buffer size 257 exceeds maximum of 256\n" + READY

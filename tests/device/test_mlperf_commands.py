"""The MLPerf Tiny device protocol: byte-exact exchanges with eo_protocol.c, compiled for the host under sanitizers."""

from pathlib import Path

import pytest
from support.fake_device import build_program, talk

READY = b"m-ready\r\n"


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_program(tmp_path_factory.mktemp("device"), MODEL_VERSION='"kws01"')


@pytest.fixture(scope="module")
def image_device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_program(tmp_path_factory.mktemp("image"), MODEL_VERSION='"ic01"', PIXEL_FLIP="0x80")


@pytest.fixture(scope="module")
def forgetful_device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_program(tmp_path_factory.mktemp("forgetful"), "FAKE_SURVIVES=0")


EXCHANGES = {
    # what is sent: what comes back before m-ready
    b"name%": b"m-name-dut-[unspecified]\r\n",
    b"timestamp%": b"m-lap-us-0\r\n",
    b"profile%": b"m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[kws01]\r\n",
    b"db%": b"e-[Command 'db' requires a subcommand]\r\n",
    b"db load%": b"e-[Command 'db load' requires the # of bytes]\r\n",
    b"db load 0%": b"e-[Command 'db load' must be >0 bytes]\r\n",
    b"db load x%": b"e-[Command 'db load' must be >0 bytes]\r\n",
    b"db load 5%": b"m-[Expecting 5 bytes]\r\n",
    b"db  load   5 %": b"m-[Expecting 5 bytes]\r\n",
    b"db load 6%": b"Supplied buffer size 6 exceeds maximum of 5\n",
    b"db load -1%": b"Supplied buffer size -1 exceeds maximum of 5\n",
    b"db load 99999999999%": b"Supplied buffer size 2147483647 exceeds maximum of 5\n",
    b"db 123%": b"e-[Insufficent number of hex digits]\r\n",
    b"db 12%": b"e-[No room: 'db load' comes first]\r\n",
    b"db print%": b"",
    b"infer 0%": b"e-[Inference iterations must be >0]\r\n",
    b"infer -3 1%": b"e-[Inference iterations must be >0]\r\n",
    b"infer 1 -1%": b"e-[Inference warmup must be >=0]\r\n",
    b"results%": b"e-[No results: 'infer' comes first]\r\n",
    b"nonsense 1 2%": b"e-[Unknown command: nonsense]\r\n",
    b"\r\nname%": b"e-[Unknown command: \r\nname]\r\n",
    b"name\n%": b"e-[Unknown command: name\n]\r\n",
    b"NAME%": b"e-[Unknown command: NAME]\r\n",
    b"%": b"e-[Unknown command: ]\r\n",
    b"   %": b"e-[Unknown command: ]\r\n",
    b"x" * 320 + b"%": b"e-[Unknown command: " + b"x" * 320 + b"]\r\n",
    b"x" * 321 + b"%": b"e-[Command too long]\r\n",
    b"name%" + b"x" * 4000 + b"%": b"m-name-dut-[unspecified]\r\n" + READY + b"e-[Command too long]\r\n",
}


@pytest.mark.parametrize("sent", EXCHANGES, ids=lambda sent: repr(sent[:24]))
def test_each_command_is_answered_to_the_byte(device: Path, sent: bytes) -> None:
    assert talk(device, sent) == EXCHANGES[sent] + READY


def test_nothing_is_sent_before_the_terminator(device: Path) -> None:
    assert talk(device, b"name") == b""


def test_help_begins_with_the_version_and_an_empty_line(device: Path) -> None:
    answer = talk(device, b"help%")
    assert answer.startswith(b"ULPMark for tinyML Firmware V0.0.1\r\n\r\n") and answer.endswith(b"\r\n" + READY)
    assert all(command in answer for command in (b"name", b"timestamp", b"db load", b"infer", b"results"))


def test_a_whole_run_of_the_official_host(device: Path) -> None:
    # -128, -1, 127, 0 and 1 as int8; the outputs are the first four, with scale 1/256 and zero point -128
    sent = b"db load 5%db 80ff7f%db 0001%db print%infer 2 1%results%"
    results = b"m-results-[0.000,0.496,0.996,0.500]\r\n"
    assert talk(device, sent) == READY.join(
        [
            b"m-[Expecting 5 bytes]\r\n",
            b"",
            b"m-load-done\r\n",
            b"m-buffer-80-ff-7f-00-01\r\n",
            b"m-warmup-start-1\r\nm-warmup-done\r\nm-infer-start-2\r\nm-lap-us-6000\r\nm-lap-us-18000\r\nm-infer-done\r\n"
            + results,
            results,
            b"",
        ]
    )


def test_infer_alone_warms_up_ten_times(device: Path) -> None:
    answer = talk(device, b"infer%")
    assert answer.startswith(
        b"m-warmup-start-10\r\nm-warmup-done\r\nm-infer-start-1\r\nm-lap-us-60000\r\nm-lap-us-66000\r\n"
    )


def test_digits_after_the_last_byte_are_disregarded(device: Path) -> None:
    sent = b"db load 1%db 12zz%db 34%db print%"
    assert talk(device, sent) == READY.join(
        [
            b"m-[Expecting 1 bytes]\r\n",
            b"m-load-done\r\n",
            b"e-[No room: 'db load' comes first]\r\n",
            b"m-buffer-12\r\n",
            b"",
        ]
    )


def test_an_invalid_digit_is_shown(device: Path) -> None:
    answer = talk(device, b"db load 2%db 1G%db AbcD%")
    assert answer.split(READY)[1:3] == [b"e-[Invalid hex digit '1G']\r\n", b"m-load-done\r\n"]


def test_print_has_eight_bytes_a_line(tmp_path: Path) -> None:
    program = build_program(tmp_path, "IN0=17")
    digits = bytes(range(17)).hex().encode()
    answer = talk(program, b"db load 17%db " + digits + b"%db print%").split(READY)[2]
    assert answer == (b"m-buffer-00-01-02-03-04-05-06-07\r\nm-buffer-08-09-0a-0b-0c-0d-0e-0f\r\nm-buffer-10\r\n")


def test_image_models_take_unsigned_bytes(image_device: Path) -> None:
    # 0, 127, 255, 128 as pixels are -128, -1, 127, 0 as int8; db print shows what was sent
    answer = talk(image_device, b"profile%db load 5%db 007fff8000%db print%infer 1 0%").split(READY)
    assert b"m-model-[ic01]\r\n" in answer[0]
    assert answer[3] == b"m-buffer-00-7f-ff-80-00\r\n"
    assert answer[4].endswith(b"m-results-[0.000,0.496,0.996,0.500]\r\n")


def test_no_result_is_printed_of_an_input_that_is_gone(forgetful_device: Path) -> None:
    once, twice = (
        talk(forgetful_device, b"db load 5%db 80ff7f0001%infer " + count + b"%results%").split(READY)[2:4]
        for count in (b"1 0", b"1 1")
    )
    assert once[0].endswith(b"m-results-[0.000,0.496,0.996,0.500]\r\n") and once[1].startswith(b"m-results-")
    refusal = b"e-[No results: the input does not survive an inference, load it again]\r\n"
    assert twice[0].endswith(b"m-infer-done\r\n" + refusal) and twice[1] == refusal


def test_a_model_that_fails_gives_no_result(device: Path) -> None:
    answer = talk(device, b"db load 5%db eeeeeeeeee%infer 1 0%results%").split(READY)
    assert answer[2].endswith(b"e-[The model returned an error]\r\n")
    assert answer[3] == b"e-[No results: 'infer' comes first]\r\n"


def test_the_time_runs_on_over_seconds(tmp_path: Path) -> None:
    # 6000 ticks an inference at 4000 Hz are 1.5 s
    program = build_program(tmp_path, "FAKE_HZ=4000")
    laps = [line for line in talk(program, b"infer 1 0%infer 2 0%").split(b"\r\n") if line.startswith(b"m-lap")]
    assert laps == [b"m-lap-us-0", b"m-lap-us-1500000", b"m-lap-us-1500000", b"m-lap-us-4500000"]


@pytest.mark.parametrize(
    ("scale_q31", "shift", "zero_point", "expected"),
    [
        ("1<<30", -7, -128, b"0.000,0.496,0.996,0.500"),  # 1/256
        ("1<<30", 1, 0, b"-128.000,-1.000,127.000,0.000"),  # 1
        ("1<<30", -2, 3, b"-16.375,-0.500,15.500,-0.375"),  # 1/8
        ("0x66666666", -3, 0, b"-12.799,-0.099,12.699,0.000"),  # just below 0.1, cut off
        ("0x7fffffff", 14, 0, b"-2097151.999,-16383.999,2080767.999,0.000"),
        ("1<<30", -40, -128, b"0.000,0.000,0.000,0.000"),
    ],
)
def test_results_are_cut_off_after_three_decimals(
    tmp_path: Path, scale_q31: str, shift: int, zero_point: int, expected: bytes
) -> None:
    program = build_program(
        tmp_path, f"FAKE_SCALE_Q31={scale_q31}", f"FAKE_SCALE_SHIFT={shift}", f"FAKE_ZERO_POINT={zero_point}"
    )
    answer = talk(program, b"db load 4%db 80ff7f00%infer 1 0%").split(READY)[2]
    assert answer.endswith(b"m-infer-done\r\nm-results-[" + expected + b"]\r\n")


def test_an_output_without_a_scale_has_no_results(tmp_path: Path) -> None:
    program = build_program(tmp_path, "FAKE_SCALE_Q31=0")
    answer = talk(program, b"infer 1 0%").split(READY)[0]
    assert answer.endswith(b"m-infer-done\r\ne-[No results: output 0 is not quantized]\r\n")

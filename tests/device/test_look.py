"""`probe` and `peek` as the firmware sees them, and the host's side of them over a link that damages bytes."""

import binascii
import struct
from pathlib import Path

import numpy as np
import pytest
from support.fake_device import LibraryLink, build_library, build_program, fake_outputs, talk

from edgeopt.device import Session
from edgeopt.device.lines import Answer, command_line, parse_answer
from edgeopt.device.look import peek, probe, together

INPUTS_AT = 296  # in the arena of fake_device.c, behind the outputs: see memory_map
FIRST, SECOND = b"\x01\x02\x03\x04\x05", bytes(300)
CRC = f"{binascii.crc32(FIRST + SECOND):x}"
PUT = "put 0 0 AQIDBAU="


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_program(tmp_path_factory.mktemp("device"))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("library"))


def answers(device: Path, *commands: str) -> list[Answer]:
    sent = b"".join(command_line(i, *command.split(" ")) for i, command in enumerate(commands))
    lines = talk(device, sent).split(b"\r\nm-ready\r\n")[:-1]
    parsed = [parse_answer(line) for line in lines]
    assert [answer and answer[0] for answer in parsed] == list(range(len(commands)))
    return [answer[1] for answer in parsed if answer is not None]


def crc(data: bytes) -> str:
    return f"{binascii.crc32(data):08x}"


def test_probe_sees_the_arena_before_each_layer_and_at_the_end(device: Path) -> None:
    """The fake model writes its outputs behind its last layer."""
    outputs = b"".join(fake_outputs((FIRST, SECOND)))
    spots = f"0 {INPUTS_AT:x} 5 1 0 4 3 0 4 3 0 {len(outputs):x}"
    _, found = answers(device, PUT, f"probe 7 {CRC} 0 {spots}")
    assert found == Answer(True, ("00000007", crc(FIRST), crc(bytes(4)), crc(outputs[:4]), crc(outputs)))


def test_peek_tells_bytes_as_words(device: Path) -> None:
    _, early, late = answers(
        device, PUT, f"peek 1 {CRC} 0 0 {INPUTS_AT:x} 5", f"peek 2 {CRC} 0 3 0 {INPUTS_AT - 2 - 192:x}"
    )
    assert early == Answer(True, ("00000001", "04030201", "00000005"))
    data = struct.pack("<26I", *(int(word, 16) for word in late.values[1:]))
    assert data[:102] == b"".join(fake_outputs((FIRST, SECOND)))[:102] and data[102:] == bytes(2)


def test_what_is_asked_again_runs_once(device: Path) -> None:
    """A network that remembers tells how often it ran."""
    first = f"probe 5 {CRC} 0 3 0 4"
    second = f"peek 6 {CRC} 0 0 {INPUTS_AT:x} 4"
    found = answers(device, PUT, first, first, second, second, first)
    assert found[1] == found[2] and found[3] == found[4] and found[5] == found[1]


def test_a_network_that_remembers_runs_only_as_the_host_means(tmp_path: Path) -> None:
    program = build_program(tmp_path, "FAKE_STATE_BYTES=1")
    again = f"probe 1 {CRC} 0 3 0 4"
    found = answers(program, PUT, "reset", again, again, f"probe 2 {CRC} 0 3 0 4", f"peek 3 {CRC} 1 3 0 4")
    assert [answer.ok for answer in found] == [True, True, True, True, False, True]
    assert found[2] == found[3] and found[4].values == ("state",)
    assert found[5].values == ("00000003", f"0403020{7 + 1 + 1}")  # 7 at first, and the first byte twice


REFUSED = {
    f"probe 0 {CRC} 0 0 0 1": "arguments",
    f"probe 1 {CRC}": "arguments",
    f"probe 1 {CRC} 0": "range",
    f"probe 1 {CRC} 0 0 0": "range",
    f"probe 1 {CRC} 0 0 0 x": "range",
    f"probe 1 {CRC} 0 0 0 0": "range",
    f"probe 1 {CRC} 0 4 0 1": "range",
    f"probe 1 {CRC} 0 0 0 281": "range",
    f"probe 1 {CRC} 0 0 280 1": "range",
    f"probe 1 {CRC} 0 0 ffffffff 2": "range",
    f"probe 1 {CRC} 0 0 1 ffffffff": "range",
    f"probe 1 {CRC} 0 1 0 1 0 0 1": "range",
    f"probe 1 {CRC} 0" + " 0 0 1" * 17: "range",
    "probe 1 0 0 0 0 1": "input",
    f"peek 0 {CRC} 0 0 0 1": "arguments",
    f"peek 1 {CRC} 0 0 0": "arguments",
    f"peek 1 {CRC} 0 0 0 1 1": "arguments",
    f"peek 1 {CRC} 0 4 0 1": "range",
    f"peek 1 {CRC} 0 0 0 c1": "range",
    f"peek 1 {CRC} 0 0 0 0": "range",
    f"peek 1 {CRC} 0 0 27f 2": "range",
    "peek 1 0 0 0 0 1": "input",
}


@pytest.mark.parametrize("command", REFUSED)
def test_what_cannot_be_done_is_refused_and_leaves_the_last_run_alone(device: Path, command: str) -> None:
    """By the last run's number a session knows that the board has not restarted."""
    _, run, refused, asked = answers(device, PUT, f"run 9 {CRC} ffffffff 0", command, "layers 9 0 0")
    assert run.ok and refused == Answer(False, (REFUSED[command],)) and asked.ok


def test_a_model_that_fails_is_told(device: Path) -> None:
    fails = crc(bytes([0xEE, *bytes(304)]))
    found = answers(device, "put 0 0 7g==", f"probe 1 {fails} 0 0 0 1", f"peek 1 {fails} 0 0 0 1")
    assert [answer.values for answer in found[1:]] == [("model",), ("model",)]


def test_the_host_s_side(library: Path, rng: np.random.Generator) -> None:
    session = Session(LibraryLink(library))
    sample = (rng.bytes(5), rng.bytes(300))
    session.load(sample)
    outputs = b"".join(fake_outputs(sample))
    assert probe(session, [(0, INPUTS_AT, 5), (3, 0, 294)]) == tuple(map(binascii.crc32, (sample[0], outputs)))
    for size in (1, 3, 4, 191, 192):
        assert peek(session, (3, 1, size)) == outputs[1 : 1 + size]
    assert session.infer().outputs_crc == binascii.crc32(outputs)


def test_a_command_carries_as_many_places_as_fit(library: Path) -> None:
    session = Session(LibraryLink(library))
    assert len(together(session, [(0, 0, 1)] * 40)) == 16
    wide = [(0xFFFF, 0xFFFFFF, 0xFFFFFF)] * 40
    assert 10 <= len(together(session, wide)) < 16
    assert len(together(session, wide[:3])) == 3

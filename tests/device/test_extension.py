"""The extension commands as the firmware sees them: what is refused, what may be repeated, what random bytes do."""

import base64
import binascii
import random
from pathlib import Path

import pytest
from support.fake_device import BANNER, BUILD_ID, build_program, talk

from edgeopt.device.lines import Answer, command_line, parse_answer

SEED = 7411
DAMAGED = b"e-[Damaged eo command]\r\n"


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_program(tmp_path_factory.mktemp("device"))


def answers(device: Path, *commands: str) -> list[Answer]:
    """The device's answers to commands, each `COMMAND ARGUMENTS`; every one must come, with its number."""
    sent = b"".join(command_line(i, *command.split(" ")) for i, command in enumerate(commands))
    lines = talk(device, sent).split(b"\r\nm-ready\r\n")
    assert lines.pop() == b"" and len(lines) == len(commands)
    parsed = [parse_answer(line) for line in lines]
    assert [answer and answer[0] for answer in parsed] == list(range(len(commands)))
    return [answer[1] for answer in parsed if answer is not None]


def inputs_crc(first: bytes, second: bytes) -> str:
    return f"{binascii.crc32(first + second):08x}"


ZEROS = inputs_crc(bytes(5), bytes(300))

REFUSED = {
    "id 1": "arguments",
    "memory 1": "arguments",
    "tensor 0": "arguments",
    "tensor 0 0 0": "arguments",
    "tensor x 0": "arguments",
    "tensor 000000000 0": "arguments",
    "tensor 0 2": "range",
    "tensor 1 2": "range",
    "tensor 2 0": "range",
    "tensor 0 ffffffff": "range",
    "put 0 0": "arguments",
    "put 0 0 AAAA AAAA": "arguments",
    "put 2 0 AAAA": "range",
    "put 0 6 AAAA": "range",
    "put 0 5 AA==": "range",
    "put 0 3 AAAA": "range",
    "put 0 ffffffff AAAA": "range",
    "put 0 0 AAA": "range",
    "put 0 0 A===": "range",
    "put 0 0 ====": "range",
    "put 0 0 AA=A": "range",
    "put 0 0 AA==AAAA": "range",
    "put 0 0 A-AA": "range",
    f"run 0 {ZEROS} ffffffff 0": "arguments",
    f"run 1 {ZEROS} ffffffff": "arguments",
    f"run 1 {ZEROS} 3 0": "range",
    "run 1 12345678 ffffffff 0": "input",
    "reset 0": "arguments",
    "layers 0 0 0": "run",
    "layers 1 0 1": "run",
    "get 2 0 1": "range",
    "get 0 0 0": "range",
    "get 0 0 5": "range",
    "get 0 4 1": "range",
    "get 0 ffffffff 2": "range",
    "get 1 0 c1": "range",
    "crash 0": "arguments",
    "reboot 0": "arguments",
    "watch": "arguments",
    "watch 0": "arguments",
    "rebot": "command",
    "": "command",
}


@pytest.mark.parametrize("command", REFUSED)
def test_what_cannot_be_done_is_refused(device: Path, command: str) -> None:
    assert answers(device, command) == [Answer(False, (REFUSED[command],))]


@pytest.mark.parametrize("size", range(1, 6))
def test_base64_of_every_length(device: Path, size: int) -> None:
    data = bytes(range(250, 250 + size))
    encoded = base64.b64encode(data).decode()
    loaded = data + bytes(5 - size)
    written, ran, got = answers(
        device, f"put 0 0 {encoded}", f"run 1 {inputs_crc(loaded, bytes(300))} ffffffff 0", "get 0 0 4"
    )
    assert written.ok and ran.ok
    assert base64.b64decode(got.values[0]) == loaded[:4]


def test_a_run_that_is_asked_for_again_runs_once(device: Path) -> None:
    first, again, layers, other = answers(
        device, f"run 9 {ZEROS} 0 0", f"run 9 {ZEROS} 0 0", "layers 9 1 2", f"run a {ZEROS} ffffffff 0"
    )
    assert first == again and first.values[1] == f"{6000:08x}"
    assert layers.values == (f"{2000:08x}", f"{3000:08x}")
    assert other.values[0] == "0000000a"
    lap = talk(device, command_line(1, "run", "9", ZEROS, "0", "0") * 2 + b"timestamp%")
    assert b"m-lap-us-6000\r\n" in lap  # one inference took place


def test_a_model_that_remembers_runs_only_as_the_host_means(tmp_path: Path) -> None:
    """The first output byte is 7 and the sum of the first input byte so far, which is 3."""
    device = build_program(tmp_path, "FAKE_STATE_BYTES=1")
    loaded = inputs_crc(b"\3\0\0\0\0", bytes(300))
    asked = [f"run {n} {loaded} ffffffff {count}" for n, count in ((1, 0), (2, 1), (2, 1), (3, 1), (4, 0), (5, 2))]
    replies = answers(device, "reset", "put 0 0 Aw==", *asked, "get 0 0 1", "reset", asked[0], "get 0 0 1")
    assert replies[0].values == ("00000001",)
    assert [reply.ok for reply in replies[2:8]] == [True, True, True, False, False, True]
    assert replies[5].values == replies[6].values == ("state",)
    assert base64.b64decode(replies[8].values[0]) == bytes([7 + 3 * 3])
    assert base64.b64decode(replies[11].values[0]) == bytes([7 + 3])


def test_an_inference_beside_the_session_is_noticed(tmp_path: Path) -> None:
    device = build_program(tmp_path, "FAKE_STATE_BYTES=1")
    run = command_line(1, "run", "1", ZEROS, "ffffffff", "0")
    assert b" no state " in talk(device, b"infer 1 0%" + run)
    assert b" ok " in talk(device, b"infer 1 0%" + command_line(1, "reset") + run)


def test_id_begins_a_new_session(device: Path) -> None:
    ran, identity, layers = answers(device, f"run 9 {ZEROS} 0 0", "id", "layers 9 0 3")
    assert ran.ok and identity.values[1] == BUILD_ID
    assert layers == Answer(False, ("run",))


def test_every_damage_of_one_byte_is_noticed(device: Path) -> None:
    line = command_line(5, "put", "0", "0", "AAECAw==")
    sent = []
    for i in range(len(line) - 1):
        for damaged in (line[:i] + line[i + 1 :], line[:i] + line[i : i + 1] + line[i:], flipped(line, i)):
            sent.append(damaged)
    answer = talk(device, b"".join(sent))
    assert b"m-eo" not in answer and answer.count(b"m-ready") >= len(sent)


def flipped(line: bytes, index: int) -> bytes:
    return line[:index] + bytes([line[index] ^ 1]) + line[index + 1 :]


@pytest.mark.parametrize("line", [b"eo %", b"eo 1%", b"eo 00000001 id 1234567%", b"eo 00000001 id zzzzzzzz%"])
def test_a_line_without_its_crc_is_damaged(device: Path, line: bytes) -> None:
    assert talk(device, line) == DAMAGED + b"m-ready\r\n"


def test_random_bytes_do_no_harm(device: Path) -> None:
    """Under the address and undefined-behaviour sanitizers; afterwards the device still answers."""
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    words = [
        b"db ",
        b"db load ",
        b"infer 1 0",
        b"eo ",
        b"%",
        b"%",
        b" ",
        b"results%",
        b"db print%",
        b"-",
        b"99999999999",
    ]
    words += [command_line(1, "get", "1", "0", "c0"), command_line(2, "put", "1", "0", "AAAA"), b"0aF", b"\0", b"\r\n"]
    stream = bytearray()
    for _ in range(20_000):
        stream += rng.choice(words) if rng.random() < 0.6 else rng.randbytes(rng.choice((1, 1, 2, 40)))
        if rng.random() < 0.05 and stream:
            stream[-1 - rng.randrange(min(len(stream), 20))] ^= 1 << rng.randrange(8)
    stream = bytearray(bytes(stream).replace(b"infer", b"inferx"))  # a random number of inferences takes for ever
    answer = talk(device, bytes(stream) + b"%" + command_line(77, "memory"))
    last = answer.split(b"\r\n")[-3]
    assert parse_answer(last) == (77, Answer(True, ("000004d2", "00001000", "00000280")))
    assert BANNER not in answer

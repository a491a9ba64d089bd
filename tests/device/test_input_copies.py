"""Inputs whose space the plan reuses: the firmware keeps a copy where the board has room, and says so."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.fake_device import LibraryLink, build_library, build_program, fake_outputs, talk
from support.tflite_writer import ModelBuilder
from support.wire import READY, ask, load_commands, read_banner, results

from edgeopt import device, pipeline
from edgeopt.board import Board, load_board
from edgeopt.device.lines import printable
from edgeopt.device.link import open_link
from edgeopt.device.oracle import expected_outputs
from edgeopt.errors import DoesNotFit, UsageError
from edgeopt.firmware import config_values, read_sizes
from edgeopt.ir import Array, Target
from edgeopt.load import load_bytes
from edgeopt.plan import Plan, plan

COPY_BYTES = 8 + 300  # of the fake's inputs, 5 and 300 bytes, in whole words


class CountingLink(LibraryLink):
    """Counts the uploads."""

    puts = 0

    def write(self, data: bytes) -> None:
        self.puts += b" put " in data
        super().write(data)


def test_a_session_uploads_once(tmp_path: Path, rng: np.random.Generator) -> None:
    link = CountingLink(build_library(tmp_path, "FAKE_SURVIVES=0", INPUT_COPY_BYTES=str(COPY_BYTES)))
    session = device.Session(link)
    assert session.identity.inputs_survive
    inputs = (rng.bytes(5), rng.bytes(300))
    session.load(inputs)
    uploads = link.puts
    for _ in range(4):
        session.infer()
        assert session.outputs() == fake_outputs(inputs)
    assert session.layer_cycles() == (1000, 2000, 3000)
    assert link.puts == uploads == 3


def test_many_inferences_give_the_result_of_one(tmp_path: Path) -> None:
    program = build_program(tmp_path, "FAKE_SURVIVES=0", INPUT_COPY_BYTES=str(COPY_BYTES))
    load = b"db load 5%db 80ff7f0001%"
    once, many = (talk(program, load + command).split(READY)[2:-1] for command in (b"infer 1 0%", b"infer 10%results%"))
    result = b"m-results-[0.000,0.496,0.996,0.500]\r\n"
    assert once[0].endswith(b"m-infer-done\r\n" + result)
    assert many[0].endswith(b"m-infer-done\r\n" + result) and many[1] == result
    assert b"m-lap-us-60000\r\nm-lap-us-120000\r\n" in many[0]  # the copying is not timed


def network(elements: int = 640) -> bytes:
    """tanh of an int8 vector, which the plan computes in place."""
    m = ModelBuilder()
    x = m.tensor([1, elements], scale=0.03, zero_point=-5, name="x")
    y = m.tensor([1, elements], scale=1 / 128, name="y")
    m.op("TANH", [x], [y])
    return m.finish([x], [y])


def generated(folder: Path, board: Board, **options: str) -> tuple[Path, pipeline.Model]:
    """The ELF of the network's firmware."""
    model = folder / "net.tflite"
    model.write_bytes(network())
    project = folder / "project"
    pipeline.generate(model, board, project, **options)
    return pipeline.build(project).elf, pipeline.open_model(model)


def as_printed(values: Array, scale: float) -> list[float]:
    return [float(np.trunc(1000 * scale * int(q)) / 1000) for q in values.reshape(-1)]


@pytest.mark.parametrize("board_name", ["nucleo-l4r5zi", "nucleo-g071rb"])
def test_on_the_virtual_board(tmp_path: Path, any_toolchain: None, rng: np.random.Generator, board_name: str) -> None:
    board = load_board(board_name)
    elf, model = generated(tmp_path, board)
    x = rng.integers(-128, 128, (1, 640), np.int8)
    expected, _ = expected_outputs(model.data, model.original, [[x]])
    link = open_link("virtual", board, elf)
    try:
        read_banner(link)
        loaded = ask(link, load_commands(x.tobytes()))
        assert loaded[-1] == b"m-load-done\r\n"
        answers = ask(link, b"infer 1 0%infer 5 2%results%")
    finally:
        link.close()
    for answer in answers:
        assert results(answer) == as_printed(expected[0][0], 1 / 128), printable(answer)


def test_the_copy_is_ram_of_the_runtime(tmp_path: Path, any_toolchain: None) -> None:
    board = load_board("nucleo-l4r5zi")
    sizes = {}
    for goal in ("ram", "latency"):  # latency keeps the input alive
        (tmp_path / goal).mkdir()
        elf, _ = generated(tmp_path / goal, board, goal=goal)
        config = (elf.parents[1] / "eo_config.h").read_text()
        assert f"#define EO_INPUT_COPY_BYTES {640 if goal == 'ram' else 0}\n" in config
        sizes[goal] = read_sizes(elf, board).ram_bytes
    assert (sizes["ram"].arena, sizes["latency"].arena) == (640, 1280)
    assert sizes["ram"].runtime == sizes["latency"].runtime + 640
    assert sizes["ram"].static == sizes["latency"].static == 0


def planned(elements: Sequence[int], goal: str = "ram") -> Plan:
    m = ModelBuilder()
    xs = [m.tensor([1, count], scale=0.1, name=f"x{i}") for i, count in enumerate(elements)]
    ys = [m.tensor([1, count], scale=1 / 128, name=f"y{i}") for i, count in enumerate(elements)]
    for x, y in zip(xs, ys, strict=True):
        m.op("TANH", [x], [y])
    return plan(load_bytes(m.finish(xs, ys), "net"), Target("cortex-m4f", goal))


def test_copies_are_whole_words_each() -> None:
    board = load_board("nucleo-l4r5zi")
    assert config_values(planned([5, 300]), board)["INPUT_COPY_BYTES"] == "308"
    assert config_values(planned([5, 300], "latency"), board)["INPUT_COPY_BYTES"] == "0"


def test_copies_of_several_networks_are_those_of_one_at_a_time() -> None:
    board = load_board("nucleo-l4r5zi")
    few, many, none = planned([5, 300]), planned([640]), planned([5, 300], "latency")
    assert config_values(few, board, None, [many, none])["INPUT_COPY_BYTES"] == "640"
    assert config_values(none, board, None, [none])["INPUT_COPY_BYTES"] == "0"
    assert config_values(few, with_ram(1280), None, [many])["INPUT_COPY_BYTES"] == "640"
    assert config_values(few, with_ram(1276), None, [many])["INPUT_COPY_BYTES"] == "0", "all of them or none"


def with_ram(free_bytes: int) -> Board:
    """A board on which stack and runtime leave so many bytes."""
    board = load_board("nucleo-g071rb")
    return replace(board, ram=replace(board.ram, size_bytes=board.ram.reserve_bytes + free_bytes))


def test_a_board_without_room_has_no_copy() -> None:
    assert config_values(planned([640]), with_ram(1280))["INPUT_COPY_BYTES"] == "640"
    assert config_values(planned([640]), with_ram(1276))["INPUT_COPY_BYTES"] == "0"
    ad01 = planned([640]), with_ram(640 + 2560), "ad01"
    assert config_values(*ad01)["INPUT_COPY_BYTES"] == "0" and config_values(*ad01)["AD01_ELEMENTS"] == "640"
    with pytest.raises(DoesNotFit, match="ad01 keeps 2,560 B of floats in RAM") as caught:
        config_values(planned([640]), with_ram(640 + 2556), "ad01")
    assert "4 B more" in caught.value.hint


@pytest.mark.parametrize(
    ("elements", "mlperf", "words"),
    [
        ([640], "ad1", "no model version of MLPerf Tiny is called `ad1`"),
        ([639], "ad01", "ad01 has one input of 640 int8; `net` has 1, the first of 639 int8"),
        ([640, 640], "ad01", "`net` has 2, the first of 640 int8"),
        ([640], "ic01", "ic01 has one input of 3,072 int8 or uint8; `net` has 1, the first of 640 int8"),
    ],
)
def test_a_model_that_the_runner_cannot_drive_is_refused(elements: list[int], mlperf: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        config_values(planned(elements), load_board("nucleo-l4r5zi"), mlperf)


def test_each_data_set_has_its_values() -> None:
    board = load_board("nucleo-l4r5zi")
    shown = {
        name: [
            config_values(planned([size]), board, name)[key] for key in ("MODEL_VERSION", "PIXEL_FLIP", "AD01_ELEMENTS")
        ]
        for name, size in (("kws01", 490), ("ic01", 3072), ("vww01", 27648), ("ad01", 640))
    }
    assert shown == {
        "kws01": ['"kws01"', "0", "0"],
        "ic01": ['"ic01"', "0x80", "0"],
        "vww01": ['"vww01"', "0x80", "0"],
        "ad01": ['"ad01"', "0", "640"],
    }


def test_ad01_on_the_virtual_board(tmp_path: Path, any_toolchain: None, rng: np.random.Generator) -> None:
    """Without a unit for floats; only this firmware has their arithmetic."""
    board = load_board("nucleo-g071rb")
    (tmp_path / "plain").mkdir()
    plain, _ = generated(tmp_path / "plain", board)
    elf, model = generated(tmp_path, board, mlperf="ad01")
    assert b"__aeabi_fdiv" in elf.read_bytes() and b"__aeabi_fdiv" not in plain.read_bytes()
    x = rng.normal(0, 2, 640).astype(np.float32)
    steps = x.astype(np.float64) / np.float64(np.float32(0.03))
    q = np.clip(np.sign(steps) * np.floor(np.abs(steps) + 0.5) - 5, -128, 127).astype(np.int8).reshape(1, 640)
    expected, _ = expected_outputs(model.data, model.original, [[q]])
    distance = float(np.mean((expected[0][0].reshape(-1) / 128.0 - x) ** 2))
    link = open_link("virtual", board, elf)
    try:
        read_banner(link)
        version = ask(link, b"name%profile%")[-1]
        answers = ask(link, load_commands(x.tobytes()) + b"infer 5 2%results%")
    finally:
        link.close()
    assert version.endswith(b"m-model-[ad01]\r\n")
    (result,) = results(answers[-2])
    assert result == pytest.approx(distance, abs=0.0011)
    assert answers[-1] in answers[-2]

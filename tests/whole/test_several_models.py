"""Several networks in one firmware: each computes what it does alone, whatever the others did in between."""

import binascii
import shutil
from pathlib import Path

import numpy as np
import pytest
from support.binarized import BINARIZED
from support.networks import NETWORKS
from support.several import Together, expected, infer, random_samples, select, together
from support.small import small_classifier
from support.streaming import STREAMS, window
from support.wire import ask, load_commands, read_banner

from edgeopt import device, pipeline
from edgeopt.device.runner import sample_bytes
from edgeopt.errors import DeviceError

pytest.importorskip("unicorn", reason="pip install unicorn")

THREE = {"small": small_classifier, "binarized": BINARIZED["residual"], "recurrent": STREAMS["recurrent"]}
TARGETS = [
    ("nucleo-l4r5zi", "virtual", "gcc"),
    ("raspberry-pi-pico", "virtual", "zig"),
    ("mps2-an386", "qemu", "gcc"),
]


def need(target: str) -> None:
    if target == "qemu" and shutil.which("qemu-system-arm") is None:
        pytest.skip("QEMU is missing: apt install qemu-system-arm")


def checked(link: device.Link, command: str) -> str:
    """The answer to one of edgeopt's own commands, without its number and CRC."""
    line = f"eo 00000001 {command}"
    (answer,) = ask(link, f"{line} {binascii.crc32(line.encode()):08x}%".encode())
    return " ".join(answer.decode().split()[2:-1])


@pytest.mark.parametrize(("board", "target", "toolchain"), TARGETS)
def test_each_computes_what_it_does_alone(
    board: str, target: str, toolchain: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    """int8, binarized, and one that remembers, in turns: a session each, all on one device that never restarts."""
    need(target)
    made = together({name: make() for name, make in THREE.items()}, board, toolchain, tmp_path / "models")
    with made.on(target) as link:
        for index in (0, 1, 2, 0, 2, 1, 1, 0):
            samples = random_samples(made.files[index], 3, rng)
            session = made.session(link, index)
            assert (session.identity.models, session.identity.model_index) == (3, index)
            assert session.identity.name == made.project.models[index].name
            found = [infer(session, sample) for sample in samples]
            assert found == expected(made.files[index], samples), f"network {index}"
    assert made.firmware.stack_bound_bytes is not None and made.firmware.warnings == ()


def test_the_outputs_are_those_of_the_firmware_of_one(tmp_path: Path, rng: np.random.Generator) -> None:
    made = together({name: make() for name, make in THREE.items()}, "nucleo-l4r5zi", "gcc", tmp_path / "models")
    for index, file in enumerate(made.files):
        samples = random_samples(file, 2, rng)
        project = pipeline.generate(file, made.board, tmp_path / f"alone{index}").project
        assert project is not None
        alone = pipeline.build(project.folder, "gcc")
        runs = [
            device.run(built.elf, made.board, "virtual", samples, build_id=of.build_id, model=number)
            for built, of, number in ((alone, project, 0), (made.firmware, made.project, index))
        ]
        assert runs[0].outputs == runs[1].outputs
        assert runs[0].identity.arena_bytes == runs[1].identity.arena_bytes


@pytest.mark.parametrize(("board", "target", "toolchain"), TARGETS)
def test_what_a_network_remembers_survives_the_others(
    board: str, target: str, toolchain: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    """Two sequences and a network without a memory, sample by sample in turns."""
    need(target)
    first = np.arange(12).reshape(1, 3, 4)  # no zeros: what was not reset would be noticed
    models = {"window": window(initial=first), "small": small_classifier(), "recurrent": STREAMS["recurrent"]()}
    made = together(models, board, toolchain, tmp_path / "models")
    streams = [random_samples(file, 8, rng) for file in made.files]
    with made.on(target) as link:
        sessions = [made.session(link, index) for index in range(3)]
        found: list[list[list[bytes]]] = [[], [], []]
        for step in range(8):
            for index, session in enumerate(sessions):
                select(session)
                found[index].append(infer(session, streams[index][step]))
    for index, file in enumerate(made.files):
        assert found[index] == expected(file, streams[index]), f"network {index}"
    forgetful = [expected(made.files[0], [sample])[0] for sample in streams[0]]
    assert found[0] != forgetful, "a network whose past does not matter proves nothing"


def test_all_remember_their_first_values_from_the_start(tmp_path: Path, rng: np.random.Generator) -> None:
    """Also those that are not selected first; a session would reset them, so none is begun before the inference."""
    first = np.arange(12).reshape(1, 3, 4)
    made = together(
        {"small": small_classifier(), "window": window(initial=first)}, "nucleo-l4r5zi", "gcc", tmp_path / "models"
    )
    (sample,) = random_samples(made.files[1], 1, rng)
    with made.on("virtual") as link:
        read_banner(link)
        assert checked(link, "model 1") == "ok"
        ask(link, load_commands(sample[0].tobytes()))
        (answer,) = ask(link, b"infer 1 0%")
    wanted = np.frombuffer(expected(made.files[1], [[sample[0]]])[0][0], np.int8)
    shown = [float(word) for word in answer.splitlines()[-1].decode()[len("m-results-[") : -1].split(",")]
    tensor = made.project.models[1].outputs[0]
    assert tensor.quant is not None
    real = tensor.quant.scale * (wanted.astype(int) - tensor.quant.zero_point)
    assert np.allclose(shown, real, atol=1e-3)


def test_the_same_model_twice(tmp_path: Path, rng: np.random.Generator) -> None:
    """Its kernels are there once, its weights twice; the names are told apart."""
    (tmp_path / "a").mkdir()
    made = together({"small": small_classifier()}, "nucleo-l4r5zi", "gcc", tmp_path / "one")
    file = made.files[0]
    board = made.board
    generated = pipeline.generate_several([file, file], board, tmp_path / "project")
    twice = Together((file, file), generated, pipeline.build(tmp_path / "project", "gcc"), board)
    assert generated.names == ("small", "small_2")
    with twice.on("virtual") as link:
        for index in (1, 0, 1):
            samples = random_samples(file, 2, rng)
            session = twice.session(link, index)
            assert [infer(session, sample) for sample in samples] == expected(file, samples)
    one, two = made.firmware.sizes, twice.firmware.sizes
    assert abs(two.flash_bytes.kernels - one.flash_bytes.kernels) < 16, "alignment"
    assert 2 * (one.flash_bytes.weights - 8) <= two.flash_bytes.weights <= 2 * (one.flash_bytes.weights + 8)
    assert two.ram_bytes.arena == one.ram_bytes.arena


def test_sizes_of_the_firmware(tmp_path: Path) -> None:
    """The arena is the largest and not the sum, weights are the sum, what is remembered is beside."""
    models = {name: make() for name, make in {**THREE, **NETWORKS}.items()}
    made = together(models, "nucleo-l4r5zi", "gcc", tmp_path / "models")
    linked, told = made.firmware.sizes, made.generated
    assert told.ram_bytes["arena"] == max(one.ram_bytes["arena"] or 0 for one in told.models)
    assert told.flash_bytes["weights"] == sum(one.flash_bytes["weights"] or 0 for one in told.models)
    assert abs(linked.ram_bytes.arena - (told.ram_bytes["arena"] or 0)) < 8
    assert 0 < (told.ram_bytes["static"] or 0) <= linked.ram_bytes.static < (told.ram_bytes["static"] or 0) + 16
    assert abs(linked.flash_bytes.weights - (told.flash_bytes["weights"] or 0)) < 16 * len(models)
    assert abs(linked.flash_bytes.kernels - (told.flash_bytes["kernels"] or 0)) < 0.1 * linked.flash_bytes.kernels
    each = made.firmware.networks
    assert {one.name: one.arena for one in each} == {
        name: one.ram_bytes["arena"] for name, one in zip(told.names, told.models, strict=True)
    }
    assert abs(sum(one.weights for one in each) - linked.flash_bytes.weights) < 16 * len(models)
    assert 0 < sum(one.model for one in each) <= linked.flash_bytes.model
    kernels = [path.name for path in (made.project.folder / "model").glob("eo_*.c")]
    assert len(kernels) == len(set(kernels))


def test_a_switch_forgets_inputs_outputs_and_the_last_run(tmp_path: Path, rng: np.random.Generator) -> None:
    made = together({"small": small_classifier(), "window": window()}, "nucleo-l4r5zi", "gcc", tmp_path / "models")
    sample = random_samples(made.files[0], 1, rng)[0]
    with made.on("virtual") as link:
        read_banner(link)
        answers = ask(link, load_commands(sample[0].tobytes()) + b"infer 1 0%")
        assert answers[-1].splitlines()[-1].startswith(b"m-results-[")
        for _ in range(2):  # a command that was answered and is sent again
            assert checked(link, "model 1") == "ok"
            assert ask(link, b"results%")[0].startswith(b"e-[No results")
        assert [checked(link, text) for text in ("model 2", "model", "model 0 0")] == [
            "no range",
            "no arguments",
            "no arguments",
        ]
        assert checked(link, "model 0") == "ok"
        assert ask(link, b"results%")[0].startswith(b"e-[No results")
        assert checked(link, "layers 1 0 1") == "no run"
        stale = ask(link, b"infer 1 0%")[0]
        assert b"m-results" not in stale and b"load it again" in stale


def test_a_switch_takes_back_what_was_announced(tmp_path: Path) -> None:
    """Else the rest of a large network's input would be written beyond a small one's."""
    made = together({"small": small_classifier(), "window": window()}, "nucleo-l4r5zi", "gcc", tmp_path / "models")
    with made.on("virtual") as link:
        read_banner(link)
        ask(link, b"db load 64%db 0102%")
        assert checked(link, "model 1") == "ok"
        assert ask(link, b"db 03%") == [b"e-[No room: 'db load' comes first]\r\n"]
        assert b"exceeds maximum of 4" in ask(link, b"db load 64%")[0]


@pytest.mark.parametrize("when", ["before the first inference", "after one"])
@pytest.mark.parametrize("first", ["alike", "smaller"])
def test_a_restart_that_goes_unnoticed_gives_no_other_network_s_outputs(
    first: str, when: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    """The first network, which a restart selects, takes the same inputs, or smaller ones; the banner gets lost."""
    models = {"first": small_classifier() if first == "alike" else window(), "second": small_classifier(seed=2)}
    made = together(models, "nucleo-l4r5zi", "gcc", tmp_path / "models")
    samples = random_samples(made.files[1], 2, rng)
    wanted = expected(made.files[1], samples)
    assert first != "alike" or expected(made.files[0], samples) != wanted
    with made.on("virtual") as link:
        session = made.session(link, 1)
        if when == "after one":
            assert infer(session, samples[0]) == wanted[0]
        session.load(sample_bytes(samples[1]))
        line = b"eo 00000001 reboot"
        link.write(line + f" {binascii.crc32(line):08x}%".encode())
        missed = b"".join(iter(lambda: link.read(1.0), b""))
        assert b"m-eo 00000001 ok" in missed and missed.endswith(b"m-init-done\r\nm-ready\r\n")
        session.infer()
        assert list(session.outputs()) == wanted[1]
        assert (session.restarts, session.identity.model_index) == (1, 1)


def test_a_session_about_a_network_that_is_not_there(tmp_path: Path) -> None:
    made = together({"small": small_classifier()}, "nucleo-l4r5zi", "gcc", tmp_path / "models")
    with made.on("virtual") as link, pytest.raises(DeviceError, match="no network number 2"):
        made.session(link, 1)

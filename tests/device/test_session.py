"""Sessions with the firmware's own protocol code: what is read back, repeats, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from support.fake_device import BOARD, BUILD_ID, LibraryLink, ProgramLink, build_library, build_program, fake_outputs

from edgeopt.device import Identity, MemoryUse, Patience, Session
from edgeopt.device.lines import command_line
from edgeopt.errors import DeviceError, ProtocolError, UsageError

SEED = 20240611


def samples(count: int) -> list[tuple[bytes, bytes]]:
    print(f"seed {SEED}")
    random = np.random.default_rng(SEED)
    return [(random.bytes(5), random.bytes(300)) for _ in range(count)]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def forgetful_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("forgetful"), "FAKE_SURVIVES=0", "FAKE_LAYERS=150")


def test_the_device_says_who_it_is(library: Path) -> None:
    session = Session(LibraryLink(library), BUILD_ID)
    assert session.identity == Identity(
        BUILD_ID, "fake", 3, 640, 1_000_000, 192, 64, (5, 300), (4, 290), True, board=BOARD
    )
    assert session.memory() == MemoryUse(stack_used_bytes=1234, stack_reserved_bytes=4096, arena_bytes=640)


def test_another_build_is_refused(library: Path) -> None:
    with pytest.raises(DeviceError, match="runs build 0123456789ab of `fake`, not ffffffffffff") as caught:
        Session(LibraryLink(library), "f" * 64)
    assert caught.value.exit_code == 6 and "flash" in caught.value.hint


def test_inputs_go_there_and_outputs_come_back(library: Path) -> None:
    session = Session(LibraryLink(library))
    for inputs in samples(5):
        session.load(inputs)
        assert session.infer().cycles == 6000
        assert session.outputs() == fake_outputs(inputs)
        assert session.layer_cycles() == (1000, 2000, 3000)
        assert session.infer().cycles == 6000
        assert session.outputs() == fake_outputs(inputs)


def test_inputs_that_do_not_survive_are_sent_again(forgetful_library: Path) -> None:
    session = Session(LibraryLink(forgetful_library))
    assert not session.identity.inputs_survive
    for inputs in samples(3):
        session.load(inputs)
        for _ in range(3):
            session.infer()
            assert session.outputs() == fake_outputs(inputs)


def test_more_layers_than_one_run_records(forgetful_library: Path) -> None:
    session = Session(LibraryLink(forgetful_library))
    session.load(samples(1)[0])
    assert session.layer_cycles() == tuple(1000 * (i + 1) for i in range(150))


def test_over_pipes(tmp_path: Path) -> None:
    link = ProgramLink(build_program(tmp_path))
    try:
        session = Session(link, BUILD_ID, Patience(reply_s=20))
        inputs = samples(1)[0]
        session.load(inputs)
        session.infer()
        assert session.outputs() == fake_outputs(inputs)
    finally:
        link.close()


def test_an_inference_between_run_and_read_is_noticed(library: Path) -> None:
    link = LibraryLink(library)
    session = Session(link)
    session.load(samples(1)[0])
    session.infer()
    link.write(b"db load 1%db 00%infer 1 0%")
    with pytest.raises(ProtocolError, match="outputs on the device changed"):
        session.outputs()
    session.infer()  # finds the input changed, and sends it again
    assert session.outputs() == fake_outputs(samples(1)[0])


def test_a_failing_model_is_an_error(library: Path) -> None:
    session = Session(LibraryLink(library))
    session.load((b"\xee" * 5, bytes(300)))
    with pytest.raises(DeviceError, match="inference failed on the device: model"):
        session.infer()
    with pytest.raises(UsageError, match="no inference yet"):
        session.outputs()


@pytest.mark.parametrize("inputs", [(), (bytes(5),), (bytes(4), bytes(300)), (bytes(5), bytes(300), b"")])
def test_inputs_of_another_size_are_refused(library: Path, inputs: tuple[bytes, ...]) -> None:
    session = Session(LibraryLink(library))
    with pytest.raises(UsageError, match="`fake` takes 5, 300"):
        session.load(inputs)


def test_nothing_is_inferred_without_inputs(library: Path) -> None:
    with pytest.raises(UsageError, match="no inputs are loaded"):
        Session(LibraryLink(library)).infer()


@pytest.fixture(scope="module")
def remembering_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its first output byte is 7 and the sum of the first input bytes so far."""
    return build_library(tmp_path_factory.mktemp("remembering"), "FAKE_STATE_BYTES=1")


def test_a_network_that_remembers_begins_anew_with_each_session(remembering_library: Path) -> None:
    link = LibraryLink(remembering_library)
    for _ in range(2):
        session = Session(link)
        assert session.identity.state_bytes == 1
        session.load((bytes([3, 0, 0, 0, 0]), bytes(300)))
        found = []
        for step in range(4):
            session.infer()
            found.append(session.outputs()[0][0])
            if step == 2:
                session.reset()
        assert found == [10, 13, 16, 10]


def test_layers_of_a_network_that_remembers_are_timed(remembering_library: Path) -> None:
    session = Session(LibraryLink(remembering_library))
    session.load((bytes(5), bytes(300)))
    assert session.layer_cycles() == (1000, 2000, 3000)
    session.infer()


@pytest.mark.parametrize("beside", [b"infer 1 0%", command_line(1, "reset")])
def test_what_changes_the_state_beside_the_session_is_noticed(remembering_library: Path, beside: bytes) -> None:
    link = LibraryLink(remembering_library)
    session = Session(link)
    session.load((bytes(5), bytes(300)))
    session.infer()
    link.write(beside)
    while link.read(0.1):
        pass
    with pytest.raises(DeviceError, match="remembers other inferences than this session's") as caught:
        session.infer()
    assert "restarted" in caught.value.hint

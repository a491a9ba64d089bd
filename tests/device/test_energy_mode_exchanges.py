"""The MLPerf Tiny protocol's energy mode: byte-exact exchanges, and stamps that are edges of the timestamp pin."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fake_device import ENERGY_BANNER, LibraryLink, build_library, build_program, fake_outputs, talk
from support.noisy import NoisyLink, Plan
from support.pin_link import PinLink

from edgeopt.device import Session

READY = b"m-ready\r\n"
CONFIG = {"ENERGY_MODE": "1", "PULSE_US": "100", "MODEL_VERSION": '"kws01"'}
RESULTS = b"m-results-[0.000,0.496,0.996,0.500]\r\n"
INPUTS = (b"\x80\xff\x7f\x00\x01", bytes(300))


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_program(tmp_path_factory.mktemp("device"), **CONFIG)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("library"), **CONFIG)


EXCHANGES = {
    # what is sent: what comes back before m-ready
    b"name%": b"m-name-dut-[unspecified]\r\n",
    b"timestamp%": b"",
    b"profile%": b"m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[kws01]\r\n",
    b"db load 5%": b"m-[Expecting 5 bytes]\r\n",
    b"infer 0%": b"e-[Inference iterations must be >0]\r\n",
    b"results%": b"e-[No results: 'infer' comes first]\r\n",
    b"nonsense%": b"e-[Unknown command: nonsense]\r\n",
    b"%": b"e-[Unknown command: ]\r\n",
}


@pytest.mark.parametrize("sent", EXCHANGES, ids=lambda sent: repr(sent[:24]))
def test_each_command_is_answered_to_the_byte(device: Path, sent: bytes) -> None:
    assert talk(device, sent, ENERGY_BANNER) == EXCHANGES[sent] + READY


def test_a_whole_run_of_the_official_host(device: Path) -> None:
    """With the sequence of its energy mode: no time is told anywhere."""
    sent = b"profile%timestamp%db load 5%db 80ff7f%db 0001%infer 5 1%results%"
    infer = b"m-warmup-start-1\r\nm-warmup-done\r\nm-infer-start-5\r\nm-infer-done\r\n"
    answers = [EXCHANGES[b"profile%"], b"", b"m-[Expecting 5 bytes]\r\n", b"", b"m-load-done\r\n", infer + RESULTS]
    assert talk(device, sent, ENERGY_BANNER) == READY.join([*answers, RESULTS, b""])


def test_help_says_what_a_stamp_is(device: Path) -> None:
    answer = talk(device, b"help%", ENERGY_BANNER)
    assert b"timestamp     : a falling edge of the timestamp pin\r\n" in answer and b"microseconds" not in answer


def pulses(link: PinLink) -> Iterator[int]:
    """When the pin fell, each time to rise again at once; in ticks."""
    changes = link.pin()
    for (fell, low), (_, high) in zip(changes[::2], changes[1::2], strict=True):
        assert (low, high) == (0, 1)
        yield fell


def test_two_falling_edges_enclose_the_inferences(library: Path) -> None:
    link = PinLink(library)
    assert list(pulses(link)) == [0], "the banner's stamp"
    link.write(b"timestamp%infer 5 2%")
    assert list(pulses(link)) == [0, 0, 2 * 6000, 7 * 6000], "the command's, and both ends of five inferences"


def test_a_session_and_its_gate_are_the_same(library: Path) -> None:
    link = PinLink(library)
    session = Session(link)
    session.load(INPUTS)
    assert session.infer().cycles == 6000
    assert session.outputs() == fake_outputs(INPUTS)
    session.loop(3, 60.0)
    assert link.pin()[2:] == [(0, 0), (6000, 1), (6000, 0), (4 * 6000, 1)]


@pytest.mark.parametrize("crash", [False, True])
def test_a_restart_is_noticed_by_this_banner_too(library: Path, crash: bool) -> None:
    link = NoisyLink(LibraryLink(library), Plan(restart_at=(700,), crash=crash), "20261122")
    session = Session(link, clock=link.clock)
    for _ in range(10):
        session.load(INPUTS)
        session.infer()
        assert session.outputs() == fake_outputs(INPUTS)
    assert session.restarts == 1

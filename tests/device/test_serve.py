"""Requests that arrive at given times, served by the firmware's own code: every response, and what is refused."""

import binascii
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.fake_device import LibraryLink, build_library
from support.noisy import NoisyLink, Plan

from edgeopt.device import Session
from edgeopt.device.arrivals import Arrivals
from edgeopt.device.lines import command_line, parse_answer
from edgeopt.device.requests import serve_arrivals
from edgeopt.device.serving import LONGEST_TICKS, Served
from edgeopt.errors import DeviceError, UsageError

SEED = 20261122
SERVICE = 6000  # ticks that the fake model takes
PATIENT_S = 60.0


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("library"))


@pytest.fixture
def session(library: Path) -> Session:
    """With inputs loaded."""
    return loaded(library)


def loaded(library: Path) -> Session:
    session = Session(LibraryLink(library))
    session.load((bytes(5), bytes(300)))
    return session


def lindley(gaps: list[int]) -> tuple[list[int], int]:
    """What a server with one place takes: responses, and the ticks without work."""
    responses, idle, late = [], 0, 0  # late: from the last arrival to the end of its service
    for gap in gaps:
        idle += max(0, gap - late)
        late = max(0, late - gap) + SERVICE
        responses.append(late)
    return responses, idle


def test_who_comes_to_an_idle_device_waits_for_nothing(session: Session) -> None:
    served = session.serve([10_000] * 4, True, PATIENT_S)
    assert served.response_ticks == (SERVICE,) * 4
    assert served.asleep_ticks == 10_000 + 3 * (10_000 - SERVICE)


def test_a_burst_is_served_one_after_the_other(session: Session) -> None:
    served = session.serve([500, 0, 0, 0], True, PATIENT_S)
    assert served.response_ticks == tuple(SERVICE * (i + 1) for i in range(4))
    assert served.asleep_ticks == 500


def test_random_arrivals_over_batches_are_lindleys_recursion(session: Session) -> None:
    """The clock and the queue go on from batch to batch, whatever else the session does in between."""
    print(f"seed {SEED}")
    gaps = [int(gap) for gap in np.random.default_rng(SEED).exponential(SERVICE / 0.9, 1_000)]
    responses, asleep = [], 0
    for at in range(0, len(gaps), 64):
        served = session.serve(gaps[at : at + 64], at == 0, PATIENT_S)
        responses += served.response_ticks
        asleep += served.asleep_ticks
    assert (responses, asleep) == lindley(gaps)


def test_a_gap_may_be_longer_than_a_word(session: Session) -> None:
    served = session.serve([LONGEST_TICKS, LONGEST_TICKS, 70_000, 0], True, PATIENT_S)
    assert served.response_ticks == (SERVICE, 2 * SERVICE)
    assert served.asleep_ticks == 2 * LONGEST_TICKS + 70_000


def test_a_gap_may_go_on_in_the_next_batch(session: Session) -> None:
    """Its parts have no request; what is left of the queue is waited for in the meantime."""
    assert session.serve([0, 0, LONGEST_TICKS], True, PATIENT_S).response_ticks == (SERVICE, 2 * SERVICE)
    parts = session.serve([LONGEST_TICKS] * 2, False, PATIENT_S)
    assert (parts.response_ticks, parts.asleep_ticks) == ((), 2 * LONGEST_TICKS)
    last = session.serve([500, 1_000], False, PATIENT_S)
    assert (last.response_ticks, last.asleep_ticks) == ((SERVICE, 2 * SERVICE - 1_000), 500)


def test_a_response_that_no_word_holds_is_the_longest(tmp_path: Path) -> None:
    session = loaded(build_library(tmp_path, "FAKE_LAYERS=2000"))
    service = 1000 * 2000 * 2001 // 2
    served = session.serve([0] * 4, True, PATIENT_S)
    assert served.response_ticks == (service, 2 * service, LONGEST_TICKS, LONGEST_TICKS)
    # Nor does the device forget how late it is.
    assert session.serve([2 * service] * 2, False, PATIENT_S).response_ticks == (LONGEST_TICKS, 2 * service)


def test_the_session_goes_on_after_serving(session: Session) -> None:
    session.serve([0], True, PATIENT_S)
    with pytest.raises(UsageError, match="no inference yet"):
        session.outputs()
    assert session.infer().cycles == SERVICE
    assert session.layer_cycles() == (1000, 2000, 3000)


@pytest.mark.parametrize("define", ["FAKE_STATE_BYTES=1", "FAKE_SURVIVES=0"])
def test_of_networks_that_remember_and_inputs_that_do_not_survive(tmp_path: Path, define: str) -> None:
    session = loaded(build_library(tmp_path, define))
    assert session.serve([9_000] * 3, True, PATIENT_S).response_ticks == (SERVICE,) * 3
    assert session.serve([0], False, PATIENT_S).response_ticks == (2 * SERVICE,)
    assert session.infer().cycles == SERVICE  # the session has counted what was served


def test_the_clock_cannot_go_on_where_none_runs(session: Session) -> None:
    with pytest.raises(DeviceError, match="lost its queue between two batches"):
        session.serve([0], False, PATIENT_S)
    session.serve([0], True, PATIENT_S)
    session.infer()
    with pytest.raises(DeviceError, match="lost its queue between two batches"):
        session.serve([0], False, PATIENT_S)


def test_a_failing_model_is_an_error(library: Path) -> None:
    session = Session(LibraryLink(library))
    session.load((b"\xee" * 5, bytes(300)))
    with pytest.raises(DeviceError, match="inference failed on the device: model"):
        session.serve([0], True, PATIENT_S)


@pytest.mark.parametrize("count", [0, 65])
def test_only_what_the_record_holds(session: Session, count: int) -> None:
    with pytest.raises(UsageError, match=f"{count} gaps"):
        session.serve([0] * count, True, PATIENT_S)


def test_nothing_is_served_without_inputs(library: Path) -> None:
    with pytest.raises(UsageError, match="no inputs are loaded"):
        Session(LibraryLink(library)).serve([0], True, PATIENT_S)


def answer(link: LibraryLink, *command: str) -> tuple[str, ...]:
    """`ok` or `no`, and the values."""
    link.write(command_line(1, *command))
    parsed = parse_answer(link.read(1.0).split(b"\r\n")[0])
    assert parsed is not None
    return ("ok" if parsed[1].ok else "no", *parsed[1].values)


def test_the_commands_refuse_what_is_wrong_and_may_be_repeated(library: Path) -> None:
    link = LibraryLink(library)
    link.read(1.0)
    crc = f"{binascii.crc32(struct.pack('<2I', 7, 9), binascii.crc32(bytes(305))):x}"
    assert answer(link, "gaps", "0", "BwAAAAkAAAA=") == ("ok",)
    for wrong, reason in {
        ("gaps",): "arguments",
        ("gaps", "0"): "arguments",
        ("gaps", "0", "BwAAAA==", "1"): "arguments",
        ("gaps", "0", "BwAAAAk="): "range",
        ("gaps", "40", "BwAAAA=="): "range",
        ("gaps", "ffffffff", "BwAAAA=="): "range",
        ("serve", "1", crc, "2"): "arguments",
        ("serve", "0", crc, "2", "1"): "arguments",
        ("serve", "1", crc, "2", "2"): "arguments",
        ("serve", "1", crc, "41", "1"): "range",
        ("serve", "1", crc, "1", "1"): "input",
        ("serve", "1", "0", "2", "1"): "input",
        ("serve", "1", crc, "2", "0"): "state",
    }.items():
        assert answer(link, *wrong) == ("no", reason), wrong
    for _ in range(2):
        assert answer(link, "serve", "1", crc, "2", "1") == ("ok", "00000001", "00000000", "00000007")
    assert answer(link, "layers", "1", "0", "2") == ("ok", f"{SERVICE:08x}", f"{2 * SERVICE - 9:08x}")


def over_noise(library: Path, plan: Plan, seed: str) -> DeviceError | None:
    """Batches of random arrivals over a line that damages them: every response is right, or the error."""
    gaps = [int(gap) for gap in np.random.default_rng(SEED).exponential(SERVICE / 0.9, 150)]
    link = NoisyLink(LibraryLink(library), plan, seed)
    responses, asleep = [], 0
    try:
        session = Session(link, None, clock=link.clock)
        session.load((bytes(5), bytes(300)))
        for at in range(0, len(gaps), 64):
            served = session.serve(gaps[at : at + 64], at == 0, PATIENT_S)
            responses += served.response_ticks
            asleep += served.asleep_ticks
            assert responses == lindley(gaps[: at + 64])[0]
    except DeviceError as error:
        return error
    assert (responses, asleep) == lindley(gaps)
    return None


def test_damage_on_the_line_changes_no_response(library: Path) -> None:
    print(f"seed {SEED}")
    ends = [over_noise(library, Plan(rate=0.005), f"{SEED}-{i}") for i in range(40)]
    assert sum(end is None for end in ends) >= 36, [str(end) for end in ends if end is not None]


def test_a_restart_between_two_batches_is_an_error_and_no_response(library: Path) -> None:
    """The queue is lost with it. A restart before the first batch is done is made up for."""
    ends = [over_noise(library, Plan(restart_at=(at,)), f"{SEED}-{at}") for at in range(100, 2_600, 100)]
    lost = [end for end in ends if end is not None]
    assert lost and all("restart" in end.message or "lost its queue" in end.message for end in lost)
    assert None in ends


def test_a_counter_that_stands_still_is_an_error(library: Path) -> None:
    class Still(Session):
        def serve(self, gaps: Sequence[int], begin: bool, timeout_s: float) -> Served:
            return Served((0,) * len(gaps), 0)

    link = LibraryLink(library)
    with pytest.raises(DeviceError, match="counter did not move while 3 requests were served"):
        serve_arrivals(Still(link), link, Arrivals("at once", (0.0,) * 3), SERVICE)

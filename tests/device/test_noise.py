"""Sessions over a link that damages bytes, to a board that restarts or vanishes: right, or a clear error, and in time.

What is right is checked in support/noisy_sessions.py. `python -m benchmarks.noise` measures more of the same.
"""

import random
from pathlib import Path

import pytest
from support.fake_device import LibraryLink
from support.noisy import FAULTS, NoisyLink, Plan
from support.noisy_sessions import INPUTS, OUTPUTS, TIMED_RUNS, Told, build, converse

from edgeopt.device import Session
from edgeopt.device.noise import Noise
from edgeopt.errors import DeviceRestarted, LinkTimeout, PortError

SEED = 70217
LONGEST_S = 1200.0  # of virtual time, for a session of some 40 commands


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Inputs that survive an inference, and inputs that do not."""
    return build(tmp_path_factory.mktemp("noise"), True), build(tmp_path_factory.mktemp("noise"), False)


@pytest.fixture(scope="module")
def remembering(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("noise"), True, state_bytes=1)


def sessions(library: Path, plan: Plan, count: int) -> list[Told]:
    print(f"seeds {SEED} 0..{count - 1}")
    found = [converse(library, plan, f"{SEED} {i}") for i in range(count)]
    assert all(told.seconds < LONGEST_S for told in found)
    print(f"{sum(told.error is None for told in found)} of {count} came through")
    return found


def test_a_good_link_carries_nothing_twice(libraries: tuple[Path, Path]) -> None:
    link = NoisyLink(LibraryLink(libraries[0]), Plan(), "")
    session = Session(link, clock=link.clock)
    session.load(INPUTS)
    session.infer()
    session.outputs()
    assert session.wire.repeats == 0 and session.restarts == 0
    chunks = 1 + 2  # of 192 bytes, of inputs of 5 and 300
    commands = 1 + 4 + 1 + chunks + 1 + 3  # id, tensor, reset, put, run, get
    assert link.written.count(b"%") == 1 + commands and link.written.startswith(b"%eo")


@pytest.mark.parametrize("survives", [True, False])
def test_one_byte_in_a_hundred_damaged(libraries: tuple[Path, Path], survives: bool) -> None:
    found = sessions(libraries[not survives], Plan(0.01), 500)
    assert sum(told.error is None for told in found) >= 495
    assert min(told.damaged for told in found) > 10
    assert sum(told.restarts for told in found) == 0  # noise is not taken for a restart


@pytest.mark.parametrize("fault", FAULTS)
def test_one_kind_of_damage_alone(libraries: tuple[Path, Path], fault: str) -> None:
    found = sessions(libraries[0], Plan(0.01, faults=(fault,)), 25)
    assert all(told.error is None for told in found)


def test_a_link_that_is_hardly_one(libraries: tuple[Path, Path]) -> None:
    """Three in a hundred, and one in five: not all come through, and nothing wrong does."""
    found = sessions(libraries[0], Plan(0.03), 40)
    assert sum(told.error is None for told in found) >= 20
    assert all(told.error is not None for told in sessions(libraries[0], Plan(0.2), 20))


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("rate", [0.0, 0.01])
def test_a_board_that_restarts_in_the_middle(libraries: tuple[Path, Path], rate: float, crash: bool) -> None:
    rng = random.Random(f"{SEED} {rate} {crash}")
    print(f"seed {SEED} {rate} {crash}")
    for i in range(80):
        at = rng.randrange(1, 1100)
        told = converse(libraries[i % 2], Plan(rate, restart_at=(at,), crash=crash), f"{SEED} {i}")
        assert told.error is None, f"restart at byte {at}: {told.error}"
        assert told.restarts == 1 or rate > 0 or at < 200  # before byte 200 the session has not begun


def test_a_board_that_restarts_again_and_again(libraries: tuple[Path, Path]) -> None:
    told = converse(libraries[0], Plan(restart_at=tuple(range(300, 9000, 60)), crash=True), "")
    assert isinstance(told.error, DeviceRestarted)
    assert "restarts again and again: BusFault" in told.error.message
    assert (told.error.crash.exception, told.error.crash.pc) == (5, 0x1234)


def test_a_fault_is_the_reason_of_its_own_restart_alone(libraries: tuple[Path, Path]) -> None:
    device = LibraryLink(libraries[0])
    session = Session(device)
    session.load(INPUTS)
    session.infer()
    told = []
    for crash in (True, False, True):
        device.restart(crash)
        assert session.memory().stack_used_bytes == 1234
        told.append(session.wire.crash is not None)
    assert told == [True, False, True] and session.restarts == 3
    assert session.outputs() == OUTPUTS


@pytest.mark.parametrize("rate", [0.0, 0.01])
def test_what_a_network_remembered_is_lost_in_a_restart(remembering: Path, rate: float) -> None:
    """Never a number that a network made which had forgotten."""
    ends = set()
    for at in range(700, 4000 if rate else 1200, 20):
        link = NoisyLink(LibraryLink(remembering), Plan(rate, restart_at=(at,)), f"{SEED} {at}")
        session = Session(link, clock=link.clock)
        session.load(INPUTS)
        found = []
        try:
            for _ in range(4):
                session.infer()
                found.append(session.outputs()[0][0])
            ends.add("right")
        except DeviceRestarted as error:
            assert error.exit_code == 6 and "run again" in error.hint
            ends.add("lost")
        assert found == [107, 207, 51, 151][: len(found)]  # 7, and 100 more each time
    assert "lost" in ends


def test_a_port_that_vanishes(libraries: tuple[Path, Path]) -> None:
    for at in range(0, 1150, 23):
        told = converse(libraries[0], Plan(0.003, vanish_at=at), f"{SEED} {at}")
        assert isinstance(told.error, PortError) and told.error.exit_code == 6


def test_a_board_that_falls_silent(libraries: tuple[Path, Path]) -> None:
    """All that it says is lost: two waits, and the end."""

    class Mute(NoisyLink):
        def read(self, timeout_s: float) -> bytes:
            data = super().read(timeout_s)
            return b"" if self.sent_bytes > 600 else data

    link = Mute(LibraryLink(libraries[0]), Plan(), "")
    session = Session(link, clock=link.clock)
    with pytest.raises(LinkTimeout, match="no answer to"):
        for _ in range(1 + TIMED_RUNS):
            session.load(INPUTS)
            session.infer()
    assert link.time_s < 90


def test_pieces_get_shorter_with_noise_and_longer_again() -> None:
    noise = Noise()
    assert noise.best(192, 4 / 3) == 192 and noise.least(192) == 24
    sizes = [noise.best(192, 4 / 3)]
    for _ in range(20):
        noise.record(62 + 4 * sizes[-1] // 3, False)
        sizes.append(noise.best(192, 4 / 3))
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] == 24 and sizes[1] == 192
    for _ in range(200):
        noise.record(100, True)
    assert noise.best(192, 4 / 3) == 192


def test_one_loss_in_a_long_session_changes_nothing() -> None:
    noise = Noise()
    for i in range(300):
        noise.record(320, i % 100 != 50)
        assert noise.best(192, 4 / 3) == 192

"""Bytes lost, doubled, flipped and reordered between host and firmware: a result is right, or there is none."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fake_device import LibraryLink, build_library

from edgeopt.device import LinkTraits, Patience, Session
from edgeopt.errors import DeviceError

INPUTS = (bytes(range(100, 105)), bytes(range(200, 240)))
OUTPUTS = (INPUTS[0][:4], bytes(((INPUTS[1][i] ^ INPUTS[0][i % 5]) + i) & 0xFF for i in range(30)))
CYCLES = (1000, 2000, 3000)
SEED = 90125

# What a fault makes of one byte. "hold" is reordering: the byte comes after the next one.
FAULTS: dict[str, Callable[[int], bytes]] = {
    "drop": lambda byte: b"",
    "double": lambda byte: bytes([byte, byte]),
    "flip low": lambda byte: bytes([byte ^ 0x01]),
    "flip high": lambda byte: bytes([byte ^ 0x40]),
    "end of command": lambda byte: b"%",
    "end of line": lambda byte: b"\n",
    "insert": lambda byte: bytes([byte, 0]),
    "hold": lambda byte: b"",
}


class Stream:
    """One direction. `choose` says which fault, if any, the next byte suffers."""

    def __init__(self, choose: Callable[[], str | None]) -> None:
        self._choose = choose
        self._held = b""

    def through(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            fault = self._choose()
            out += FAULTS[fault](byte) if fault else bytes([byte])
            if self._held:
                out += self._held
                self._held = b""
            if fault == "hold":
                self._held = bytes([byte])
        return bytes(out)


class FaultyLink:
    """A link that damages what goes through it."""

    def __init__(self, link: LibraryLink, to_device: Stream, from_device: Stream) -> None:
        self._link = link
        self._to_device = to_device
        self._from_device = from_device
        self.traits: LinkTraits = link.traits

    def write(self, data: bytes) -> None:
        self._link.write(self._to_device.through(data))

    def read(self, timeout_s: float) -> bytes:
        return self._from_device.through(self._link.read(timeout_s))

    def close(self) -> None:
        self._link.close()


class At:
    """A fault at one position of the stream, counted from 0."""

    def __init__(self, position: int, fault: str | None) -> None:
        self.left = position
        self._fault = fault
        self.passed = 0

    def __call__(self) -> str | None:
        self.passed += 1
        return self._fault if self.passed == self.left + 1 else None


def converse(library: Path, to_device: Callable[[], str | None], from_device: Callable[[], str | None]) -> None:
    """A whole session; everything that it says must be right."""
    link = FaultyLink(LibraryLink(library), Stream(to_device), Stream(from_device))
    session = Session(link, None, Patience(), clock=lambda: 0.0)
    identity = session.identity
    assert (identity.name, identity.input_bytes, identity.output_bytes) == ("fake", (5, 40), (4, 30))
    session.load(INPUTS)
    assert session.infer().cycles == sum(CYCLES)
    assert session.outputs() == OUTPUTS
    assert session.layer_cycles() == CYCLES
    assert session.outputs() == OUTPUTS
    assert session.memory().stack_used_bytes == 1234


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Inputs that survive an inference, and inputs that do not."""
    return tuple(  # type: ignore[return-value]
        build_library(tmp_path_factory.mktemp("faults"), "IN1=40", "OUT1=30", f"FAKE_SURVIVES={survives}")
        for survives in (1, 0)
    )


@pytest.mark.parametrize("direction", ["to device", "from device"])
@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_anywhere_is_repaired(libraries: tuple[Path, Path], fault: str, direction: str) -> None:
    counter = At(-2, None)
    converse(libraries[0], *((counter, At(-2, None)) if direction == "to device" else (At(-2, None), counter)))
    assert counter.passed > 400
    for position in range(counter.passed):
        faulty, sound = At(position, fault), At(-2, None)
        pair = (faulty, sound) if direction == "to device" else (sound, faulty)
        try:
            converse(libraries[position % 2], *pair)
        except DeviceError as error:
            pytest.fail(f"{fault} at byte {position}: {error}")


@pytest.mark.parametrize("rate", [0.001, 0.003, 0.01, 0.05])
def test_many_faults_never_give_a_wrong_result(libraries: tuple[Path, Path], rate: float) -> None:
    print(f"seed {SEED}")
    rng = random.Random(f"{SEED} {rate}")
    names = list(FAULTS)
    finished = 0
    sessions = 150 if rate < 0.05 else 30
    for i in range(sessions):
        choose = lambda: rng.choice(names) if rng.random() < rate else None  # noqa: E731
        try:
            converse(libraries[i % 2], choose, choose)
            finished += 1
        except DeviceError as error:
            assert error.hint and len(error.message) < 250 and error.message.isprintable()
    print(f"{finished} of {sessions} sessions came through")
    assert finished == sessions or rate > 0.01

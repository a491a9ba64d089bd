"""Whole sessions over a noisy link in virtual time; what they say is right, or there is an error."""

from dataclasses import dataclass
from pathlib import Path

from support.fake_device import LibraryLink, build_library
from support.noisy import NoisyLink, Plan

from edgeopt.device import Session
from edgeopt.errors import DeviceError

SIZES = (5, 300), (4, 290)
INPUTS = (bytes(range(100, 105)), bytes((7 * i + 3) & 0xFF for i in range(300)))
OUTPUTS = (INPUTS[0][:4], bytes(((INPUTS[1][i] ^ INPUTS[0][i % 5]) + i) & 0xFF for i in range(290)))
LAYERS = 40
CYCLES = tuple(1000 * (i + 1) for i in range(LAYERS))
TIMED_RUNS = 3


@dataclass(frozen=True)
class Told:
    """How a session ended: `error` is None where everything came, and it was right."""

    error: DeviceError | None
    seconds: float  # of virtual time
    sent_bytes: int
    got_bytes: int
    damaged: int
    restarts: int  # that the session counts


def build(folder: Path, survives: bool, state_bytes: int = 0) -> Path:
    """A device whose inputs survive an inference, or do not."""
    defines = [f"FAKE_LAYERS={LAYERS}", f"FAKE_SURVIVES={int(survives)}", f"FAKE_STATE_BYTES={state_bytes}"]
    return build_library(folder, *defines)


def converse(library: Path, plan: Plan, seed: str) -> Told:
    """A session as a measurement makes it. AssertionError for anything wrong that it says."""
    link = NoisyLink(LibraryLink(library), plan, seed)
    session: Session | None = None
    error = None
    try:
        session = Session(link, None, clock=link.clock)
        assert (session.identity.name, session.identity.input_bytes, session.identity.output_bytes) == ("fake", *SIZES)
        session.load(INPUTS)
        for _ in range(1 + TIMED_RUNS):
            assert session.infer().cycles == sum(CYCLES)
        assert session.outputs() == OUTPUTS
        assert session.layer_cycles() == CYCLES
        assert session.outputs() == OUTPUTS
        assert session.memory().stack_used_bytes == 1234
    except DeviceError as caught:
        assert caught.hint and len(caught.message) < 350 and caught.message.isprintable(), caught.message
        error = caught
    counted = session.restarts if session is not None else 0
    return Told(error, link.time_s, link.sent_bytes, link.got_bytes, link.damaged, counted)

"""Answers whose CRC is right and whose content is not: a session goes on, or ends in one line."""

import binascii
import random

import pytest

from edgeopt.device import LinkTraits, Patience, Session
from edgeopt.device.arrivals import Arrivals
from edgeopt.device.crash import Crash, fault_line
from edgeopt.device.look import peek, probe
from edgeopt.device.monitor import Monitor
from edgeopt.device.requests import serve_arrivals
from edgeopt.device.watched import Options
from edgeopt.errors import EdgeoptError, ProtocolError

SEED = 20261122
SESSIONS = 600
PATIENCE = Patience(reply_s=2, run_s=3, quiet_s=0.25, settle_s=2, trouble_s=10)
SIZES = " ".join(f"{size:08x}" for size in (1, 1, 2, 64, 1000, 48, 4, 1, 0))
CHECK = f"{binascii.crc32(bytes(4)):08x}"
END = b"\r\nm-ready\r\n"
ODD = ("ffffffff", "00000000", "80000000", "zzzzzzzz", "-0000001", "0x000001", "1_000000", "====", "!")
FIXED = {
    "id": f"00000003 {'ab' * 32} {SIZES} board model",
    "tensor": "00000004 00000001",
    "get": "AAAAAA==",
    "memory": "00000001 00000002 00000003",
    "watch": "00000010",
}
ABOUT_A_RUN = {"run": f"00000100 {CHECK}", "serve": "00000000 00000010", "probe": "00000000", "peek": "00000000"}


class Liar:
    """A device of its own time that answers as edgeopt's does, but for one answer in `1 / share`, which is spoilt."""

    traits = LinkTraits("measured", deterministic=False, timed=True)

    def __init__(self, rng: random.Random, share: float) -> None:
        self.time_s = 0.0
        self._rng, self._share = rng, share
        self._said = b""

    def write(self, data: bytes) -> None:
        for command in data.split(b"%")[:-1]:
            words = command.decode().split()
            self._said += self._answer(words) if len(words) > 2 else b"e-[Unknown command: ]" + END

    def read(self, timeout_s: float) -> bytes:
        said, self._said = self._said, b""
        self.time_s += 0.01 if said else max(timeout_s, 0.001)
        return said

    def close(self) -> None:
        """Nothing to close."""

    def wait(self, seconds: float) -> None:
        self.time_s += seconds

    def _answer(self, words: list[str]) -> bytes:
        values = FIXED.get(words[2], "00000000" if words[2] in ("reset", "crash") else "").split()
        if words[2] in ABOUT_A_RUN:
            values = [words[3].zfill(8), *ABOUT_A_RUN[words[2]].split()]
        elif words[2] == "layers":
            values = ["00000100"] * int(words[5], 16)
        status, before = "ok", b""
        if self._rng.random() < self._share:
            status, values, before = self._spoilt(values)
        text = " ".join(("m-eo", words[1], status, *values)).encode()
        return before + text + b" %08x" % binascii.crc32(text) + END

    def _spoilt(self, values: list[str]) -> tuple[str, list[str], bytes]:
        rng = self._rng
        odd = [rng.choice(ODD) for _ in range(rng.randrange(14))]
        fault = fault_line(Crash(*(rng.getrandbits(32) for _ in range(10)))) + b"\r\n"
        return rng.choice(
            [
                ("no", [rng.choice(["run", "input", "range", "state", "model", "x"])], b""),
                ("ok", odd, b""),
                ("ok", [rng.choice(ODD) if rng.random() < 0.3 else value for value in values], b""),
                ("ok", values[:-1], b""),
                ("ok", [*values, "00000000"], b""),
                ("ok", values, rng.randbytes(rng.randrange(60))),
                ("ok", values, fault),
                ("ok", values, b"m-timestamp-mode-performance\r\nm-init-done" + END),
            ]
        )


def measure(link: Liar) -> None:
    """All that a session can be asked for."""
    session = Session(link, None, PATIENCE, lambda: link.time_s)
    session.load((bytes(4),))
    session.infer()
    session.outputs()
    session.layer_cycles()
    session.memory()
    session.crash()
    probe(session, [(0, 0, 4)])
    peek(session, (0, 0, 4))
    found = serve_arrivals(session, link, Arrivals("hostile", (0.01,) * 6), 100)
    assert len(found.seen) == len(found.wait_ticks) and found.utilization <= 1 and found.response_ms.n


def watch(link: Liar, rng: random.Random) -> None:
    options = Options(rng.choice([None, 2.0]), for_s=20.0, known=rng.random() < 0.8, watchdog_ms=rng.choice([None, 16]))
    clock = {"clock": lambda: link.time_s, "sleep": link.wait}
    Monitor(lambda: link, options, lambda at_s, line: None, patience=PATIENCE, **clock).run()


def test_an_answer_without_a_word_is_an_error() -> None:
    class Silent(Liar):
        def _answer(self, words: list[str]) -> bytes:
            text = f"m-eo {words[1]} ok".encode()
            return text + b" %08x" % binascii.crc32(text) + END if words[2] == "run" else super()._answer(words)

    link = Silent(random.Random(SEED), 0)
    session = Session(link, None, PATIENCE, lambda: link.time_s)
    session.load((bytes(4),))
    with pytest.raises(ProtocolError, match="the device answers for run"):
        session.infer()


def test_whatever_a_device_says_the_session_ends_in_one_line_or_goes_on() -> None:
    ends = {"well": 0, "by an error": 0}
    for index in range(SESSIONS):
        rng = random.Random(SEED + index)
        link = Liar(rng, rng.choice([0.01, 0.1, 0.3]))
        try:
            watch(link, rng) if index % 3 == 0 else measure(link)
            ends["well"] += 1
        except EdgeoptError as error:
            assert error.message.isprintable() and len(error.message) < 600, f"seed {SEED + index}"
            ends["by an error"] += 1
        except Exception as error:
            raise AssertionError(f"seed {SEED + index}: {type(error).__name__}") from error
        assert link.time_s < 600, f"seed {SEED + index}"
    assert min(ends.values()) > SESSIONS // 10, ends

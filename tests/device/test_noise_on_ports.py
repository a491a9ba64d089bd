"""Noise in real time: sessions over pseudo terminals, between which and the firmware bytes get damaged."""

import os
import pty
import random
import select
import subprocess
import threading
import tty
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.fake_device import build_program
from support.noisy import Damage, Plan
from support.noisy_sessions import INPUTS, OUTPUTS

from edgeopt.device import Patience, Session
from edgeopt.device.links.serial import SerialLink
from edgeopt.errors import DeviceError

SEED = 31415
SESSIONS, AT_ONCE = 20, 4
PLAN = Plan(0.01, faults=("flip", "drop", "double", "insert", "swap"))
PATIENCE = Patience(reply_s=10, quiet_s=0.02, poke_s=0.3)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the sanitizers: damaged commands must not lead it astray either."""
    return build_program(tmp_path_factory.mktemp("noise"))


@contextmanager
def noisy_port(program: Path, seed: str) -> Iterator[str]:
    """Path of a serial port that the program is on, with a bad cable between."""
    host, device = pty.openpty()
    tty.setraw(device)
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    assert process.stdin is not None and process.stdout is not None
    ends, end = os.pipe()
    ways = [(host, process.stdin.fileno(), "there"), (process.stdout.fileno(), host, "back")]

    def carry(source: int, sink: int, damage: Damage) -> None:
        while True:
            ready, _, _ = select.select([source, ends], [], [])
            data = b"" if ends in ready else os.read(source, 4096)
            if not data:
                return
            for piece, _ in damage.through(data):
                os.write(sink, piece)

    threads = [
        threading.Thread(target=carry, args=(source, sink, Damage(random.Random(f"{seed} {name}"), PLAN)))
        for source, sink, name in ways
    ]
    for thread in threads:
        thread.start()
    try:
        yield os.ttyname(device)
    finally:
        os.close(end)
        for thread in threads:
            thread.join()
        process.stdin.close()
        assert process.wait() == 0, "the firmware's code failed"
        process.stdout.close()
        for descriptor in (ends, host, device):
            os.close(descriptor)


def converse(program: Path, number: int) -> DeviceError | None:
    """A session; an error, or None where it says what is right."""
    with noisy_port(program, f"{SEED} {number}") as path:
        link = SerialLink(path, 115200)
        try:
            session = Session(link, None, PATIENCE)
            session.load(INPUTS)
            assert session.infer().cycles == 6000
            assert session.outputs() == OUTPUTS
            assert session.layer_cycles() == (1000, 2000, 3000)
            assert session.memory().stack_used_bytes == 1234
        except DeviceError as error:
            assert error.hint and error.message.isprintable()
            return error
        finally:
            link.close()
    return None


def test_one_byte_in_a_hundred_damaged_on_ports(program: Path) -> None:
    print(f"seed {SEED}")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = list(pool.map(lambda number: converse(program, number), range(SESSIONS)))
    print(f"{ends.count(None)} of {SESSIONS} came through")
    assert ends.count(None) >= SESSIONS - 1, [error.message for error in ends if error is not None]

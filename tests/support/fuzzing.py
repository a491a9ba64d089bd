"""Damaged models by the thousand: what loads must compute what tflite-micro computes, and nothing may blow up.

tflite-micro trusts its files, so it runs in a process of its own that may crash.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

import numpy as np
from support.oracle import run_tflm
from support.proof import random_array, reference

from edgeopt.convert import read_summary
from edgeopt.device.oracle import is_judge
from edgeopt.errors import EdgeoptError
from edgeopt.ir import Array, Graph, Target
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize

SECONDS = 20  # for one file
MEMORY_BYTES = 10**9
# Beyond, the numpy reference is not run: a file may ask for hours of work
MOST_ELEMENTS, MOST_MACS = 2_000_000, 100_000_000
_START = multiprocessing.get_context("spawn")


@dataclass
class Tally:
    """What became of the files."""

    refused: int = 0  # with an error of one line
    equal: int = 0  # loaded, and computes what tflite-micro computes
    not_by_oracle: int = 0  # loaded; tflite-micro refuses the file, dies of it, or is no judge of it
    large: int = 0  # loaded, but too large to compute
    constant: int = 0  # loaded, and refused by a pass: an output that no input reaches
    wrong: list[str] = field(default_factory=list)

    @property
    def files(self) -> int:
        return self.refused + self.equal + self.not_by_oracle + self.large + self.constant + len(self.wrong)


def flipped(model: bytes, rng: np.random.Generator, count: int) -> Iterator[bytes]:
    """Files with one bit turned over, or up to eight; anywhere, or where no large constant data lies."""
    from support.damage import structure

    anywhere, inside = np.arange(len(model)), structure(model)
    for index in range(count):
        data = np.frombuffer(model, np.uint8).copy()
        flips = 1 if index % 2 else int(rng.integers(2, 9))
        for at in rng.choice(anywhere if index % 3 == 0 else inside, flips):
            data[at] ^= np.uint8(1 << rng.integers(8))
        yield data.tobytes()


def truncated(model: bytes, rng: np.random.Generator, count: int) -> Iterator[bytes]:
    """Files that end early."""
    for length in rng.integers(0, len(model), count):
        yield model[:length]


class FragileOracle:
    """tflite-micro behind a pipe: None where it refuses, crashes or hangs."""

    def __init__(self) -> None:
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def __call__(self, model: bytes, sample: Sequence[Array]) -> list[Array] | None:
        if self._process is None or self._pipe is None:
            self._pipe, far = _START.Pipe()
            self._process = _START.Process(target=_serve, args=(far,), daemon=True)
            self._process.start()
            far.close()
        try:
            self._pipe.send((model, list(sample)))
            if self._pipe.poll(SECONDS):
                answer: list[Array] | None = self._pipe.recv()
                return answer
        except (EOFError, OSError):
            pass
        self.close()
        return None

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None


def _serve(pipe: Connection) -> None:
    while True:
        try:
            model, sample = pipe.recv()
        except EOFError:  # the other side is done
            return
        try:
            pipe.send(run_tflm(model, sample))
        except Exception:
            pipe.send(None)


@contextmanager
def bounded(seconds: int = SECONDS) -> Iterator[None]:
    """TimeoutError for what takes longer than `seconds`, MemoryError for what takes more than MEMORY_BYTES more."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    limits = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + MEMORY_BYTES, limits[1]))
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_DATA, limits)


def _data_bytes() -> int:
    """What this process has taken so far, as RLIMIT_DATA counts."""
    with Path("/proc/self/status").open() as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmData"))


def try_file(data: bytes, oracle: FragileOracle, rng: np.random.Generator, tally: Tally) -> None:
    """Loads and computes one file; whatever is no EdgeoptError comes through."""
    try:
        with bounded():
            graph = load_bytes(data, "damaged")
            read_summary(data, "damaged")  # what `convert` looks at first
    except EdgeoptError as error:
        assert "\n" not in error.message and error.message
        tally.refused += 1
        return
    if max(tensor.elements for tensor in graph.tensors.values()) > MOST_ELEMENTS or graph.macs > MOST_MACS:
        tally.large += 1
        return
    try:
        with bounded():
            _compile(optimize(graph))
    except EdgeoptError:
        tally.constant += 1
        return
    sample = [_random(rng, graph, name) for name in graph.inputs]
    with bounded(), np.errstate(all="ignore"):
        ours = reference(graph, sample)
    theirs = oracle(data, sample) if is_judge(graph) else None
    if theirs is None:
        tally.not_by_oracle += 1
    elif all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True)):
        tally.equal += 1
    else:
        tally.wrong.append(str(graph))


def _compile(graph: Graph) -> None:
    for node in graph.nodes:
        node.op.c_calls(graph.io(node), Target())


def _random(rng: np.random.Generator, graph: Graph, name: str) -> Array:
    tensor = graph.tensors[name]
    if tensor.dtype == "float32":
        return rng.normal(size=tensor.shape).astype(np.float32)
    if tensor.dtype == "bool":
        return rng.integers(0, 2, tensor.shape).astype(np.bool_)
    return random_array(rng, tensor.shape, tensor.dtype)

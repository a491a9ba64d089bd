"""Damaged files through `edgeopt.convert` by the hundred: refused in one line, or a result that loads; nothing else.

The worker's processes are forks of this one, which has imported what they import: as real, but without the seconds that
imports take. Each has limits of its own, and what it took is measured.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import re
import select
import shutil
import signal
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from support.fuzzing import bounded

import edgeopt
from edgeopt.convert import Converted, Dataset, Limits, Worker, make_dataset, read_summary, sample_shape
from edgeopt.convert.choices import Choices
from edgeopt.convert.dataset import LABELS
from edgeopt.convert.process import WorkerDied
from edgeopt.convert.serving import answer
from edgeopt.convert.worker import ACTIONS
from edgeopt.errors import EdgeoptError, ModelError
from edgeopt.load import load_bytes

TIME_S = 60.0  # for one process of the worker: a file that takes longer is told apart, see `Outcomes.slow`
WORKER_BYTES = 4 * 10**9
SAMPLES = 12
_MOST_ELEMENTS = 10**6  # of an input: whoever has samples of more has a network that a fuzzer has no time for
CHOICES = Choices(method="min-max")
_UNEXPECTED = re.compile(
    "cannot be quantized: (Key|Index|Attribute|Type|Assertion|ZeroDivision|Overflow|Recursion|UnboundLocal)"
)
_TFLITE = ("ai_edge_litert.interpreter", "ai_edge_litert.schema_py_generated", "flatbuffers")
_KERAS = ("tensorflow", "keras", "tf_keras", "h5py")


def import_ahead(keras: bool) -> None:
    """Imports what the forks would import each."""
    for module in (*_TFLITE, *(_KERAS if keras else ())):
        importlib.import_module(module)


@dataclass(frozen=True)
class ForkedWorker(Worker):
    """A worker whose processes begin as copies of this one. `peaks_bytes`: what each took beyond this one."""

    peaks_bytes: list[int] = field(default_factory=list, compare=False)

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        content = json.dumps({**request, "memory_bytes": self.limits.memory_bytes})
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _answer_and_exit(content, writing, str(self.log or os.devnull))
        os.close(writing)
        text, over = _read(reading, self.limits.time_s)
        if over:
            os.killpg(child, signal.SIGKILL)
        _, status, usage = os.wait4(child, 0)
        self.peaks_bytes.append(max(0, usage.ru_maxrss * 1024 - _bare_bytes()))
        if over:
            raise WorkerDied(f"{self.what} took longer than {self.limits.time_s:g} s and was stopped")
        return self._result(os.waitstatus_to_exitcode(status), text)


def _answer_and_exit(content: str, writing: int, log: str) -> None:
    """In the child: answers, and never returns."""
    try:
        os.setsid()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the parent's handler; a fork has no alarm of its own
        printed = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        with os.fdopen(writing, "wb") as out:
            out.write(json.dumps(answer(content, ACTIONS)).encode())
    finally:
        os._exit(0)


def _read(reading: int, time_s: float) -> tuple[bytes, bool]:
    """What comes until the other end is closed, and whether that took too long."""
    text, end = b"", time.monotonic() + time_s
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        while select.select([pipe], [], [], max(0.0, end - time.monotonic()))[0]:
            part = pipe.read(1 << 16)
            if not part:
                return text, False
            text += part
    return text, True


def _bare_bytes() -> int:
    """The memory that a fork has without doing anything."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    return os.wait4(child, 0)[2].ru_maxrss * 1024


@dataclass
class Outcomes:
    """What became of the files."""

    refused: int = 0  # in one line
    unexplained: int = 0  # in one line, but in the words of a Python error that nobody expected
    died: int = 0  # in one line: a library in the worker crashed or ran out of memory
    slow: int = 0  # in one line: the worker had not ended after TIME_S
    converted: int = 0  # and the result loads
    wrong: list[str] = field(default_factory=list)  # a traceback, a hang, several lines, a result that does not load
    reasons: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    peak_bytes: int = 0  # of a worker's process beyond what it had imported

    @property
    def files(self) -> int:
        return self.refused + self.unexplained + self.died + self.slow + self.converted + len(self.wrong)


def try_to_convert(
    model: Path,
    data: Dataset | Path | None,
    folder: Path,
    outcomes: Outcomes,
    verb: Callable[..., Converted] = edgeopt.convert,
) -> None:
    """Converts one file; without `data` it is calibrated on random samples of the shapes that the file has itself."""
    folder.mkdir(exist_ok=True)
    worker = ForkedWorker(limits=Limits(TIME_S, WORKER_BYTES), log=folder / "log")
    begin = time.monotonic()
    try:
        with bounded(int(4 * TIME_S)):
            samples = data if data is not None else samples_for(model.read_bytes())
            made = folder / "made.tflite"
            done = verb(model, made, samples, evaluation=samples, choices=CHOICES, worker=worker)
            _check_loads(done.path.read_bytes())
        outcomes.converted += 1
    except EdgeoptError as error:
        _count(error, outcomes)
        if not (folder / "made.tflite").exists() and any(folder.glob("made*")):
            outcomes.wrong.append(f"left behind: {sorted(path.name for path in folder.glob('made*'))}")
    except Exception as error:
        outcomes.wrong.append(f"{type(error).__name__}: {error}")
    finally:
        outcomes.slowest_s = max(outcomes.slowest_s, time.monotonic() - begin)
        outcomes.peak_bytes = max(outcomes.peak_bytes, *worker.peaks_bytes, 0)
        shutil.rmtree(folder)


def samples_for(model: bytes) -> Dataset | None:
    """Samples of a file's own shapes; None where it has none to speak of."""
    with contextlib.suppress(ModelError):
        inputs = read_summary(model, "m").input_tensors
        shapes = {tensor.name: sample_shape(tensor) for tensor in inputs}
        if all(-1 not in shape and np.prod(shape, dtype=float) <= _MOST_ELEMENTS for shape in shapes.values()):
            rng = np.random.default_rng(len(model))
            arrays = {name: rng.normal(size=(SAMPLES, *shape)).astype(np.float32) for name, shape in shapes.items()}
            with contextlib.suppress(EdgeoptError):
                # with labels, so that integer models are judged too: class 0 is one that every output has
                return make_dataset({**arrays, LABELS: np.zeros(SAMPLES, np.int64)})
    return None


def _check_loads(made: bytes) -> None:
    """LiteRT has judged it; edgeopt may lack an operator, which it says."""
    with contextlib.suppress(ModelError):
        load_bytes(made, "made")


def _count(error: EdgeoptError, outcomes: Outcomes) -> None:
    if not error.message or "\n" in error.message + error.hint:
        outcomes.wrong.append(f"not one line: {error.message!r} {error.hint!r}")
    elif _UNEXPECTED.search(error.message):
        outcomes.unexplained += 1
    elif not isinstance(error, WorkerDied):
        outcomes.refused += 1
    elif "took longer" in error.message:
        outcomes.slow += 1
    else:
        outcomes.died += 1
    outcomes.reasons[f"{type(error).__name__} {error.message[:150]}"] += 1


def flipped_inside(archive: bytes, rng: np.random.Generator, count: int) -> Iterator[bytes]:
    """Sound zip archives of which one member has flipped bits: what is beyond the checksums meets damage too."""
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        members = {name: source.read(name) for name in source.namelist()}
    for _ in range(count):
        hit = list(members)[rng.integers(len(members))]
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as changed:
            for name, content in members.items():
                changed.writestr(name, _flipped(content, rng) if name == hit else content)
        yield made.getvalue()


def with_flips(file: bytes, rng: np.random.Generator, count: int) -> Iterator[bytes]:
    """Files of any format with up to eight bits turned over."""
    for _ in range(count):
        yield _flipped(file, rng)


def _flipped(content: bytes, rng: np.random.Generator) -> bytes:
    data = np.frombuffer(content, np.uint8).copy()
    for at in rng.integers(0, len(data), int(rng.integers(1, 9))):
        data[at] ^= np.uint8(1 << rng.integers(8))
    return data.tobytes()

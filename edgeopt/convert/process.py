"""The worker process, from the parent's side: one JSON request, one JSON answer, a log file, and limits that hold.

TensorFlow and the quantizer run there and nowhere else: which Keras is used is settled when it is first imported, they
write to the terminal as they like, and a crash in their native code must not be a crash of edgeopt.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgeopt.convert.choices import DEFAULT_LIMITS, Limits
from edgeopt.errors import (
    EdgeoptError,
    MalformedModel,
    ModelError,
    OverBudget,
    ToolchainError,
    UnsupportedModel,
    UsageError,
)

# The errors that the worker may ask its parent to raise, by name
ERRORS: dict[str, type[EdgeoptError]] = {
    error.__name__: error
    for error in (MalformedModel, ModelError, OverBudget, ToolchainError, UnsupportedModel, UsageError)
}
# ONNX Runtime reads it when it is first imported, which onnx2tf does too
NO_TELEMETRY = {"ORT_DISABLE_TELEMETRY": "1"}
_NO_MEMORY = ("bad_alloc", "MemoryError", "out of memory", "OOM when allocating", "Cannot allocate memory")
_KERAS_SAYS = "Exception encountered:"
_TENSORFLOW_SAYS = ("Graph execution error:", "Detected at node", "<stack traces")  # before it says what is wrong
_COMPILER_SAYS = re.compile(r"loc\(.*\): error: (.+)")  # MLIR's diagnostics, which its Python errors may leave out
_LINE_CHARACTERS = 300
_LOG_TAIL_BYTES = 64 * 1024


class WorkerDied(ToolchainError):
    """The worker gave no answer: a library in it crashed or hung."""


class ConversionFailed(ModelError):
    """A library in the worker refused the model with an error of its own."""


@dataclass(frozen=True)
class Worker:
    """How the worker is started. `log` keeps what it printed, where it failed; no file is left where it did not.

    The parent ends it when its time is over; it limits its own memory before it imports anything (worker.py).
    """

    command: tuple[str, ...] = (sys.executable, "-P", "-m", "edgeopt.convert.worker")
    limits: Limits = DEFAULT_LIMITS
    log: Path | None = None
    what: str = "the converter"  # as in errors
    tools: dict[str, str] = field(default_factory=dict, compare=False)  # packages that took part so far, with versions

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The worker's answer. WorkerDied, ConversionFailed, or the EdgeoptError that the worker names."""
        log_path = self.log or Path(os.devnull)
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(),
                start_new_session=True,  # so that a time-out ends its children too
            )
            content = {**request, "memory_bytes": self.limits.memory_bytes}
            try:
                text, _ = process.communicate(json.dumps(content).encode(), self.limits.time_s)
            except subprocess.TimeoutExpired:
                raise WorkerDied(
                    f"{self.what} took longer than {self.limits.time_s:g} s and was stopped",
                    self._hint("give it more time: --worker-timeout"),
                ) from None
            except KeyboardInterrupt:
                self._forget_log()
                raise
            finally:
                _end(process)
        return self._result(process.returncode, text)

    def _result(self, code: int, text: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(text)
            ok = bool(answer["ok"])
        except (ValueError, KeyError, TypeError):
            raise self._death(code) from None
        if ok:
            self._forget_log()
            self.tools.update(answer.get("tools", {}))
            return dict(answer)
        error, message, hint = (str(answer.get(key, "")) for key in ("error", "message", "hint"))
        if error in ERRORS:
            self._forget_log()
            raise ERRORS[error](message, hint)
        told = next((match[1] for line in self._printed() if (match := _COMPILER_SAYS.match(line))), "")
        raise ConversionFailed(f"{message} ({told})" if told and told not in message else message, self._hint(hint))

    def _death(self, code: int) -> WorkerDied:
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        printed = self._printed()
        memory = next((line for line in reversed(printed) if any(sign in line for sign in _NO_MEMORY)), None)
        last = memory or (printed[-1] if printed else "")
        message = f"{self.what} ended {how} and gave no answer{f': {last}' if last else ''}"
        if memory is not None:
            return WorkerDied(message, self._hint(no_memory_hint(self.limits.memory_bytes)))
        if code == -signal.SIGKILL:
            return WorkerDied(message, self._hint("the computer may have run out of memory"))
        return WorkerDied(message, self._hint("the model may be damaged"))

    def _forget_log(self) -> None:
        if self.log is not None:
            self.log.unlink(missing_ok=True)

    def _hint(self, hint: str) -> str:
        if self.log is None:
            return hint
        return f"{hint}; its log is {self.log}" if hint else f"its log is {self.log}"

    def _printed(self) -> list[str]:
        """The last lines of the log that say something, each cut to what fits on a terminal."""
        if self.log is None:
            return []
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
        return [line.strip()[:200] for line in lines if line.strip()]


def no_memory_hint(limit_bytes: int) -> str:
    """What to do where the worker's memory was not enough."""
    return f"it had {limit_bytes / 1e9:g} GB; give it more: --worker-memory GB"


def one_line(error: Exception) -> str:
    """The part of a library's message that a reader can use: Keras puts it last, others first."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or ["no message"]
    lines = [line for line in lines if not line.startswith(_TENSORFLOW_SAYS)] or lines
    told = next((line for line in lines if line.startswith(_KERAS_SAYS)), lines[0])
    return told.removeprefix(_KERAS_SAYS).strip()[:_LINE_CHARACTERS]


def _environment() -> dict[str, str]:
    """This process's environment, with its module path; repeatable, no GPU, fewer messages."""
    own = {
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        "PYTHONHASHSEED": "0",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    return {**os.environ, **own, **NO_TELEMETRY}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()

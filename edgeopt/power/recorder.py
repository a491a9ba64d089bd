"""The recorder: a thread that reads a meter and writes a trace file, whatever the meter does."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType

from edgeopt.errors import EdgeoptError, MeterError
from edgeopt.power.meter import Meter
from edgeopt.power.stored import START, WARNING, Trace
from edgeopt.power.trace import Block
from edgeopt.power.tracefile import TraceWriter, read_trace

_READ_S = 0.1  # how long a stop may have to wait for a meter that is silent
_STOP_S = 10.0  # and for one that does not answer


class Recorder:
    """Records an open meter to `path`. `start`, then `stop`, once each; the meter stays open, its owner closes it.

    Memory: what a meter delivers at once, and one chunk of the trace. A meter that fails, or a file that cannot be
    written, ends the recording: what came is kept, and `failure` says what happened. What a driver has learnt while it
    read (an optional `warnings: Sequence[str]`) becomes notes of the trace.
    """

    def __init__(
        self, meter: Meter, path: Path, clock: Callable[[], float] = time.monotonic, stop_timeout_s: float = _STOP_S
    ) -> None:
        self.failure: EdgeoptError | None = None
        self._meter = meter
        self._path = path
        self._clock = clock
        self._stop_timeout_s = stop_timeout_s
        self._lock = threading.Lock()  # of the writer
        self._writer: TraceWriter | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="edgeopt power recorder", daemon=True)

    @property
    def running(self) -> bool:
        """False before the start, after the stop, and once the meter has failed."""
        return self._writer is not None and self._thread.is_alive()

    def start(self) -> None:
        """DeviceError of the meter, UsageError of the file."""
        writer = TraceWriter(self._path, self._meter.info)
        self._writer = writer
        try:
            writer.note(START, self._clock())
            self._meter.start()
        except EdgeoptError as error:
            self._writer = None
            writer.end(error.message)
            raise
        self._thread.start()

    def note(self, text: str) -> None:
        """A line for the trace, with the host's time."""
        host_s = self._clock()
        with self._lock:
            if self._writer is not None and self.failure is None:
                self._guarded(partial(TraceWriter.note, text=text, host_s=host_s))

    def stop(self) -> Trace:
        """Ends the recording and reads it back; never hangs, whatever the meter does.

        UsageError where the file cannot be read back. A trace that is not whole says why in `partial`.
        """
        if self._writer is None:
            raise RuntimeError("the recorder was not started")
        self._stopping.set()
        self._thread.join(self._stop_timeout_s)
        with self._lock:
            writer, self._writer = self._writer, None  # a thread that still hangs in the meter writes nothing from now
            if self._thread.is_alive() and self.failure is None:
                self.failure = MeterError(f"{self._meter.info.title} does not answer", "unplug it and plug it in again")
            try:
                for warning in getattr(self._meter, "warnings", ()):
                    writer.note(WARNING + warning, self._clock())
                writer.end(self.failure.message if self.failure else "")
            except EdgeoptError as error:  # the disk is full: what is there is read without an end
                self.failure = self.failure or error
                writer.abandon()
        return read_trace(self._path)

    def __enter__(self) -> "Recorder":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self.stop()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set() and self.failure is None:
                self._append(self._meter.read(_READ_S))
            self._append(self._meter.stop())  # also where it was the file that failed
            failure = getattr(self._meter, "failure", None)
            if failure is not None:  # after the last read: there is no next one that could raise it
                self._fail(failure)
        except EdgeoptError as error:
            self._fail(error)
        except Exception as error:  # a driver's fault must not cost what it has delivered
            self._fail(MeterError(f"the driver of {self._meter.info.title} failed: {error!r}", "report this"))

    def _append(self, blocks: Sequence[Block]) -> None:
        for block in blocks:
            with self._lock:
                self._guarded(partial(TraceWriter.append, block=block))

    def _guarded(self, write: Callable[[TraceWriter], None]) -> None:
        """With the lock held. What cannot be written ends the recording, not the process."""
        if self._writer is None or self.failure is not None:
            return
        try:
            write(self._writer)
        except EdgeoptError as error:
            self.failure = error
        except ValueError as error:
            self.failure = MeterError(f"{self._meter.info.title} delivers what no meter may: {error}", "report this")

    def _fail(self, error: EdgeoptError) -> None:
        with self._lock:
            self.failure = self.failure or error

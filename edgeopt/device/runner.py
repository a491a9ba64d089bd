"""Runs a firmware with samples on a target and returns what was found."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeopt.board import Board
from edgeopt.device.arrivals import Arrivals
from edgeopt.device.identity import MemoryUse
from edgeopt.device.link import Link, open_link
from edgeopt.device.measurement import Costs, Measurement, TimedRun
from edgeopt.device.protocol import Patience
from edgeopt.device.random_input import RandomSample
from edgeopt.device.requests import Requests, serve_arrivals
from edgeopt.device.session import Session
from edgeopt.device.timing import Progress, Repeats, measure_costs, timed_run
from edgeopt.errors import DeviceError, UsageError

Sample = Sequence[NDArray[Any]]  # one array an input, of the model's type and shape
Opener = Callable[[str, Board, Path | None], Link]  # as open_link
Then = Callable[[Session, Link, Costs], str]  # more with the loaded sample; why it ended early, or ""

_BULK_FROM = 8  # samples; fewer are not worth another device
_CHUNK = 32  # samples to one device, for progress and an even load


def run(
    elf: Path | None,
    board: Board,
    target: str,
    samples: Sequence[Sample],
    *,
    build_id: str | None = None,
    repeats: Repeats | None = None,
    patience: Patience | None = None,
    progress: Progress | None = None,
    anew: bool = False,
    arrivals: Arrivals | None = None,
    model: int = 0,
    open_with: Opener = open_link,
    then: Then | None = None,
) -> Measurement:
    """Runs every sample once, then the repeats with the first one, on the device that `target` names.

    A network that remembers sees the samples in their order, on one device, from its first state on; `anew`: it is
    reset before each sample.

    `elf`: what virtual and qemu run; a board on a serial port has its firmware already. `build_id`: the firmware's; a
    device with another is refused. `repeats` None: no timing beyond the first inference. UsageError for wrong inputs,
    DeviceError where the device or the link fails; once a sample is through, what was found until then is returned as
    `partial` instead. `arrivals`: requests with the first sample, which are served after the timing.
    `model`: which network of the firmware. `open_with` opens the links. `then`: what else to do after the timing, where
    that is whole.
    """
    if not samples:
        raise UsageError("there is nothing to run", "give at least one sample")
    link = open_with(target, board, elf)
    bulk = link.traits.bulk if len(samples) >= _BULK_FROM else ""
    here = samples[:1] if bulk else samples

    def begin(link: Link) -> Session:
        return Session(link, build_id, patience, board=board.name, model=model)

    try:
        work = _Work(begin(link), link, progress)
        work.run_all(here, anew)
        costs = work.time(board, repeats, here[0])
        if then is not None and not work.partial:
            work.partial = then(work.session, link, costs)
        if arrivals is not None:
            work.serve(arrivals)
        outputs, restarts_in_bulk = tuple(work.outputs), 0
        if bulk and not work.partial:
            remembers = work.session.identity.state_bytes > 0 and not anew
            rest = samples if remembers else samples[1:]
            chunk = len(rest) if remembers else _CHUNK
            found, restarts_in_bulk = _run_in_bulk(
                lambda: open_with(bulk, board, elf), begin, rest, chunk, progress, anew
            )
            outputs = found if remembers else outputs + found
        return Measurement(
            board=board.name,
            target=target,
            label=link.traits.label,
            deterministic=link.traits.deterministic,
            identity=work.session.identity,
            memory=work.last_memory(),
            costs=costs,
            outputs=outputs,
            waits=link.traits.memory,
            partial=work.partial,
            restarts=work.session.restarts + restarts_in_bulk,
            requests=work.requests,
        )
    finally:
        link.close()


class _Work:
    """What one device does, and what was found so far: after a DeviceError with `partial` as the reason for the end."""

    def __init__(self, session: Session, link: Link, progress: Progress | None) -> None:
        self.session, self._link, self._progress = session, link, progress
        self.outputs: list[tuple[bytes, ...]] = []
        self.requests: Requests | None = None
        self.partial = ""
        self._runs: list[TimedRun] = []
        self._memory: MemoryUse | None = None

    def run_all(self, samples: Sequence[Sample], anew: bool) -> None:
        """One inference a sample; DeviceError where not even the first one was done."""
        try:
            for run, outputs in _inferences(self.session, self._link, samples, anew):
                self._memory = self._memory or self.session.memory()
                self._runs.append(run)
                self.outputs.append(outputs)
                if self._progress is not None:
                    self._progress("samples", len(self.outputs), len(samples))
        except DeviceError as error:
            if not self.outputs:
                raise
            self.partial = f"after {len(self.outputs)} of {len(samples)} samples: {error.message}"

    def time(self, board: Board, repeats: Repeats | None, sample: Sample) -> Costs:
        """The costs of inferences with this sample; of those so far alone where the device has failed."""
        if self.partial:
            return measure_costs(self.session, self._link, board, self._runs, None)[0]
        if repeats is not None:
            _load(self.session, sample)
        costs, self.partial = measure_costs(self.session, self._link, board, self._runs, repeats, self._progress)
        return costs

    def serve(self, arrivals: Arrivals) -> None:
        """Requests with the loaded inputs; the timing before them stays in any case."""
        if self.partial:
            return
        try:
            self.requests = serve_arrivals(self.session, self._link, arrivals, self._runs[-1].ticks, self._progress)
            self.partial = self.requests.partial
        except DeviceError as error:
            self.partial = f"before a request was served: {error.message}"

    def last_memory(self) -> MemoryUse:
        """The high-water marks at the end, or those after the first sample where the device has failed since."""
        assert self._memory is not None
        if self.partial:
            return self._memory
        try:
            return self.session.memory()
        except DeviceError as error:
            self.partial = f"at its end: {error.message}"
            return self._memory


def sample_bytes(sample: Sample) -> list[bytes]:
    """Each input as it lies in a device's memory: C order, little-endian."""
    arrays = [np.asarray(array) for array in sample]
    return [array.astype(array.dtype.newbyteorder("<")).tobytes() for array in arrays]


def _load(session: Session, sample: Sample) -> None:
    session.load(sample_bytes(sample), sample.seed if isinstance(sample, RandomSample) else None)


def _inferences(
    session: Session, link: Link, samples: Sequence[Sample], anew: bool
) -> Iterator[tuple[TimedRun, tuple[bytes, ...]]]:
    """Inference and outputs of every sample."""
    for sample in samples:
        if anew:
            session.reset()
        _load(session, sample)
        run = timed_run(session.infer(), link)
        yield run, session.outputs()


def _run_in_bulk(
    connect: Callable[[], Link],
    begin: Callable[[Link], Session],
    samples: Sequence[Sample],
    chunk_samples: int,
    progress: Progress | None,
    anew: bool,
) -> tuple[tuple[tuple[bytes, ...], ...], int]:
    """Outputs of every sample by several devices at once, a thread each: simulators do their work outside of Python.

    Each device gets `chunk_samples`, one after the other. Beside the outputs: how often the devices restarted.
    """

    def part(chunk: Sequence[Sample]) -> tuple[tuple[tuple[bytes, ...], ...], int]:
        link = connect()
        try:
            session = begin(link)
            return tuple(outputs for _, outputs in _inferences(session, link, chunk, anew)), session.restarts
        finally:
            link.close()

    chunks = [samples[at : at + chunk_samples] for at in range(0, len(samples), chunk_samples)]
    outputs: tuple[tuple[bytes, ...], ...] = ()
    restarts = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for found, more in pool.map(part, chunks):
            outputs += found
            restarts += more
            if progress is not None:
                progress("samples", len(outputs), len(samples))
    return outputs, restarts

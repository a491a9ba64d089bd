"""Runs a firmware with samples on a target and returns what was found."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeopt.board import Board
from edgeopt.device.arrivals import Arrivals
from edgeopt.device.link import Link, open_link
from edgeopt.device.measurement import Measurement, TimedRun
from edgeopt.device.protocol import Patience
from edgeopt.device.random_input import RandomSample
from edgeopt.device.requests import Requests, serve_arrivals
from edgeopt.device.session import Session
from edgeopt.device.timing import Progress, Repeats, measure_costs, timed_run
from edgeopt.errors import DeviceError, UsageError

Sample = Sequence[NDArray[Any]]  # one array an input, of the model's type and shape
Opener = Callable[[str, Board, Path | None], Link]  # as open_link

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
) -> Measurement:
    """Runs every sample once, then the repeats with the first one, on the device that `target` names.

    A network that remembers sees the samples in their order, on one device, from its first state on; `anew`: it is
    reset before each sample.

    `elf`: what virtual and qemu run; a board on a serial port has its firmware already. `build_id`: the firmware's; a
    device with another is refused. `repeats` None: no timing beyond the first inference. UsageError for wrong inputs,
    DeviceError where the device or the link fails; once one timed inference is through, what was found until then is
    returned as `partial` instead. `arrivals`: requests with the first sample, which are served after the timing.
    `model`: which network of the firmware. `open_with` opens the links.
    """
    if not samples:
        raise UsageError("there is nothing to run", "give at least one sample")
    link = open_with(target, board, elf)
    bulk = link.traits.bulk if len(samples) >= _BULK_FROM else ""
    here = samples[:1] if bulk else samples

    def begin(link: Link) -> Session:
        return Session(link, build_id, patience, board=board.name, model=model)

    try:
        session = begin(link)
        outputs, runs = _run_samples(session, link, here, progress, anew)
        memory = session.memory()
        if repeats is not None:
            _load(session, here[0])
        costs, partial = measure_costs(session, link, board, runs, repeats, progress)
        requests = None
        if arrivals is not None and not partial:
            requests, partial = _serve(session, link, arrivals, runs[-1].ticks, progress)
        if bulk:
            remembers = session.identity.state_bytes > 0 and not anew
            rest = samples if remembers else samples[1:]
            chunk = len(rest) if remembers else _CHUNK
            found = _run_in_bulk(lambda: open_with(bulk, board, elf), begin, rest, chunk, progress, anew)
            outputs = found if remembers else outputs + found
        return Measurement(
            board=board.name,
            target=target,
            label=link.traits.label,
            deterministic=link.traits.deterministic,
            identity=session.identity,
            memory=memory if partial else session.memory(),
            costs=costs,
            outputs=outputs,
            waits=link.traits.memory,
            partial=partial,
            restarts=session.restarts,
            requests=requests,
        )
    finally:
        link.close()


def sample_bytes(sample: Sample) -> list[bytes]:
    """Each input as it lies in a device's memory: C order, little-endian."""
    arrays = [np.asarray(array) for array in sample]
    return [array.astype(array.dtype.newbyteorder("<")).tobytes() for array in arrays]


def _load(session: Session, sample: Sample) -> None:
    session.load(sample_bytes(sample), sample.seed if isinstance(sample, RandomSample) else None)


def _serve(
    session: Session, link: Link, arrivals: Arrivals, service_ticks: int, progress: Progress | None
) -> tuple[Requests | None, str]:
    """What was served, and why that is not all: the timing before it stays in any case."""
    try:
        found = serve_arrivals(session, link, arrivals, service_ticks, progress)
    except DeviceError as error:
        return None, f"before a request was served: {error.message}"
    return found, found.partial


def _run_samples(
    session: Session, link: Link, samples: Sequence[Sample], progress: Progress | None, anew: bool
) -> tuple[tuple[tuple[bytes, ...], ...], list[TimedRun]]:
    """Outputs and inference of every sample."""
    outputs: list[tuple[bytes, ...]] = []
    runs: list[TimedRun] = []
    for sample in samples:
        if anew:
            session.reset()
        _load(session, sample)
        runs.append(timed_run(session.infer(), link))
        outputs.append(session.outputs())
        if progress is not None:
            progress("samples", len(outputs), len(samples))
    return tuple(outputs), runs


def _run_in_bulk(
    connect: Callable[[], Link],
    begin: Callable[[Link], Session],
    samples: Sequence[Sample],
    chunk_samples: int,
    progress: Progress | None,
    anew: bool,
) -> tuple[tuple[bytes, ...], ...]:
    """Outputs of every sample by several devices at once, a thread each: simulators do their work outside of Python.

    Each device gets `chunk_samples`, one after the other.
    """

    def part(chunk: Sequence[Sample]) -> tuple[tuple[bytes, ...], ...]:
        link = connect()
        try:
            return _run_samples(begin(link), link, chunk, None, anew)[0]
        finally:
            link.close()

    chunks = [samples[at : at + chunk_samples] for at in range(0, len(samples), chunk_samples)]
    outputs: tuple[tuple[bytes, ...], ...] = ()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(part, chunks):
            outputs += found
            if progress is not None:
                progress("samples", len(outputs), len(samples))
    return outputs

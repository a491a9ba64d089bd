"""Runs a firmware with samples on a target and returns what was found."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from edgeopt.board import Board
from edgeopt.device.link import Link, open_link
from edgeopt.device.measurement import Costs, Measurement
from edgeopt.device.protocol import Patience
from edgeopt.device.random_input import RandomSample
from edgeopt.device.session import Session
from edgeopt.errors import UsageError
from edgeopt.simulate.counts import SectionRun

Sample = Sequence[NDArray[Any]]  # one array an input, of the model's type and shape
Progress = Callable[[str, int, int], None]  # what is being done, how many are done, of how many

_BULK_FROM = 8  # samples; fewer are not worth another device
_CHUNK = 32  # samples to one device, for progress and an even load


@dataclass(frozen=True)
class Repeats:
    """Inferences for the timing, after those of the samples. A deterministic target needs and gets one timed run."""

    runs: int = 20
    warmup: int = 2
    layers: bool = True  # further inferences for the cost of each layer


@runtime_checkable
class CountingLink(Protocol):
    """A link whose device counts every instruction."""

    def sections(self) -> Sequence[SectionRun]:
        """What each inference so far took, in order."""
        ...


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
) -> Measurement:
    """Runs every sample once, then the repeats with the first one, on the device that `target` names.

    A network that remembers sees the samples in their order, on one device, from its first state on; `anew`: it is
    reset before each sample.

    `elf`: what virtual and qemu run; a board on a serial port has its firmware already. `build_id`: the firmware's; a
    device with another is refused. `repeats` None: no timing beyond the first inference. UsageError for wrong inputs,
    DeviceError where the device or the link fails.
    """
    if not samples:
        raise UsageError("there is nothing to run", "give at least one sample")
    link = open_link(target, board, elf)
    bulk = link.traits.bulk if len(samples) >= _BULK_FROM else ""
    here = samples[:1] if bulk else samples
    try:
        session = Session(link, build_id, patience)
        outputs, ticks = _run_samples(session, here, progress, anew)
        costs = _measure_costs(session, link, board, ticks, here, repeats, progress)
        if bulk:
            remembers = session.identity.state_bytes > 0 and not anew
            rest = samples if remembers else samples[1:]
            chunk = len(rest) if remembers else _CHUNK
            found = _run_in_bulk(lambda: open_link(bulk, board, elf), rest, chunk, build_id, patience, progress, anew)
            outputs = found if remembers else outputs + found
        return Measurement(
            board=board.name,
            target=target,
            label=link.traits.label,
            deterministic=link.traits.deterministic,
            identity=session.identity,
            memory=session.memory(),
            costs=costs,
            outputs=outputs,
            waits=link.traits.memory,
        )
    finally:
        link.close()


def sample_bytes(sample: Sample) -> list[bytes]:
    """Each input as it lies in a device's memory: C order, little-endian."""
    arrays = [np.asarray(array) for array in sample]
    return [array.astype(array.dtype.newbyteorder("<")).tobytes() for array in arrays]


def _run_samples(
    session: Session, samples: Sequence[Sample], progress: Progress | None, anew: bool
) -> tuple[tuple[tuple[bytes, ...], ...], list[int]]:
    """Outputs and ticks of every sample."""
    outputs: list[tuple[bytes, ...]] = []
    ticks: list[int] = []
    for sample in samples:
        if anew:
            session.reset()
        session.load(sample_bytes(sample), sample.seed if isinstance(sample, RandomSample) else None)
        ticks.append(session.infer().cycles)
        outputs.append(session.outputs())
        if progress is not None:
            progress("samples", len(outputs), len(samples))
    return tuple(outputs), ticks


def _run_in_bulk(
    connect: Callable[[], Link],
    samples: Sequence[Sample],
    chunk_samples: int,
    build_id: str | None,
    patience: Patience | None,
    progress: Progress | None,
    anew: bool,
) -> tuple[tuple[bytes, ...], ...]:
    """Outputs of every sample by several devices at once, a thread each: simulators do their work outside of Python.

    Each device gets `chunk_samples`, one after the other.
    """

    def part(chunk: Sequence[Sample]) -> tuple[tuple[bytes, ...], ...]:
        link = connect()
        try:
            return _run_samples(Session(link, build_id, patience), chunk, None, anew)[0]
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


def _measure_costs(
    session: Session,
    link: Link,
    board: Board,
    sample_ticks: list[int],
    samples: Sequence[Sample],
    repeats: Repeats | None,
    progress: Progress | None,
) -> Costs:
    """The timed inferences and those for the layers, as far as the target has anything to tell."""
    counting = isinstance(link, CountingLink)
    ticks: list[int] = []
    layer_ticks: tuple[int, ...] = ()
    if repeats is not None and (counting or link.traits.timed):
        session.load(sample_bytes(samples[0]))
        runs, warmup = (1, 0) if link.traits.deterministic else (repeats.runs, repeats.warmup)
        for done in range(warmup + runs):
            ticks.append(session.infer().cycles)
            if progress is not None:
                progress("timed runs", done + 1, warmup + runs)
        ticks = ticks[warmup:]
        layer_ticks = session.layer_cycles() if repeats.layers else ()
    if isinstance(link, CountingLink):
        return _counted(link.sections(), len(samples), board.clock_hz, session.identity.layers)
    if not link.traits.timed:
        return Costs(board.clock_hz)
    return _timed(session.identity.cycles_hz, board, [sample_ticks[0], *ticks, *layer_ticks], len(ticks))


def _timed(ticks_hz: int, board: Board, ticks: Sequence[int], runs: int) -> Costs:
    """Costs of a target that has nothing but its counter. `ticks`: the first inference, `runs` timed ones, the layers.

    A counter beside the core's clock (RP2040: 1 MHz) becomes cycles by the two clocks' nominal ratio.
    """
    cycles_hz = ticks_hz
    cycles = tuple(ticks)
    if board.timer.hz != board.clock_hz:
        cycles_hz = board.clock_hz
        cycles = tuple(round(count * cycles_hz / ticks_hz) for count in ticks)
    return Costs(cycles_hz, cycles[0], cycles[1 : 1 + runs], cycles[1 + runs :])


def _counted(sections: Sequence[SectionRun], samples: int, clock_hz: int, layers: int) -> Costs:
    """Costs of a target that counts: after the samples' sections come that of the timed run and those of the layers."""
    timed = sections[samples : samples + 1]
    cycles = [section.profile.total.cycles for section in timed]
    by_layer = next(iter(sections[samples + 1 :]), None)
    rows = [row.profile.total for row in by_layer.layers[:layers]] if by_layer is not None else []
    profile = (timed or sections)[0].profile
    return Costs(
        cycles_hz=clock_hz,
        cold_cycles=sections[0].profile.total.cycles,
        cycles=tuple(count for count in cycles if count is not None),
        layer_cycles=tuple(row.cycles for row in rows if row.cycles is not None),
        instructions=profile.total.instructions,
        layer_instructions=tuple(row.instructions for row in rows),
        stalls=profile.total.stalls,
        layer_stalls=tuple(row.stalls for row in rows if row.stalls is not None),
        functions=profile.functions,
        by_layer=by_layer,
    )

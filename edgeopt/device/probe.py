"""Which layer is the first that computes something else on a device than by its reference.

The inference is made again while the device takes CRCs of the arena between its layers (the commands `probe` and
`peek`, docs/protocol.md). All that any layer reads or writes is checked, in the order of time and up to 16 places in
one inference. A binary search would need fewer places, but a difference that a later layer swallows, as a pooling or an
activation does, would mislead it, and it needs no fewer inferences. What the first wrong place holds is then read.
"""

import binascii
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.device.checks import Check, State, check_layout, checks_of, states_of, values_of
from edgeopt.device.look import Spot, peek, peeked_at_once, probe, together
from edgeopt.device.runner import Sample, sample_bytes
from edgeopt.device.session import Session
from edgeopt.device.validate import different
from edgeopt.emit.layout import Layout
from edgeopt.ir import Graph

KERNEL, OVERWRITTEN, INPUT, STATE = "kernel", "overwritten", "input", "state"  # what is at fault
_LONGEST_S = 30.0  # of the device's time, for reading what a wrong tensor holds
_LEAST_LOOKS, _MOST_LOOKS = 16, 512  # inferences for that

Steps = Callable[[str], None]  # what is being done, in words


@dataclass(frozen=True)
class Wrong:
    """What a tensor holds instead. `index` is the first wrong element's; `compared` of the elements were read."""

    tensor: str
    shape: tuple[int, ...]
    dtype: str
    index: tuple[int, ...]
    expected: float
    got: float
    differ: int
    compared: int


@dataclass(frozen=True)
class Culprit:
    """The first thing that goes wrong in an inference with sample `sample`.

    `fault` kernel: layer `layer` read what is right and wrote something else. overwritten: while layer `layer` ran, a
    tensor changed that it does not write, and that layer `reader` reads later (None: nobody but the host). input,
    state: the tensor was wrong before the first layer.
    """

    sample: int
    fault: str
    layer: int | None
    reader: int | None
    wrong: Wrong


@dataclass(frozen=True)
class Search:
    """`culprit` None: every place was right this time. `places` were checked, `inferences` made for it."""

    culprit: Culprit | None
    places: int
    inferences: int


def locate(
    session: Session,
    layout: Layout,
    graph: Graph,
    samples: Sequence[Sample],
    index: int,
    *,
    anew: bool = False,
    progress: Steps = lambda step: None,
) -> Search:
    """Finds what first goes wrong with sample `index`; with a network that remembers, in it or a sample before.

    `graph` is what the firmware was generated from, `layout` its project's. `anew`: the network is reset before each
    sample. UsageError where the layout is not the graph's; DeviceError where the device or the link fails.
    """
    check_layout(layout, graph)
    remembers = bool(layout.state) and not anew
    states = states_of(graph, samples[: index + 1] if remembers else ())
    scene = _Scene(session, samples, index, remembers)
    if remembers:
        progress("looking for the first sample that leaves something wrong behind")
        scene.to_first_wrong_state(layout, states)
    before = states[scene.index if remembers else 0]
    checks = checks_of(layout, before, values_of(graph, samples[scene.index], before))
    progress(f"checking {len(checks)} places between the layers for sample {scene.index}")
    for check in scene.mismatches(checks):
        progress(f"reading `{check.region.tensor}`")
        wrong = scene.read(check)
        if wrong is not None:
            return Search(_culprit(scene, layout, checks, check, wrong), len(checks), scene.inferences)
    return Search(None, len(checks), scene.inferences)


class _Scene:
    """One sample on a device, inferred again whenever something is looked at."""

    def __init__(self, session: Session, samples: Sequence[Sample], index: int, remembers: bool) -> None:
        self.index = index
        self.inferences = 0
        self._session, self._samples, self._remembers = session, samples, remembers
        self._load(index)

    def to_first_wrong_state(self, layout: Layout, states: Sequence[State]) -> None:
        """Goes back to the first sample after which the network remembers something else than `states`, if any."""
        end = len(layout.layers)
        spots = [(end, region.offset_bytes, region.size_bytes) for region in layout.state]
        first = 0
        while first < len(spots):
            some = together(self._session, spots[first:])
            regions = layout.state[first : first + len(some)]
            self._session.reset()
            for index in range(self.index + 1):
                self._load(index)
                found = self._probe(some)
                checks = [Check(end, region, states[index + 1][region.tensor]) for region in regions]
                if any(crc != binascii.crc32(check.data) for crc, check in zip(found, checks, strict=True)):
                    self.index = index
                    break
            first += len(some)
        self._load(self.index)

    def mismatches(self, checks: Sequence[Check]) -> Iterator[Check]:
        """Those of the checks whose bytes are others, in their order."""
        spots = [(one.point, one.region.offset_bytes, one.region.size_bytes) for one in checks]
        for first, crcs in self.crcs(spots):
            for check, crc in zip(checks[first : first + len(crcs)], crcs, strict=True):
                if crc != binascii.crc32(check.data):
                    yield check

    def read(self, check: Check) -> Wrong | None:
        """What the region holds, as far as there is time to read it; None where only bits of not-a-number differ."""
        data, size = check.data, self._session.identity.chunk_bytes
        blocks = [(at, data[at : at + size]) for at in range(0, len(data), size)]
        spots = [(check.point, check.region.offset_bytes + at, len(block)) for at, block in blocks]
        suspects = [
            (at, block)
            for first, crcs in self.crcs(spots)
            for (at, block), crc in zip(blocks[first : first + len(crcs)], crcs, strict=True)
            if crc != binascii.crc32(block)
        ]
        looks = self._looks()
        got = bytearray(data)
        for at, block in suspects[:looks]:
            got[at : at + len(block)] = self._peek(check.point, check.region.offset_bytes + at, len(block))
        return _wrong(check, bytes(got), sum(len(block) for _, block in suspects[looks:]))

    def crcs(self, spots: Sequence[Spot]) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The CRCs of places that are sorted by layer, as many as one inference takes: (index of the first, they)."""
        first = 0
        while first < len(spots):
            self._replay()
            some = together(self._session, spots[first:])
            yield first, self._probe(some)
            first += len(some)

    def _load(self, index: int) -> None:
        self._session.load(sample_bytes(self._samples[index]))

    def _replay(self) -> None:
        """Brings what the network remembers to where the sample begins."""
        if self._session.identity.state_bytes == 0:
            return
        self._session.reset()
        for index in range(self.index if self._remembers else 0):
            self._load(index)
            self._session.infer()
            self.inferences += 1
        self._load(self.index)

    def _looks(self) -> int:
        """Inferences that may be made to read a tensor, by the time that one takes."""
        self._replay()
        cycles = self._session.infer().cycles
        self.inferences += 1
        runs = self.index + 1 if self._remembers else 1
        each_s = runs * cycles / self._session.identity.cycles_hz
        least = max(1, _LEAST_LOOKS // runs)
        return int(min(_MOST_LOOKS, max(least, _LONGEST_S / max(each_s, _LONGEST_S / _MOST_LOOKS))))

    def _probe(self, spots: Sequence[Spot]) -> tuple[int, ...]:
        self.inferences += 1
        return probe(self._session, spots)

    def _peek(self, point: int, first: int, count: int) -> bytes:
        data = b""
        while len(data) < count:
            self._replay()
            self.inferences += 1
            some = min(peeked_at_once(self._session), count - len(data))
            data += peek(self._session, (point, first + len(data), some))
        return data


def _culprit(scene: _Scene, layout: Layout, checks: Sequence[Check], check: Check, wrong: Wrong) -> Culprit:
    """What the first check that fails says."""
    if check.writer is not None:
        return Culprit(scene.index, KERNEL, check.writer, None, wrong)
    if check.point == 0:
        fault = INPUT if check.region in layout.inputs else STATE
        return Culprit(scene.index, fault, None, check.reader, wrong)
    name = check.region.tensor
    right = max(one.point for one in checks if one.region.tensor == name and one.point < check.point)
    spots = [(point, check.region.offset_bytes, check.region.size_bytes) for point in range(right + 1, check.point + 1)]
    expected = binascii.crc32(check.data)
    later = (first + at for first, crcs in scene.crcs(spots) for at, crc in enumerate(crcs) if crc != expected)
    changed = right + next(later, len(spots) - 1)  # the layer that ran just before the first wrong place
    return Culprit(scene.index, OVERWRITTEN, changed, check.reader, wrong)


def _wrong(check: Check, got: bytes, unread_bytes: int) -> Wrong | None:
    """What differs; None where nothing does that means something."""
    differs = different(got, check.expected)
    if not differs.any():
        return None
    values = np.frombuffer(got, check.expected.dtype.newbyteorder("<"))
    first = int(np.flatnonzero(differs)[0])
    region = check.region
    return Wrong(
        tensor=region.tensor,
        shape=region.shape,
        dtype=region.dtype,
        index=tuple(int(i) for i in np.unravel_index(first, region.shape)) if region.shape else (),
        expected=float(check.expected.reshape(-1)[first]),
        got=float(values[first]),
        differ=int(differs.sum()),
        compared=check.expected.size - unread_bytes // check.expected.itemsize,
    )

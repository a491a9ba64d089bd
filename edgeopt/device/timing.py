"""What inferences take on a device: the first one, repeats after a warm-up, each layer, and back to back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from edgeopt.board import Board
from edgeopt.device.link import MEASURED, Link
from edgeopt.device.measurement import BackToBack, Costs, TimedRun
from edgeopt.device.serving import LONGEST_TICKS
from edgeopt.device.session import Run, Session
from edgeopt.errors import DeviceError
from edgeopt.simulate.counts import SectionRun

Progress = Callable[[str, int, int], None]  # what is being done, how many are done, of how many

_SIMULATED_LOOP = 2  # inferences back to back: the second takes what every further one does


@dataclass(frozen=True)
class Repeats:
    """Inferences for the timing, after those of the samples. A deterministic target needs and gets one timed run."""

    runs: int = 100  # what the 99th percentile takes
    warmup: int = 10
    layers: bool = True  # further inferences for the cost of each layer
    back_to_back: bool = False  # and some with no host between them, for the throughput


@runtime_checkable
class CountingLink(Protocol):
    """A link whose device counts every instruction."""

    def sections(self) -> Sequence[SectionRun]:
        """What each inference so far took, in order."""
        ...


def timed_run(run: Run, link: Link) -> TimedRun:
    """An inference with the host's times, where they mean something."""
    if link.traits.label != MEASURED:
        return TimedRun(run.cycles)
    return TimedRun(run.cycles, run.sent_s, run.answered_s)


def measure_costs(
    session: Session,
    link: Link,
    board: Board,
    sample_runs: Sequence[TimedRun],
    repeats: Repeats | None,
    progress: Progress | None = None,
) -> tuple[Costs, str]:
    """The timed inferences with the loaded inputs and those for the layers, as far as the target has anything to tell.

    With them why it ended early ("": it did not): when the device fails after one timed inference at least, what was
    found stays. `sample_runs`: the inferences of the session so far.
    """
    counting = isinstance(link, CountingLink)
    timing = _Timing(session, link, progress)
    if repeats is not None and (counting or link.traits.timed):
        timing.run(repeats, board)
    if isinstance(link, CountingLink):
        costs = _counted(link.sections(), len(sample_runs), board.clock_hz, session.identity.layers)
    elif link.traits.timed:
        costs = _timed(session.identity.cycles_hz, board, sample_runs[0], timing)
    else:
        return Costs(board.clock_hz), timing.partial
    return timing.noted(costs, sample_runs[0]), timing.partial


class _Timing:
    """The inferences that are timed, as they come."""

    def __init__(self, session: Session, link: Link, progress: Progress | None) -> None:
        self._session, self._link, self._progress = session, link, progress
        self.warmup: list[TimedRun] = []
        self.timed: list[TimedRun] = []
        self.layer_ticks: tuple[int, ...] = ()
        self.back_to_back: BackToBack | None = None
        self.partial = ""

    def run(self, repeats: Repeats, board: Board) -> None:
        """DeviceError where not even one timed inference came back; else it is a reason to be `partial`."""
        runs, warmup = (1, 0) if self._link.traits.deterministic else (repeats.runs, repeats.warmup)
        try:
            for done in range(warmup + runs):
                (self.warmup if done < warmup else self.timed).append(timed_run(self._session.infer(), self._link))
                if self._progress is not None:
                    self._progress("timed runs", done + 1, warmup + runs)
            if repeats.layers:
                self.layer_ticks = self._session.layer_cycles()
            if repeats.back_to_back and self._link.traits.timed and board.timer.kind != "none":
                self._loop(repeats)
        except DeviceError as error:
            if not self.timed:
                raise
            missing = f"after {len(self.timed)} of {runs} timed runs" if len(self.timed) < runs else "after all runs"
            self.partial = f"{missing}: {error.message}"

    def noted(self, costs: Costs, cold: TimedRun) -> Costs:
        """The costs with what the device's counter said, where that is time."""
        if not self._link.traits.timed:
            return costs
        return replace(
            costs,
            ticks_hz=self._session.identity.cycles_hz,
            cold_run=cold,
            warmup_runs=tuple(self.warmup),
            timed_runs=tuple(self.timed),
            back_to_back=self.back_to_back,
        )

    def _loop(self, repeats: Repeats) -> None:
        """As many inferences as the record and the words in it have room for, all asked for at the same time."""
        window = self._session.identity.layer_window
        fit = LONGEST_TICKS // 2 // max(1, max(run.ticks for run in self.timed))
        simulated = self._link.traits.deterministic
        count = min(window, fit, _SIMULATED_LOOP if simulated else max(2, repeats.runs))
        if count < 2:
            return
        if self._progress is not None:
            self._progress("runs back to back", 0, count)
        wait_s = self.timed[0].ticks * count / self._session.identity.cycles_hz
        patience_s = self._session.wire.patience.run_s
        ticks = self._session.serve([0] * count, True, patience_s + 2 * wait_s).response_ticks
        self.back_to_back = BackToBack(count, ticks[-1] - ticks[0])


def _timed(ticks_hz: int, board: Board, cold: TimedRun, timing: _Timing) -> Costs:
    """Costs of a target that has nothing but its counter.

    A counter beside the core's clock (RP2040: 1 MHz) becomes cycles by the two clocks' nominal ratio.
    """
    beside = board.timer.hz != board.clock_hz
    cycles_hz = board.clock_hz if beside else ticks_hz

    def cycles(ticks: int) -> int:
        return round(ticks * cycles_hz / ticks_hz) if beside else ticks

    timed = tuple(cycles(run.ticks) for run in timing.timed)
    return Costs(cycles_hz, cycles(cold.ticks), timed, tuple(map(cycles, timing.layer_ticks)))


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

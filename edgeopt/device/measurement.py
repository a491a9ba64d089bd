"""What a run on a device found: outputs, cycles, instructions, memory, and how the numbers were obtained."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edgeopt.device.identity import Identity, MemoryUse
from edgeopt.device.requests import Requests
from edgeopt.device.stats import RunStats
from edgeopt.simulate.counts import Counts, SectionRun


@dataclass(frozen=True)
class TimedRun:
    """One inference as it was timed: `ticks` by the device's counter.

    Seconds of the host's clock (time.monotonic) in which it lies: from when the command was sent to when the answer had
    come. So a power meter's samples can be laid beside it. None on a simulated target, whose time is not the host's.
    """

    ticks: int
    sent_s: float | None = field(default=None, compare=False)
    answered_s: float | None = field(default=None, compare=False)


@dataclass(frozen=True)
class BackToBack:
    """Inferences with nothing between them but the firmware's own loop, without a host in the way."""

    runs: int  # >= 2
    ticks: int  # of the device's counter, from the end of the first to the end of the last


@dataclass(frozen=True)
class Costs:
    """What the inferences took. What the target cannot tell is None or empty.

    QEMU tells no cycles (its time is not silicon's), a real board no instructions. The layers are from inferences of
    their own, as reading the clock between layers takes time; what the session adds there is not counted.
    """

    cycles_hz: int  # ticks of all cycles here in a second
    cold_cycles: int | None = None  # the first inference
    cycles: tuple[int, ...] = ()  # the timed inferences after the warm-up; one where the target is deterministic
    layer_cycles: tuple[int, ...] = ()
    instructions: int | None = None  # of the timed inference
    layer_instructions: tuple[int, ...] = ()
    stalls: int | None = None  # of the timed inference's cycles, those in which the core waited for memory
    layer_stalls: tuple[int, ...] = ()
    functions: Mapping[str, Counts] = field(default_factory=dict, repr=False)  # of the timed inference
    by_layer: SectionRun | None = field(default=None, repr=False)  # the inference that the layers are from
    ticks_hz: int = 0  # of the device's counter, in which what follows is told; 0: it tells nothing
    cold_run: TimedRun | None = None
    warmup_runs: tuple[TimedRun, ...] = ()
    timed_runs: tuple[TimedRun, ...] = ()
    back_to_back: BackToBack | None = None

    @property
    def latency_ms(self) -> RunStats | None:
        """Of the timed inferences; None where the target has no time, or none was timed."""
        if not self.cycles:
            return None
        tick_ms = 1e3 / (self.ticks_hz or self.cycles_hz)
        return RunStats.of([self._ms(cycles) for cycles in self.cycles], tick_ms)

    @property
    def cold_latency_ms(self) -> float | None:
        return None if self.cold_cycles is None else self._ms(self.cold_cycles)

    @property
    def inferences_per_s(self) -> float | None:
        """Back to back; None where that was not measured."""
        loop = self.back_to_back
        return None if loop is None or loop.ticks <= 0 else (loop.runs - 1) * self.ticks_hz / loop.ticks

    def _ms(self, cycles: int) -> float:
        return cycles * 1e3 / self.cycles_hz


@dataclass(frozen=True)
class Measurement:
    """One firmware on one target with some samples. `label`, "simulated" or "measured", holds for every number here."""

    board: str
    target: str
    label: str
    deterministic: bool  # then `costs.cycles` has at most one entry, and there is no spread
    identity: Identity
    memory: MemoryUse
    costs: Costs
    outputs: tuple[tuple[bytes, ...], ...] = field(repr=False)  # [sample][output], as in the device's memory
    waits: str = ""  # for memory, in simulated cycles: "zero wait states", "5 wait states (unverified)"
    partial: str = ""  # why it ended early: all that is here was found before that. "": it is whole
    restarts: int = 0  # of the device, that the session survived
    requests: Requests | None = None  # that arrived at given times; None: there were none

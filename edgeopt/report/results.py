"""What the verbs return and the report shows: analysis of a plan, and everything that a deployment found out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edgeopt.board import FlashTiming, Power, Region
from edgeopt.budget import Breach, Judged
from edgeopt.emit import CProject
from edgeopt.energy import MEASURED, SIMULATED, Quantity
from edgeopt.energy.duty import DutyCycle
from edgeopt.energy.supply import Supply
from edgeopt.plan import Plan
from edgeopt.report.proof import Accuracy, Validation
from edgeopt.report.view import Shown


@dataclass(frozen=True)
class LayerRow:
    """One layer. `cycles` is estimated in an analysis, simulated or measured after a run; None where unknown."""

    index: int
    name: str
    op: str
    kernels: tuple[str, ...]
    why: str  # why this way, and why not a faster one
    output_shape: tuple[int, ...]
    macs: int
    constant_bytes: int
    live_bytes: int  # of the arena, while the layer runs
    instructions: int | None = None
    cycles: Quantity | None = None
    binary_macs: int = 0  # between values of one bit; not among `macs`
    way: str = "plain"  # of edgeopt.ops.ways
    stalls: int | None = None  # of the cycles, those in which the core waited for memory; None: not counted


@dataclass(frozen=True)
class ArenaSlot:
    """Memory in the arena and the layers, by index and both included, from the first to the last that need it.

    Two slots of one layer overlap only where one is used up while the other fills.
    """

    names: tuple[str, ...]  # the tensors that lie in it, or whose scratch it is
    what: str  # input | activation | scratch | output | state
    offset_bytes: int
    size_bytes: int
    first_layer: int
    last_layer: int


@dataclass(frozen=True)
class BoardFacts:
    """What the board file says that the figures of a report are made of, each with its source."""

    name: str
    title: str
    mcu: str
    core: str
    clock_hz: int
    clock_source: str
    flash: Region
    ram: Region
    flash_timing: FlashTiming | None
    power: Power


@dataclass(frozen=True)
class MadeWith:
    """What a result was made with, so that another can make it again."""

    tools: Mapping[str, str]  # versions
    options: Mapping[str, str]  # of the command, in words
    files_sha256: Mapping[str, str]  # of what went in besides the model, by what it is


@dataclass(frozen=True)
class Faster:
    """What another goal would take, estimated; `missing` is what the board lacks for it, in words, or empty."""

    goal: str
    cycles: Quantity
    flash_bytes: int | None  # constants and kernels; None: not known before the build
    ram_bytes: int
    missing: str


@dataclass(frozen=True)
class Analysis(Shown):
    """`edgeopt analyze`: sizes and costs before anything is built. Byte counts with kind *estimated* are formulas."""

    model: str
    model_sha256: str
    board: str
    goal: str
    macs: int
    flash_bytes: Mapping[str, int | None]  # total, weights, kernels, model, runtime; None: not known before the build
    ram_bytes: Mapping[str, int | None]  # total, arena, static, stack, runtime
    flash_available_bytes: int
    ram_available_bytes: int
    arena_bound_bytes: int
    arena_optimal: bool
    peak_layer: str
    cycles: Quantity
    latency_ms: Quantity
    power_mw: Quantity
    energy_uj: Quantity
    layers: tuple[LayerRow, ...]
    broken_limits: tuple[Breach, ...] = ()  # of a budget
    binary_macs: int = 0
    faster: Faster | None = None  # the plan that is as fast as can be, where this one is not
    arena: tuple[ArenaSlot, ...] = ()
    board_facts: BoardFacts | None = None  # None: written by an older edgeopt
    made_with: MadeWith | None = None
    limits: tuple[Judged, ...] = ()  # of a budget, kept or not
    duty_cycle: DutyCycle | None = None  # of the budget; the figures of the node at work follow from it
    supply: Supply | None = None  # of the budget's duty cycle, where it names a cell
    average_mw: Quantity | None = None
    peak_mw: Quantity | None = None
    battery_days: Quantity | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Generated(Shown):
    """A folder that was written, and what is known of it before it is built. `project` is None for a plain C array."""

    folder: Path
    project: CProject | None
    analysis: Analysis
    plan: Plan = field(repr=False)


@dataclass(frozen=True)
class OutlierRun:
    """A run outside of Tukey's fences; it is in every figure all the same."""

    run: int  # the first timed one is 0
    value: float
    over_median: float  # 0.1: a tenth more than the median; negative: less


@dataclass(frozen=True)
class Latency:
    """Milliseconds over `n` timed inferences; `cold` is the first. A deterministic target has n = 1 and no spread.

    What so many runs cannot tell is None: p90 takes 10, p99 takes 100, the interval of the median 6.
    """

    value: float  # the median
    n: int
    p90: float | None
    p99: float | None
    max: float
    variation: float | None  # the standard deviation over the mean
    cold: float | None
    kind: str  # simulated or measured
    source: str
    min: float | None = None
    mean: float | None = None
    median_low: float | None = None  # between these lies the median with the probability `median_confidence`,
    median_high: float | None = None  # by order statistics: whatever the distribution
    median_confidence: float | None = None
    outliers: tuple[OutlierRun, ...] = ()
    partial: str = ""  # why there are fewer runs than were asked for

    def __post_init__(self) -> None:
        if self.kind not in (SIMULATED, MEASURED):
            raise ValueError(f"a latency cannot be `{self.kind:.40}`")


@dataclass(frozen=True)
class LayerRun:
    """What one layer took; None where the target cannot tell."""

    index: int
    name: str
    instructions: int | None
    cycles: Quantity | None
    stalls: int | None = None  # of the cycles, those in which the core waited for memory


@dataclass(frozen=True)
class FunctionRun:
    """What a function itself took; `stalls` are part of the cycles. None where the core has no cycle model."""

    instructions: int
    cycles: int | None
    stalls: int | None


@dataclass(frozen=True)
class RunReport(Shown):
    """`edgeopt run` of a project that edgeopt generated."""

    project: str
    build_id: str
    board: str
    target: str
    samples: int
    outputs: str | None  # the file that the outputs were written to
    instructions: Quantity
    cycles: Quantity
    latency_ms: Latency | None  # None: the target has no time
    stack_high_water_bytes: int
    layers: tuple[LayerRun, ...]
    stalls: int | None = None  # of the cycles, those in which the core waited for memory; None: the target cannot tell
    functions: Mapping[str, FunctionRun] = field(default_factory=dict)  # the costliest first
    flame: str | None = None  # the file that the flame graph was written to
    model: str | None = None  # the network that ran, of a project with several
    partial: str = ""  # why it ended early; "": it is whole
    restarts: int = 0  # of the board, after which the session went on


@dataclass(frozen=True)
class ProgramReport(Shown):
    """`edgeopt run` of an ELF that edgeopt did not build, on the virtual board."""

    program: str
    board: str
    ending: str  # how it ended, in words
    exit_code: int | None
    output: str  # what it printed
    instructions: Quantity  # of the whole program, or of one section between the two functions, the last
    cycles: Quantity
    between: tuple[str, str] | None
    sections: int  # how often it came from one to the other
    functions: Mapping[str, FunctionRun]  # the costliest first
    stalls: int | None = None  # of the cycles, those in which the core waited for memory
    flame: str | None = None  # the file that the flame graph was written to


@dataclass(frozen=True)
class Deployment(Shown):
    """`edgeopt deploy`: everything about one model on one board."""

    model: str
    model_sha256: str
    board: str
    target: str
    goal: str
    toolchain: str
    optimization: str
    project: str  # folder
    build_id: str
    macs: int
    flash_bytes: Mapping[str, int]
    ram_bytes: Mapping[str, int]
    flash_available_bytes: int
    ram_available_bytes: int
    instructions: Quantity
    cycles: Quantity
    latency_ms: Quantity
    power_mw: Quantity
    energy_uj: Quantity
    layers: tuple[LayerRow, ...]
    validation: Validation
    accuracy: Accuracy | None
    warnings: tuple[str, ...] = ()
    binary_macs: int = 0
    arena: tuple[ArenaSlot, ...] = ()
    board_facts: BoardFacts | None = None  # None: written by an older edgeopt
    made_with: MadeWith | None = None
    broken_limits: tuple[Breach, ...] = ()  # of a budget
    limits: tuple[Judged, ...] = ()  # of a budget, kept or not
    duty_cycle: DutyCycle | None = None  # of the budget; the figures of the node at work follow from it
    supply: Supply | None = None  # of the budget's duty cycle, where it names a cell
    average_mw: Quantity | None = None
    peak_mw: Quantity | None = None
    battery_days: Quantity | None = None
    partial: str = ""  # why the measurement ended early; "": it is whole


@dataclass(frozen=True)
class WrittenReport(Shown):
    """The files that `edgeopt report` wrote."""

    model: str
    board: str
    files: tuple[Path, ...]

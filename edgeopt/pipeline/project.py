"""From a .tflite to a built project: `analyze`, `generate`, `build`."""

import hashlib
import shutil
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from edgeopt import firmware
from edgeopt.board import Board, board_names, load_board
from edgeopt.budget import Budget, load_budget
from edgeopt.costs import level_of
from edgeopt.emit import CProject, Network, Provenance
from edgeopt.emit import emit as emit_project
from edgeopt.emit.carray import emit_carray
from edgeopt.emit.model_source import constant_bytes
from edgeopt.errors import DoesNotFit, UsageError
from edgeopt.firmware import Firmware, with_console
from edgeopt.pipeline.model import Model, open_model
from edgeopt.plan import Plan, check_fits, target_of
from edgeopt.plan import plan as make_plan
from edgeopt.report.analysis import analysis_of, faster_than
from edgeopt.report.boards import BoardsAnalysis, boards_analysis
from edgeopt.report.budgeting import budgeted_analysis, over_budget, too_small
from edgeopt.report.results import Analysis, Faster, Generated

CARRAY = "carray"
BOARD_FILE = "board.toml"
ELF = Path("build") / "firmware.elf"


def analyze(model: Path, board: Board, goal: str = "balanced", budget: Path | None = None) -> Analysis:
    """Sizes and costs of a .tflite on a board before anything is built; DoesNotFit where the board is too small.

    With a budget (.toml) the analysis holds every limit, and what would mend those that are broken.
    """
    limits = None if budget is None else load_budget(budget)  # what is wrong with it is told first
    return _judged(open_model(model), board, goal, limits)[1]


def analyze_all_boards(model: Path, goal: str = "balanced", budget: Path | None = None) -> BoardsAnalysis:
    """Sizes and costs of a .tflite on every board that edgeopt knows, and whether it fits the board and the budget."""
    limits = Budget() if budget is None else load_budget(budget)
    opened = open_model(model)
    boards = (load_board(name) for name in board_names())
    return boards_analysis(opened.graph.name, opened.sha256, opened.graph, boards, goal, limits)


def generate(
    model: Path | Model,
    board: Board,
    out: Path,
    platform: str = "baremetal",
    goal: str = "balanced",
    console: str | None = None,
    calibration: Path | None = None,
    mlperf: str | None = None,
    conversion: Mapping[str, Any] | None = None,
    without: frozenset[str] = frozenset(),
    budget: Path | None = None,
) -> Generated:
    """Writes the C project of a .tflite into `out`; the same inputs give the same bytes.

    Nothing is written where a limit of the budget (.toml) is broken: OverBudget.

    `mlperf`: the model's version in MLPerf Tiny (a key of firmware.MLPERF), for the official runner. `conversion`: what
    the .tflite was made from, for the manifest. `without`: ways to compute a layer that are not to be taken.
    """
    if platform not in (known := (CARRAY, *firmware.platforms())):
        raise UsageError(f"no platform is called `{platform}`", f"there are: {', '.join(known)}")
    limits = None if budget is None else load_budget(budget)
    opened = model if isinstance(model, Model) else open_model(model)
    plan, analysis = _judged(opened, board, goal, limits, without)
    if error := over_budget(analysis.broken_limits):
        raise error
    options = {"goal": goal, "console": console or "board", "mlperf": mlperf or "none"}
    if without:
        options["without"] = ",".join(sorted(without))
    provenance = Provenance(
        board=board.name,
        platform=platform,
        options=options,
        tools=_versions("edgeopt", "numpy"),
        calibration_sha256=None if calibration is None else hashlib.sha256(calibration.read_bytes()).hexdigest(),
        conversion=conversion,
    )
    if platform == CARRAY and (mlperf or console):
        raise UsageError("a plain C array has no console and no MLPerf Tiny runner", "leave --mlperf and --console out")
    if platform == CARRAY:
        emit_carray(plan, opened.original, opened.name, opened.data, out, vars(provenance))
        return Generated(out, None, analysis, plan)
    network = Network(plan, opened.name, opened.sha256)
    wired = board if console is None else with_console(board, console)
    values = firmware.config_values(plan, board, mlperf)

    def add_files(folder: Path) -> None:
        firmware.write_platform(folder, wired, platform, values)
        shutil.copyfile(board.file, folder / BOARD_FILE)
        (folder / f"{opened.name}.tflite").write_bytes(opened.data)

    return Generated(out, emit_project([network], out, provenance, add_files), analysis, plan)


def build(folder: Path, toolchain: str = "auto", optimization: str = "auto") -> Firmware:
    """Compiles and links a generated project; the sizes are those of the linked ELF.

    `optimization` is the compiler's level, as -O2; "auto" is the one for the goal that the project was generated for.
    """
    project = CProject.open(folder)
    if optimization == "auto":
        optimization = level_of(project.options.get("goal", ""))
    return firmware.build(folder, project_board(project), toolchain, optimization)


def project_board(project: CProject) -> Board:
    """The board that the project was generated for, with the console that was chosen."""
    board = load_board(str(project.folder / BOARD_FILE))
    console = project.options.get("console", "board")
    return board if console == "board" else with_console(board, console)


def _judged(
    model: Model, board: Board, goal: str, budget: Budget | None, without: frozenset[str] = frozenset()
) -> tuple[Plan, Analysis]:
    """The plan and what is known of it, with the limits of the budget, if any; DoesNotFit as `_plan`."""
    try:
        plan, analysis = _plan(model, board, goal, without)
    except DoesNotFit as error:
        raise error if budget is None else too_small(error, budget, model.graph, board, goal) from None
    return plan, analysis if budget is None else budgeted_analysis(analysis, budget, model.graph, board)


def _plan(model: Model, board: Board, goal: str, without: frozenset[str] = frozenset()) -> tuple[Plan, Analysis]:
    """The plan and what is known of it; DoesNotFit where the board is too small."""
    plan = make_plan(model.graph, target_of(board, goal, without))
    constants = constant_bytes(plan)
    check_fits(plan, board, constants)
    return plan, analysis_of(plan, board, model.sha256, constants, _faster(model, board, plan))


def _faster(model: Model, board: Board, plan: Plan) -> Faster | None:
    """What goal `latency` would take, where the plan is slower."""
    if plan.graph is model.graph and all(step.is_fastest for step in plan.steps):
        return None
    fastest = make_plan(model.graph, target_of(board, "latency"))
    return faster_than(plan, fastest, board, constant_bytes(fastest))


def _versions(*packages: str) -> dict[str, str]:
    return {package: metadata.version(package) for package in packages}

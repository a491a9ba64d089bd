"""What is known of a .tflite on a board, and a project compiled: `analyze`, `build`."""

from pathlib import Path

from edgeopt import firmware
from edgeopt.board import Board, board_names, load_board
from edgeopt.budget import Budget, load_budget
from edgeopt.costs import level_of
from edgeopt.emit import CProject
from edgeopt.emit.model_source import constant_bytes
from edgeopt.errors import DoesNotFit
from edgeopt.firmware import Firmware, with_baud, with_console
from edgeopt.pipeline.model import Model, open_model
from edgeopt.plan import Plan, check_fits, target_of
from edgeopt.plan import plan as make_plan
from edgeopt.report.analysis import analysis_of, faster_than
from edgeopt.report.boards import BoardsAnalysis, boards_analysis
from edgeopt.report.budgeting import budgeted_analysis, too_small
from edgeopt.report.results import Analysis, Faster

CARRAY = "carray"
BOARD_FILE = "board.toml"
ELF = Path("build") / "firmware.elf"


def analyze(model: Path, board: Board, goal: str = "balanced", budget: Path | None = None) -> Analysis:
    """Sizes and costs of a .tflite on a board before anything is built; DoesNotFit where the board is too small.

    With a budget (.toml) the analysis holds every limit, and what would mend those that are broken.
    """
    limits = None if budget is None else load_budget(budget)  # what is wrong with it is told first
    return judged(open_model(model), board, goal, limits)[1]


def analyze_all_boards(model: Path, goal: str = "balanced", budget: Path | None = None) -> BoardsAnalysis:
    """Sizes and costs of a .tflite on every board that edgeopt knows, and whether it fits the board and the budget."""
    limits = Budget() if budget is None else load_budget(budget)
    opened = open_model(model)
    boards = (load_board(name) for name in board_names())
    return boards_analysis(opened.graph.name, opened.sha256, opened.graph, boards, goal, limits)


def build(folder: Path, toolchain: str = "auto", optimization: str = "auto") -> Firmware:
    """Compiles and links a generated project; the sizes are those of the linked ELF.

    `optimization` is the compiler's level, as -O2; "auto" is the one for the goal that the project was generated for.
    """
    project = CProject.open(folder)
    if optimization == "auto":
        optimization = level_of(project.options.get("goal", ""))
    return firmware.build(folder, project_board(project), toolchain, optimization)


def project_board(project: CProject) -> Board:
    """The board that the project was generated for, with the console that was chosen, and its speed."""
    board = load_board(str(project.folder / BOARD_FILE))
    console, baud = project.options.get("console", "board"), project.options.get("baud", "")
    board = board if console == "board" else with_console(board, console)
    return with_baud(board, int(baud)) if baud.isdecimal() else board


def judged(
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
    return plan, analysis_of(plan, board, model.sha256, constants, faster(model, board, plan))


def faster(model: Model, board: Board, plan: Plan) -> Faster | None:
    """What goal `latency` would take, where the plan is slower."""
    if plan.graph is model.graph and all(step.is_fastest for step in plan.steps):
        return None
    fastest = make_plan(model.graph, target_of(board, "latency"))
    return faster_than(plan, fastest, board, constant_bytes(fastest))

"""`report`: a result that was saved, shown again, or written as a page and as drawings."""

from pathlib import Path

from edgeopt.convert import check_place, write_atomically
from edgeopt.errors import UsageError
from edgeopt.pipeline.deployment import REPORT_FILE
from edgeopt.power.tracefile import Trace, read_trace
from edgeopt.report.document import load_any
from edgeopt.report.measuring import Measured
from edgeopt.report.results import Analysis, Deployment, WrittenReport
from edgeopt.report.view import view_of_type

_HINT = (
    "give the folder of a deployment, its report.json, or what `edgeopt analyze --json` or `edgeopt measure --save` "
    "wrote"
)


def read_result(run: Path) -> Analysis | Deployment | Measured:
    """The result in a deployment's folder or in a .json file; UsageError where it is neither or is damaged."""
    kinds = {view_of_type(kind).schema: kind for kind in (Deployment, Analysis, Measured)}
    result: Analysis | Deployment | Measured = load_any(run / REPORT_FILE if run.is_dir() else run, kinds, _HINT)
    return result


def show_report(
    run: Path, output: Path | None = None, svg: Path | None = None, measured: Path | None = None
) -> Analysis | Deployment | Measured | WrittenReport:
    """The result in `run`; written as an HTML file (`output`) and as drawings (into `svg`, a folder), if asked for.

    `measured`: a measurement of the same network, which the page of a deployment shows too.
    """
    result = read_result(run)
    if measured is not None and output is None:
        raise UsageError("a measurement is added to a page, and there is none", "name it: --output report.html")
    if output is None and svg is None:
        return result
    from edgeopt.report.html import drawings, html_report

    files: dict[Path, str] = {}
    if output is not None:
        check_place(output, "report.html")
        added, place = _added(result, run, measured)
        of = result if isinstance(result, Measured) else added
        traces = {} if of is None else _traces(of, place)
        files[output] = html_report(result, measured=added, traces=traces)
    if svg is not None:
        if svg.exists() and not svg.is_dir():
            raise UsageError(f"`{svg}` is a file, not a folder", "name a folder for the drawings")
        if isinstance(result, Measured):
            raise UsageError(f"`{run}` is a measurement, which has no drawings", "write its page: --output report.html")
        files |= {svg / name: drawing for name, drawing in drawings(result).items()}
        svg.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        write_atomically(path, text.encode())
    return WrittenReport(*_of(result), tuple(files))


def _of(result: Analysis | Deployment | Measured) -> tuple[str, str]:
    """Model and board."""
    if not isinstance(result, Measured):
        return result.model, result.board
    models, boards = ({getattr(board, name) for board in result.boards} for name in ("model", "board"))
    return ", ".join(sorted(models)), ", ".join(sorted(boards))


def _added(result: Analysis | Deployment | Measured, run: Path, measured: Path | None) -> tuple[Measured | None, Path]:
    """The measurement for the page of another result, and the file that it, or `result`, is from."""
    if measured is None:
        return None, run
    if isinstance(result, Measured):
        raise UsageError(f"`{run}` is a measurement itself", "give the folder of a deployment, or leave out --measured")
    found = read_result(measured)
    if not isinstance(found, Measured):
        raise UsageError(f"`{measured}` is no measurement", "give what `edgeopt measure --save` wrote")
    models = sorted({board.model for board in found.boards} - {result.model})
    if models:
        raise UsageError(
            f"`{measured}` measured `{models[0]}`, and `{run}` is of `{result.model}`", "both must be of one network"
        )
    return found, measured


def _traces(measured: Measured, run: Path) -> dict[int, Trace | str]:
    """The traces that the measurement in the file `run` names, or why one is not there.

    A trace lies beside its JSON: a name that leads elsewhere is refused, and so is a file that is no trace.
    """
    found: dict[int, Trace | str] = {}
    for index, board in enumerate(measured.boards):
        name = None if board.energy is None else board.energy.trace
        if name is None:
            continue
        if name in ("", ".", "..") or Path(name).name != name or "\\" in name or not name.isprintable():
            raise UsageError(f"`{run}` names a trace elsewhere: `{name:.80}`", "the trace lies beside the file")
        path = run.parent / name
        found[index] = read_trace(path) if path.is_file() else f"`{name}` is not there any more"
    return found

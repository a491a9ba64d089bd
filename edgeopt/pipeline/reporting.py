"""`report`: a result that was saved, shown again, or written as a page and as drawings."""

from pathlib import Path

from edgeopt.convert import check_place, write_atomically
from edgeopt.errors import UsageError
from edgeopt.pipeline.deployment import REPORT_FILE
from edgeopt.report.document import load_any
from edgeopt.report.measuring import Measured
from edgeopt.report.results import Analysis, Deployment, WrittenReport
from edgeopt.report.view import view_of_type

_HINT = "give the folder of a deployment, its report.json, or what `edgeopt analyze --json` printed"


def read_result(run: Path) -> Analysis | Deployment | Measured:
    """The result in a deployment's folder or in a .json file; UsageError where it is neither or is damaged."""
    kinds = {view_of_type(kind).schema: kind for kind in (Deployment, Analysis, Measured)}
    result: Analysis | Deployment | Measured = load_any(run / REPORT_FILE if run.is_dir() else run, kinds, _HINT)
    return result


def show_report(
    run: Path, output: Path | None = None, svg: Path | None = None
) -> Analysis | Deployment | Measured | WrittenReport:
    """The result in `run`; written as an HTML file (`output`) and as drawings (into `svg`, a folder), if asked for."""
    result = read_result(run)
    if output is None and svg is None:
        return result
    if isinstance(result, Measured):
        raise UsageError(f"`{run}` is a measurement, which has no page", "leave out --output and --svg")
    from edgeopt.report.html import drawings, html_report

    files: dict[Path, str] = {}
    if output is not None:
        check_place(output, "report.html")
        files[output] = html_report(result)
    if svg is not None:
        if svg.exists() and not svg.is_dir():
            raise UsageError(f"`{svg}` is a file, not a folder", "name a folder for the drawings")
        files |= {svg / name: drawing for name, drawing in drawings(result).items()}
        svg.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        write_atomically(path, text.encode())
    return WrittenReport(result.model, result.board, tuple(files))

"""How it is said which files a report was written into."""

from rich.console import RenderableType

from edgeopt.report.results import WrittenReport
from edgeopt.report.text import pairs, section
from edgeopt.report.view import view


@view(WrittenReport, "edgeopt.written_report/1")
def written_text(written: WrittenReport) -> RenderableType:
    files = [("wrote", path.as_posix()) for path in written.files]
    return section(f"Report of {written.model} on {written.board}", pairs(files))

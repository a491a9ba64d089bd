"""How a flashed board is shown."""

from rich.console import Group, RenderableType

from edgeopt.report.flashing import Flashed
from edgeopt.report.text import pairs, section, size, warnings_section
from edgeopt.report.view import view


@view(Flashed, "edgeopt.flash/1")
def flashed_text(flashed: Flashed) -> RenderableType:
    facts = [
        ("program", flashed.program.as_posix()),
        ("flash", f"{size(flashed.size_bytes)} from {flashed.address:#010x}"),
        ("tool", flashed.tool + (f" (missing: {flashed.missing})" if flashed.missing else "")),
        ("verified", flashed.verified),
    ]
    if flashed.build_id is not None:
        facts.append(("answers as", f"build {flashed.build_id[:12]}, as the project"))
    facts += [("would write" if flashed.dry_run else "wrote", file) for file in flashed.files]
    facts += [("would run" if flashed.dry_run else "ran", step) for step in flashed.steps]
    title = f"{'Would flash' if flashed.dry_run else 'Flashed'} {flashed.board}"
    return Group(section(title, pairs(facts)), *warnings_section(flashed.warnings))

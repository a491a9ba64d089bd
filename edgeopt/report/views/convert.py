"""How a conversion is shown: what was written, and how accurate it is where there was data to judge by."""

from rich.console import Group, RenderableType

from edgeopt.convert import Converted
from edgeopt.report.text import pairs, section, warnings_section
from edgeopt.report.view import view


@view(Converted, "edgeopt.conversion/1")
def converted_text(converted: Converted) -> RenderableType:
    facts = [
        ("from", f"{converted.source_format}, {converted.action}"),
        ("sha256", converted.sha256),
        *(("input", tensor) for tensor in converted.inputs),
        *(("output", tensor) for tensor in converted.outputs),
        *((f"{name} model", str(score)) for name, score in converted.accuracy.items()),
    ]
    return Group(section(f"Wrote {converted.path}", pairs(facts)), *warnings_section(converted.warnings))

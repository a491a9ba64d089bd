"""docs/supported_ops.md is what the operators say."""

from pathlib import Path

from edgeopt.report.supported_ops import supported_ops


def test_the_page_is_current(project: Path) -> None:
    page = (project / "docs" / "supported_ops.md").read_text()
    assert page == supported_ops(), "write it anew: python -m edgeopt.report.supported_ops > docs/supported_ops.md"

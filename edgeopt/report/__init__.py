"""Values of the stages -> text for people and JSON for programs; one file a kind of value."""

from edgeopt.report.document import dumps, plain
from edgeopt.report.view import View, view, view_of

__all__ = ["View", "dumps", "plain", "view", "view_of"]

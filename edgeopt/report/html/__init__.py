"""A result as one HTML file that needs no network, and its drawings as SVG files."""

from edgeopt.report.html.files import drawings
from edgeopt.report.html.page import html_report

__all__ = ["drawings", "html_report"]

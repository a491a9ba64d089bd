"""Digests of kernels' C, which a cost table records: whether what was measured is what there is.

Comments, empty lines and how a line is indented do not count, so that words can be mended without measuring anew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cache

from edgeopt.resources import kernel_files

_COMMENT_OR_TEXT = re.compile(r'/\*.*?\*/|//[^\n]*|("(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\')', re.DOTALL)
_DIGITS = 12


@cache
def kernel_digest(kernel: str) -> str:
    """Of the C of a kernel and of all that it includes."""
    return _digest(f"{path.name}\n{plain_c(path.read_text())}" for path in kernel_files({kernel}))


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:_DIGITS]


def plain_c(text: str) -> str:
    """Its lines without comments, and with one space where there were several."""
    plain = _COMMENT_OR_TEXT.sub(lambda found: found[1] or " ", text)
    return "\n".join(line for line in (" ".join(line.split()) for line in plain.splitlines()) if line)

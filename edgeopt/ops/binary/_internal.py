"""What operators share that are made by edgeopt and stand in no file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Io, Op


class Internal(Op):
    """An operator that edgeopt makes of others."""

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        raise UnsupportedModel(f"{cls.name} is an operator of edgeopt's own, which no file has", "convert it again")

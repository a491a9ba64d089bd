"""What operators share that are made by edgeopt and stand in no file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Self

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, Io, Op


class Internal(Op):
    """An operator that edgeopt makes of others."""

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        raise UnsupportedModel(f"{cls.name} is an operator of edgeopt's own, which no file has", "convert it again")


class Counting(Internal):
    """A layer that counts in how many bits its data and its weights differ."""

    @abstractmethod
    def doubled_counts(self, x: Array, weights: Array) -> Array:
        """int64 d [..., O] of the words of both: twice the products that are -1, and once those on zero padding."""

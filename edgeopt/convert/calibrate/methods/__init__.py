"""How a range is found from what a tensor held. One file a method, which registers itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from edgeopt.convert.calibrate.activations import Seen
from edgeopt.convert.quantizer import Range
from edgeopt.registry import Registry

STEPS = 255  # between the ends of an int8 range


class Method(ABC):
    """A way from statistics to a range; what lies outside it is clipped."""

    name: ClassVar[str]  # as registered

    @abstractmethod
    def range_of(self, seen: Seen) -> Range:
        """The range that int8 should stand for; never wider than what was seen and 0."""


METHODS: Registry[Method] = Registry("calibration method", __name__)

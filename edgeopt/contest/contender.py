"""What takes part in a comparison: a form of the model under a runtime. One file a runtime, which registers itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from edgeopt.convert import Dataset, Outputs, read_summary
from edgeopt.convert.layout import Layout
from edgeopt.convert.summary import has_engine_operators
from edgeopt.errors import EdgeoptError
from edgeopt.registry import Registry

FLOAT = "float"
BINARIZED = "binarized"


@dataclass(frozen=True)
class Models:
    """The forms of one model that there are. `folder` is for what a runtime must write."""

    source: Path  # as the user gave it
    float_tflite: bytes | None = field(repr=False)
    integer_tflite: bytes | None = field(repr=False)
    folder: Path
    layouts: tuple[Layout, ...] = ()  # inputs whose axes are in another order in the source

    @property
    def is_binarized(self) -> bool:
        """Whether the model has operators of the Larq Compute Engine, which no other runtime knows."""
        return self.integer_tflite is not None and has_engine_operators(self.integer_tflite)

    @property
    def integer_type(self) -> str:
        """int8 or int16, the type of what goes into the integer model; or BINARIZED."""
        assert self.integer_tflite is not None
        if self.is_binarized:
            return BINARIZED
        return read_summary(self.integer_tflite, "the model").input_tensors[0].dtype


class Contender(ABC):
    """One form of the model, ready to run under one runtime, on one thread."""

    runtime: str  # as printed
    model: str  # FLOAT, BINARIZED, or the type of the integer model's inputs
    size_bytes: int
    size_of: str  # what these bytes are

    @abstractmethod
    def outputs(self, data: Dataset) -> Outputs:
        """The outputs as real values; the data as `calibration.match` takes it."""

    @abstractmethod
    def time(self, data: Dataset, repeats: int) -> list[float]:
        """Milliseconds of each of `repeats` inferences of the first sample."""


class Runtime(ABC):
    """A way to run models on this computer. `place` orders the rows."""

    place: ClassVar[int]
    name: ClassVar[str]

    @abstractmethod
    def contenders(self, models: Models) -> Iterator[Contender]:
        """Those of the models' forms that it runs; EdgeoptError where it should and cannot."""


RUNTIMES: Registry[Runtime] = Registry("runtime", "edgeopt.contest.runtimes")


def contenders_of(models: Models) -> tuple[list[Contender], list[str]]:
    """All that can take part, in the order of the rows, and why others cannot."""
    found: list[Contender] = []
    absent = []
    for _, runtime in sorted(RUNTIMES, key=lambda item: item[1].place):
        try:
            found += runtime.contenders(models)
        except EdgeoptError as error:
            hint = f" ({error.hint})" if error.hint else ""
            absent.append(f"{runtime.name} is left out: {error.message}{hint}")
    return found, absent

"""The formats that models come in. One file a format, which registers itself; `detect` looks at the content."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from edgeopt.errors import MalformedModel, UsageError
from edgeopt.registry import Registry


class SourceFormat(ABC):
    """A kind of model file. `matches` runs in edgeopt's own process, `to_tflite` in the worker."""

    name: ClassVar[str]  # as registered
    title: ClassVar[str]  # as printed
    suffixes: ClassVar[tuple[str, ...]]
    attempts: ClassVar[int] = 1  # ways to read it; each is tried in a process of its own

    @abstractmethod
    def matches(self, path: Path) -> bool:
        """Whether the content is of this format; reads little, imports nothing heavy, trusts no suffix."""

    @abstractmethod
    def to_tflite(self, path: Path, output: Path, attempt: int) -> list[str]:
        """Write the model as .tflite for one sample at a time; returns warnings."""


FORMATS: Registry[SourceFormat] = Registry("model format", __name__)


def detect(path: Path) -> SourceFormat:
    """The format of a model file or folder. UsageError where there is none, MalformedModel where it is none of them."""
    if not path.exists():
        raise UsageError(f"{path}: there is no such file", "check the path")
    try:
        for _, source in FORMATS:
            if source.matches(path):
                return source
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}", "check its permissions") from None
    for _, source in FORMATS:
        if path.suffix.lower() in source.suffixes:
            raise MalformedModel(
                f"{path}: is not a {source.title} file although its name says so", "export or download it again"
            )
    known = ", ".join(source.title for _, source in FORMATS)
    raise MalformedModel(f"{path}: is of no format that edgeopt knows", f"give one of: {known}")

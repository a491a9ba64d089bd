"""The formats that models come in. One file a format, which registers itself; `detect` looks at the content."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from edgeopt.convert.choices import NO_TRUST, Trust
from edgeopt.convert.layout import Layout
from edgeopt.errors import MalformedModel, UsageError
from edgeopt.registry import Registry


@dataclass(frozen=True)
class Job:
    """One model to bring to .tflite, as the worker is asked for it."""

    path: Path
    output: Path
    name: str  # of the model, in errors
    attempt: int = 0
    trust: Trust = NO_TRUST


@dataclass(frozen=True)
class Brought:
    """What there is to say of a .tflite that a format made."""

    warnings: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()  # inputs whose axes are in another order than in the model's file
    baseline: bool = False  # a float form of an integer model lies beside it, as `baseline_path` says


def baseline_path(output: Path) -> Path:
    """Where the float form lies of a model that brings its own integers."""
    return output.with_suffix(".float.tflite")


class SourceFormat(ABC):
    """A kind of model file. `matches` and `check` run in edgeopt's own process, `to_tflite` in the worker."""

    name: ClassVar[str]  # as registered
    title: ClassVar[str]  # as printed
    suffixes: ClassVar[tuple[str, ...]]
    attempts: ClassVar[int] = 1  # ways to read it; each is tried in a process of its own

    @abstractmethod
    def matches(self, path: Path) -> bool:
        """Whether the content is of this format; reads little, imports nothing heavy, trusts no suffix."""

    def check(self, path: Path, trust: Trust) -> None:  # noqa: B027 -- most have nothing to unpack
        """Refuses what is unsafe to unpack or to follow, before anything is: sizes, names and links."""

    @abstractmethod
    def to_tflite(self, job: Job) -> Brought:
        """Write the model as .tflite for one sample at a time."""


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

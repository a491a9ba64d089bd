"""A firmware of several networks on a target, and the switching between them that a session of one would not do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from support.proof import random_array
from support.whole import need_toolchain

from edgeopt import pipeline
from edgeopt.board import Board, load_board
from edgeopt.device import Link, Session, open_link
from edgeopt.device.runner import sample_bytes
from edgeopt.emit import CProject
from edgeopt.firmware import Firmware
from edgeopt.ir import Array, evaluate_in_order
from edgeopt.report.several import GeneratedModels

Samples = Sequence[Sequence[Array]]


@dataclass(frozen=True)
class Together:
    """Networks that were generated and built as one firmware."""

    files: tuple[Path, ...]
    generated: GeneratedModels
    firmware: Firmware
    board: Board

    @property
    def project(self) -> CProject:
        assert self.generated.project is not None
        return self.generated.project

    @contextmanager
    def on(self, target: str) -> Iterator[Link]:
        """A device that has just started."""
        link = open_link(target, self.board, self.firmware.elf)
        try:
            yield link
        finally:
            link.close()

    def session(self, link: Link, index: int) -> Session:
        return Session(link, self.project.build_id, model=index)


def together(
    models: Mapping[str, bytes], board: str, toolchain: str, folder: Path, console: str | None = None
) -> Together:
    """The models by name as one firmware in `folder`."""
    need_toolchain(toolchain)
    folder.mkdir()
    files = tuple(folder / f"{name}.tflite" for name in models)
    for file, content in zip(files, models.values(), strict=True):
        file.write_bytes(content)
    chosen = load_board(board)
    generated = pipeline.generate_several(files, chosen, folder / "project", console=console)
    return Together(files, generated, pipeline.build(folder / "project", toolchain), chosen)


def random_samples(file: Path, count: int, rng: np.random.Generator) -> Samples:
    inputs = pipeline.open_model(file).graph.input_tensors
    return [[random_array(rng, tensor.shape, tensor.dtype) for tensor in inputs] for _ in range(count)]


def expected(file: Path, samples: Samples) -> list[list[bytes]]:
    """The outputs of the network alone, which remembers the samples before each."""
    outputs = evaluate_in_order(pipeline.open_model(file).graph, samples)
    return [sample_bytes(sample) for sample in outputs]


def infer(session: Session, sample: Sequence[Array]) -> list[bytes]:
    session.load(sample_bytes(sample))
    session.infer()
    return list(session.outputs())


def select(session: Session) -> None:
    """The session's network again, after the device has worked for another session; it remembers what it did."""
    session.wire.ask("model", f"{session.identity.model_index:x}")

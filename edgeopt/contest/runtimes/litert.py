"""LiteRT, the runtime of phones: with XNNPACK, and for the float model also its plain reference kernels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgeopt.contest.contender import FLOAT, RUNTIMES, Contender, Models, Runtime
from edgeopt.convert import Dataset, LiteRt, Outputs
from edgeopt.convert.litert import Kernels


@contextmanager
def _silent_native_code() -> Iterator[None]:
    """XNNPACK announces itself on stderr; what it refuses comes as an exception too."""
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


class LiteRtContender(Contender):
    size_of = "the .tflite"

    def __init__(self, model: str, content: bytes, kernels: Kernels) -> None:
        self.runtime = f"LiteRT ({'XNNPACK' if kernels == 'xnnpack' else kernels})"
        self.model, self.size_bytes = model, len(content)
        with _silent_native_code():
            self._program = LiteRt(content, kernels)

    def outputs(self, data: Dataset) -> Outputs:
        found = self._program.run_real(data)
        return tuple(found[tensor.name] for tensor in self._program.outputs)

    def time(self, data: Dataset, repeats: int) -> list[float]:
        return self._program.time(data, repeats)


class FloatLiteRt(Runtime):
    place, name = 0, "LiteRT with the float model"

    def contenders(self, models: Models) -> Iterator[Contender]:
        if models.float_tflite is not None:
            yield LiteRtContender(FLOAT, models.float_tflite, "xnnpack")
            yield LiteRtContender(FLOAT, models.float_tflite, "reference")


class IntegerLiteRt(Runtime):
    place, name = 20, "LiteRT with the integer model"

    def contenders(self, models: Models) -> Iterator[Contender]:
        if models.integer_tflite is not None and not models.is_binarized:
            yield LiteRtContender(models.integer_type, models.integer_tflite, "xnnpack")


RUNTIMES.register("litert_float")(FloatLiteRt())
RUNTIMES.register("litert_integer")(IntegerLiteRt())

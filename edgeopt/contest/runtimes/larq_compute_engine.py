"""The Larq Compute Engine, which runs binarized networks on phones; here by its reference kernel of the convolution."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter_ns

from edgeopt.contest.contender import BINARIZED, RUNTIMES, Contender, Models, Runtime
from edgeopt.convert import Dataset, Outputs, quantize_inputs
from edgeopt.convert.binarized.interpreter import LceRt


class EngineContender(Contender):
    runtime, model, size_of = "Larq Compute Engine (reference)", BINARIZED, "the .tflite"

    def __init__(self, content: bytes) -> None:
        self.size_bytes = len(content)
        self._program = LceRt(content)

    def outputs(self, data: Dataset) -> Outputs:
        found = self._program.run_real(data)
        return tuple(found[tensor.name] for tensor in self._program.outputs)

    def time(self, data: Dataset, repeats: int) -> list[float]:
        feeds = quantize_inputs(data.first(1), self._program.inputs)
        columns = [feeds[tensor.name] for tensor in self._program.inputs]
        taken = []
        for _ in range(repeats + 1):
            begin = perf_counter_ns()
            list(self._program.each(columns))
            taken.append((perf_counter_ns() - begin) / 1e6)
        return taken[1:]  # the first one is slower


class LarqComputeEngine(Runtime):
    place, name = 10, "the Larq Compute Engine"

    def contenders(self, models: Models) -> Iterator[Contender]:
        if models.integer_tflite is not None and models.is_binarized:
            yield EngineContender(models.integer_tflite)


RUNTIMES.register("larq_compute_engine")(LarqComputeEngine())

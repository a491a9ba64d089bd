"""TensorFlow Lite for Microcontrollers, as its wheel builds it for this computer: the oracle of exactness."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter_ns
from typing import Any

import numpy as np

from edgeopt.contest.contender import RUNTIMES, Contender, Models, Runtime
from edgeopt.convert import Dataset, Outputs, real_values
from edgeopt.convert.process import WorkerDied
from edgeopt.convert.sequences import begins_anew
from edgeopt.device.oracle import by_tflite_micro
from edgeopt.device.samples import samples_of, zero_sample
from edgeopt.device.tflite_micro_job import ARENA_BYTES
from edgeopt.errors import ModelError, ToolchainError, UnsupportedModel
from edgeopt.ir import Array, Graph
from edgeopt.load import load_bytes


class TfliteMicroContender(Contender):
    runtime, size_of = "tflite-micro", "the .tflite"

    def __init__(self, model: str, content: bytes, graph: Graph, program: Any) -> None:
        self.model, self.size_bytes = model, len(content)
        self._inputs, self._outputs, self._program = graph.input_tensors, graph.output_tensors, program
        self._anew = begins_anew(content)

    def outputs(self, data: Dataset) -> Outputs:
        results: list[list[Array]] = []
        for sample in samples_of(data, self._inputs):
            if self._anew:
                self._program.reset()
            for index, values in enumerate(sample):
                self._program.set_input(values, index)
            self._program.invoke()
            results.append([np.array(self._program.get_output(index)) for index in range(len(self._outputs))])
        return tuple(real_values(np.stack([row[i] for row in results]), t) for i, t in enumerate(self._outputs))

    def time(self, data: Dataset, repeats: int) -> list[float]:
        (sample,) = samples_of(data.first(1), self._inputs)
        taken = []
        for _ in range(repeats + 1):
            for index, values in enumerate(sample):
                self._program.set_input(values, index)
            begin = perf_counter_ns()
            self._program.invoke()
            taken.append((perf_counter_ns() - begin) / 1e6)
        return taken[1:]  # the first one is slower


class TfliteMicro(Runtime):
    place, name = 30, "tflite-micro"

    def contenders(self, models: Models) -> Iterator[Contender]:
        content = models.integer_tflite
        if content is None or models.is_binarized:
            return
        graph = load_bytes(content, "model")
        try:
            from tflite_micro.python.tflite_micro import runtime
        except ImportError:
            raise ToolchainError("its wheel is not installed", "pip install 'edgeopt[oracle]'") from None
        try:
            by_tflite_micro(content, len(graph.outputs), zero_sample(graph.input_tensors))
        except WorkerDied as error:  # in a process of its own; here it would end edgeopt
            raise UnsupportedModel(error.message, error.hint) from None
        except ModelError as error:
            raise UnsupportedModel(f"it does not take the model: {error.message}") from None
        program = runtime.Interpreter.from_bytes(content, arena_size=ARENA_BYTES)
        yield TfliteMicroContender(models.integer_type, content, graph, program)


RUNTIMES.register("tflite_micro")(TfliteMicro())

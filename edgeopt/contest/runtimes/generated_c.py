"""The C that edgeopt generates, compiled for this computer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgeopt.contest.contender import RUNTIMES, Contender, Models, Runtime
from edgeopt.convert import Dataset, Outputs, real_values
from edgeopt.convert.sequences import begins_anew
from edgeopt.device.samples import samples_of
from edgeopt.emit.model_source import constant_bytes
from edgeopt.firmware.host import HostProgram, build_for_host
from edgeopt.ir import Target
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import plan


class GeneratedCContender(Contender):
    runtime = "edgeopt's C"

    def __init__(self, model: str, program: HostProgram, constants: int) -> None:
        self.model, self._program = model, program
        self.size_bytes = constants + (program.code_bytes or 0)
        self.size_of = "constants and code" if program.code_bytes is not None else "constants, code not known"

    def outputs(self, data: Dataset) -> Outputs:
        results = self._program.run(samples_of(data, self._program.inputs))
        return tuple(real_values(np.stack([row[i] for row in results]), t) for i, t in enumerate(self._program.outputs))

    def time(self, data: Dataset, repeats: int) -> list[float]:
        (sample,) = samples_of(data.first(1), self._program.inputs)
        return self._program.time(sample, repeats)


class GeneratedC(Runtime):
    place, name = 40, "edgeopt's C"

    def contenders(self, models: Models) -> Iterator[Contender]:
        if models.integer_tflite is not None:
            planned = plan(optimize(load_bytes(models.integer_tflite, "model")), Target())
            program = build_for_host(planned, models.folder, begins_anew(models.integer_tflite))
            yield GeneratedCContender(models.integer_type, program, constant_bytes(planned))


RUNTIMES.register("generated_c")(GeneratedC())

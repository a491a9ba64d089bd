"""`convert`: the conversion, judged with the C that is generated from it."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from edgeopt.convert import Converted, Dataset, Outputs, Worker, api, real_values
from edgeopt.convert.choices import DEFAULT_CHOICES, DEFAULT_LIMITS, NO_TRUST, Choices, Limits, Trust
from edgeopt.convert.sequences import begins_anew
from edgeopt.device.samples import samples_of
from edgeopt.errors import ModelError, ToolchainError
from edgeopt.firmware.host import build_for_host
from edgeopt.ir import Target, evaluate_in_order
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import plan as make_plan

_LEAST_S, _SAMPLE_S = 300.0, 5.0  # what the C may take: far more than any network for microcontrollers does


def convert(
    model: object,
    output: Path,
    calibration: Dataset | Path | None = None,
    *,
    evaluation: Dataset | Path | None = None,
    choices: Choices = DEFAULT_CHOICES,
    trust: Trust = NO_TRUST,
    limits: Limits = DEFAULT_LIMITS,
    worker: Worker | None = None,
) -> Converted:
    """A trained model to a full-integer .tflite, judged together with its generated C; see edgeopt.convert.api.

    What keeps edgeopt from generating C for the result is a warning and no error: it may be meant for a phone.
    """
    converted = api.convert(
        model,
        output,
        calibration,
        evaluation=evaluation,
        choices=choices,
        trust=trust,
        limits=limits,
        worker=worker,
        generated_c=generated_c,
    )
    if converted.c_by is not None or converted.verdict.judge is not None:  # then it was tried, and is told
        return converted
    try:
        load_bytes(converted.path.read_bytes(), converted.path.stem)
    except ModelError as error:
        missing = f"edgeopt generates no C for it: {error.message}"
        return replace(converted, warnings=(*converted.warnings, missing))
    return converted


def generated_c(model: bytes, data: Dataset) -> tuple[Outputs, str]:
    """The outputs of the C of a .tflite as real values, and how they were obtained.

    The C itself runs, on this computer; where no compiler is installed the operators' references do, which the tests
    hold equal to it byte for byte. ModelError where edgeopt generates no C for the model.
    """
    graph, anew = optimize(load_bytes(model, "model")), begins_anew(model)
    samples = samples_of(data, graph.input_tensors)
    with TemporaryDirectory(prefix="edgeopt-") as folder:
        try:
            program = build_for_host(make_plan(graph, Target()), Path(folder), anew)
        except ToolchainError as error:
            outputs, how = evaluate_in_order(graph, samples, anew), f"edgeopt's numpy reference: {error.message}"
        else:
            outputs = program.run(samples, timeout_s=max(_LEAST_S, _SAMPLE_S * len(samples)))
            how = f"{program.compiler} on this computer"
    tensors = graph.output_tensors
    return tuple(real_values(np.stack([sample[i] for sample in outputs]), t) for i, t in enumerate(tensors)), how

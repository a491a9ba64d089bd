"""What the float model computes that a .tflite was made from, for the accuracy on a device beside it."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from edgeopt.convert import Dataset, Outputs, Run, Worker, run_apart
from edgeopt.convert.calibration import match
from edgeopt.convert.choices import NO_TRUST
from edgeopt.convert.dataset import ANY_INPUT
from edgeopt.convert.formats import detect
from edgeopt.convert.source import to_tflite
from edgeopt.convert.summary import Kind, read_summary
from edgeopt.errors import UsageError


def float_outputs(model: Path, data: Dataset, outputs: int) -> Outputs:
    """The outputs of a float model of any format that `convert` takes, by LiteRT; it must have so many.

    `data` in real values, with its axes in the order of the .tflite. UsageError where the model is not float, or does
    not go with the data; ModelError and ToolchainError as `convert`.
    """
    worker = Worker()
    with TemporaryDirectory(prefix="edgeopt-") as folder:
        source = to_tflite(model, str(model), detect(model), NO_TRUST, Path(folder), worker)
    summary = read_summary(source.data, str(model))
    known = source.data if summary.kind is Kind.FLOAT else source.baseline
    if known is None:
        raise UsageError(f"`{model}` is no float model", "give the model that was trained, before it was quantized")
    tensors = read_summary(known, str(model)).input_tensors
    if any(array.dtype.kind in "iu" for array in data.inputs.values()) and all(t.dtype == "float32" for t in tensors):
        raise UsageError(f"`{data.source}` holds integers, which mean nothing to the float model", "give real values")
    if len(data.inputs) == 1:  # whatever the .tflite calls it
        data = replace(data, inputs={ANY_INPUT: next(iter(data.inputs.values()))})
    found = run_apart([Run(known, str(model))], match(data, tensors), worker)[0]
    if len(found) != outputs:
        raise UsageError(f"`{model}` has {len(found)} outputs, not {outputs} as on the device", "give its own model")
    return found

"""What every float tensor of a binarized network holds over the calibration set, kept in the file's own metadata.

The Engine computes in bits and floats; on a microcontroller what is float becomes integers, whose scales follow from
these ranges. The file stays the Engine's: its interpreter passes over metadata that it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from edgeopt.convert.binarized.grids import InputGrid, input_grid
from edgeopt.convert.binarized.interpreter import LceRt
from edgeopt.convert.calibration import plain_name
from edgeopt.convert.litert import verify
from edgeopt.convert.quantize_job import Samples
from edgeopt.convert.quantizer import Grid, flatfile
from edgeopt.convert.summary import Summary, read_summary
from edgeopt.errors import UsageError
from edgeopt.ir import Array
from edgeopt.schema import LARGEST, METADATA_NAME, Ranges, encode_ranges


def calibrate(request: dict[str, Any]) -> list[str]:
    """Writes the model with its ranges to `output`; returns warnings.

    Further keys: `model` (a .tflite with the Engine's operators), `name` (as in errors), `calibration` (.npz as of
    `Samples`), `source` (of the samples, as in errors).
    """
    data, name = Path(request["model"]).read_bytes(), request["name"]
    summary = read_summary(data, name)
    columns = Samples.load(Path(request["calibration"])).columns
    ranges = _seen(data, summary, columns, name, request["source"])
    grids = {
        index: _trained_grid(summary, index) or input_grid(column)
        for index, column in zip(summary.inputs, columns, strict=True)
    }
    inputs = {index: (found.grid.scale, found.grid.zero_point) for index, found in grids.items()}
    Path(request["output"]).write_bytes(with_ranges(data, Ranges(ranges, inputs)))
    return _rounded_inputs(grids, summary, request["source"])


def with_ranges(data: bytes, ranges: Ranges) -> bytes:
    """A verified file with the ranges as its metadata, instead of those that it has."""
    model = flatfile.read(data)
    buffer, entry = flatfile.schema().BufferT(), flatfile.schema().MetadataT()
    buffer.data = np.frombuffer(encode_ranges(ranges), np.uint8)
    entry.name, entry.buffer = METADATA_NAME, len(model.buffers)
    model.buffers.append(buffer)
    others = [other for other in model.metadata or [] if flatfile.text(other.name) != METADATA_NAME]
    model.metadata = [*others, entry]
    return flatfile.write(model)


def _trained_grid(summary: Summary, index: int) -> InputGrid | None:
    """The int8 grid that an input was given in training, where that simulated integers."""
    made = (layer.outputs[0] for layer in summary.layers if layer.operator == "QUANTIZE" and layer.inputs[0] == index)
    tensor = next((summary.tensors[output] for output in made), None)
    if tensor is None or tensor.dtype != "int8" or tensor.quant is None:
        return None
    return InputGrid(Grid("int8", tensor.q.scale, tensor.q.zero_point), True)


def _seen(
    data: bytes, summary: Summary, columns: Sequence[Array], name: str, source: str
) -> dict[int, tuple[float, float]]:
    """Lowest and highest value by tensor, of every input and every float tensor that a layer makes."""
    makers = {index: f"input `{plain_name(summary.tensors[index].name)}`" for index in summary.inputs}
    computed = {
        index: f"layer `{layer.name}`"
        for layer in summary.layers
        for index in layer.outputs
        if summary.tensors[index].dtype == "float32" and summary.tensors[index].elements
    }
    makers |= computed
    ends = np.full((len(makers), 2), (np.inf, -np.inf))
    rows = LceRt(_with_outputs(data, tuple(computed), name), name).each(columns) if computed else repeat([])
    for sample, row in zip(range(len(columns[0])), rows, strict=False):
        values = [*(column[sample] for column in columns), *row]
        low, high = np.array([(each.min(), each.max()) for each in values], np.float64).T
        strange = np.flatnonzero(~((np.abs(low) < LARGEST) & (np.abs(high) < LARGEST)))
        if strange.size:
            raise UsageError(
                f"{source}: with sample {sample}, {list(makers.values())[strange[0]]} of the model has values that are "
                f"no numbers, or beyond {LARGEST:g}",
                "expected the scale of training; if the sample is right, the model itself overflows",
            )
        ends = np.column_stack([np.minimum(ends[:, 0], low), np.maximum(ends[:, 1], high)])
    return {index: (float(low), float(high)) for index, (low, high) in zip(makers, ends, strict=True)}


def _with_outputs(data: bytes, tensors: Sequence[int], name: str) -> bytes:
    """The model with these tensors as its outputs."""
    verify(data, name)
    model = flatfile.read(data)
    model.subgraphs[0].outputs = list(tensors)
    model.signatureDefs = []
    return flatfile.write(model)


def _rounded_inputs(grids: Mapping[int, InputGrid], summary: Summary, source: str) -> list[str]:
    return [
        f"{source}: input `{plain_name(summary.tensors[index].name)}` is rounded to int8 in steps of "
        f"{found.grid.scale:.4g}: its values lie on no steps of their own that hold 0, as pixels/255 do"
        for index, found in grids.items()
        if not found.exact
    ]

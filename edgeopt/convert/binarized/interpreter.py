"""Runs a .tflite with operators of the Larq Compute Engine, by the Engine's own interpreter. In the worker.

It is native code that follows a damaged file anywhere, so LiteRT's verifier looks at the file first, and a crash that
still happens is the worker's. The interpreter's module is loaded by itself: the package around it is the converter,
which imports TensorFlow.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from edgeopt.convert.binarized.work import options_of
from edgeopt.convert.dataset import Dataset
from edgeopt.convert.litert import quantize_inputs, real_values, verify
from edgeopt.convert.summary import read_summary
from edgeopt.errors import MalformedModel, ModelError, ToolchainError, UnsupportedModel
from edgeopt.ir import Array
from edgeopt.schema import ModelFile, read_model

_PACKAGE, _MODULE = "larq_compute_engine", "interpreter_wrapper_lite"
_UNPREPARED = "it cannot prepare the layers"


class LceRt:
    """One model, ready to run, as `LiteRt` is.

    The Engine's reference kernel of the convolution computes: it alone does groups, and with zero padding it rounds as
    the padding is defined. Errors: UnsupportedModel where it cannot compute a layer, MalformedModel where the file is
    refused otherwise, ToolchainError where the Engine is not installed.
    """

    def __init__(self, model: bytes, where: str = "the model") -> None:
        summary = read_summary(model, where)
        self.inputs, self.outputs = summary.input_tensors, summary.output_tensors
        opened = next((t for t in self.inputs if -1 in t.shape), None)
        if opened is not None:
            raise UnsupportedModel(
                f"{where}: input `{opened.name}` has open dimensions: {list(opened.shape)}",
                "export it with fixed sizes",
            )
        verify(model, where)
        self._interpreter = _prepared(model, where)
        self._where = where

    def run(self, data: Dataset) -> dict[str, Array]:
        """Outputs [samples, ...] by name, in the model's own types. `data` as `calibration.match` takes it."""
        feeds = quantize_inputs(data, self.inputs)
        columns = [feeds[tensor.name] for tensor in self.inputs]
        rows = list(self.each(columns))
        return {tensor.name: np.stack([row[i] for row in rows]) for i, tensor in enumerate(self.outputs)}

    def run_real(self, data: Dataset) -> dict[str, Array]:
        """As `run`, with quantized outputs as the real values that they stand for, float32."""
        outputs = self.run(data)
        return {tensor.name: real_values(outputs[tensor.name], tensor) for tensor in self.outputs}

    def each(self, columns: Sequence[Array]) -> Iterator[list[Array]]:
        """The outputs, in the model's order and types, for each sample of `columns`: [samples, ...] by input."""
        for sample in range(len(columns[0])):
            feed = [column[sample].reshape(tensor.shape) for column, tensor in zip(columns, self.inputs, strict=True)]
            try:
                yield [np.array(values) for values in self._interpreter.predict(feed)]
            except (RuntimeError, ValueError) as error:
                raise ModelError(
                    f"{self._where}: the Larq Compute Engine cannot run it: {_reason(error)}", "convert it again"
                ) from None


def _prepared(model: bytes, where: str) -> Any:
    try:
        return engine_module().LiteInterpreter(model, 1, True, False, False)
    except (RuntimeError, ValueError) as error:
        reason = _reason(error)
    odd = _odd_layers(read_model(model)) if reason == _UNPREPARED else []
    if odd:
        raise UnsupportedModel(
            f"{where}: the Larq Compute Engine cannot pad an odd number of channels with zeros: {', '.join(odd)}",
            "pad with pad_values=1, or make the number of input channels even",
        )
    raise MalformedModel(f"{where}: the Larq Compute Engine cannot load it: {reason}", "convert the model again")


def _odd_layers(file: ModelFile) -> list[str]:
    """The binary convolutions that the Engine's reference kernel does not take; its other one computes them wrong."""
    return [
        f"layer `{_layer(file.names[operator.inputs[0]]) or name}` of {options['channels_in']}"
        for name, operator in zip(file.layer_names, file.operators, strict=True)
        if operator.name == "LceBconv2d"
        and (options := options_of(operator)).get("channels_in", 0) % 2
        and not options.get("pad_values", 1)
        and not options.get("padding", 1)
    ]


def _layer(bits: str) -> str:
    """The layer that reads the tensor `bits`: its quantizer gives it its name, model/layer/quantizer/Sign."""
    path = bits.partition(";")[0].split("/")
    return path[-3] if len(path) > 2 else ""


def engine_module() -> Any:
    """The Engine's native interpreter, without the package around it."""
    if _MODULE in sys.modules:
        return sys.modules[_MODULE]
    package = importlib.util.find_spec(_PACKAGE)
    folders = [] if package is None else list(package.submodule_search_locations or [])
    library = next((path for folder in folders for path in Path(folder).glob(f"tflite/python/{_MODULE}.*")), None)
    if library is None:
        raise ToolchainError(f"the Python module `{_PACKAGE}` is not installed", "pip install 'edgeopt[larq]'")
    return _load(library)


def _load(library: Path) -> ModuleType:
    loader = importlib.machinery.ExtensionFileLoader(_MODULE, str(library))
    spec = importlib.util.spec_from_file_location(_MODULE, library, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    sys.modules[_MODULE] = module
    return module


def _reason(error: Exception) -> str:
    """What the Engine says, which is the line of its own source that failed."""
    said = " ".join(str(error).split())
    failed = said.rpartition("the following was false: ")[2][:200]
    return _UNPREPARED if "AllocateTensors" in failed else failed or "no reason given"

"""Trained models to full-integer int8 .tflite, with data that is checked before it is used."""

import sys
from types import ModuleType
from typing import Any

from edgeopt.convert.accuracy import Score, check_labels, score
from edgeopt.convert.api import Converted, convert
from edgeopt.convert.calibration import check_calibration, match, plain_name, sample_shape
from edgeopt.convert.choices import Choices, Trust
from edgeopt.convert.dataset import Dataset, load_dataset, make_dataset
from edgeopt.convert.files import write_atomically
from edgeopt.convert.litert import LiteRt, dequantize_values, quantize_inputs, quantize_values
from edgeopt.convert.process import Worker
from edgeopt.convert.summary import Kind, Summary, read_summary

__all__ = [
    "Choices",
    "Converted",
    "Dataset",
    "Kind",
    "LiteRt",
    "Score",
    "Summary",
    "Trust",
    "Worker",
    "check_calibration",
    "check_labels",
    "convert",
    "dequantize_values",
    "load_dataset",
    "make_dataset",
    "match",
    "plain_name",
    "quantize_inputs",
    "quantize_values",
    "read_summary",
    "sample_shape",
    "score",
    "write_atomically",
]


class _Verb(ModuleType):
    """`edgeopt.convert(...)` is the verb, and `edgeopt.convert` the package that does it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Converted:
        return convert(*args, **kwargs)


sys.modules[__name__].__class__ = _Verb

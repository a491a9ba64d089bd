"""Trained models to full-integer int8 .tflite, with data that is checked before it is used."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from edgeopt.convert.accuracy import Loss, Score, check_labels, score
from edgeopt.convert.api import Converted, convert, provenance_file
from edgeopt.convert.calibration import match, plain_name, sample_shape
from edgeopt.convert.choices import Choices, Limits, Trust
from edgeopt.convert.data_checks import check_calibration
from edgeopt.convert.dataset import Dataset, load_dataset, make_dataset
from edgeopt.convert.files import check_place, write_atomically
from edgeopt.convert.guard import Judge
from edgeopt.convert.layout import Layout, arrange
from edgeopt.convert.litert import LiteRt, dequantize_values, quantize_inputs, quantize_values, real_values
from edgeopt.convert.process import Worker
from edgeopt.convert.provenance import hash_of
from edgeopt.convert.run_job import Outputs, Run, run_apart
from edgeopt.convert.summary import Kind, Summary, read_summary
from edgeopt.convert.verdict import Verdict

__all__ = [
    "Choices",
    "Converted",
    "Dataset",
    "Judge",
    "Kind",
    "Layout",
    "Limits",
    "LiteRt",
    "Loss",
    "Outputs",
    "Run",
    "Score",
    "Summary",
    "Trust",
    "Verdict",
    "Worker",
    "arrange",
    "check_calibration",
    "check_labels",
    "check_place",
    "convert",
    "dequantize_values",
    "hash_of",
    "load_dataset",
    "make_dataset",
    "match",
    "plain_name",
    "provenance_file",
    "quantize_inputs",
    "quantize_values",
    "read_summary",
    "real_values",
    "run_apart",
    "sample_shape",
    "score",
    "write_atomically",
]


class _Verb(ModuleType):
    """`edgeopt.convert(...)` is the verb, and `edgeopt.convert` the package that does it.

    The verb is the pipeline's, as the others of `edgeopt`: it also judges the C, which this room knows nothing of.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Converted:
        done: Converted = import_module("edgeopt.pipeline").convert(*args, **kwargs)
        return done


sys.modules[__name__].__class__ = _Verb

"""Integer .tflite files from elsewhere: passed on, with what edgeopt would not generate C for."""

from pathlib import Path

import numpy as np
from support.tflite_writer import ModelBuilder

from edgeopt import pipeline


def test_an_integer_model_passes_and_what_no_c_is_generated_for_is_told(tmp_path: Path) -> None:
    m = ModelBuilder()
    x, y, z = (m.tensor([1, 8], "int8", scale=0.5, zero_point=3, name=name) for name in "xyz")
    axis = m.tensor([1], "int32", data=np.array([1], np.int32), name="axis")
    m.op("REVERSE_V2", [x, axis], [y])
    m.op("SEGMENT_SUM", [y, axis], [z])
    data = m.finish([x], [z])
    (tmp_path / "phone.tflite").write_bytes(data)
    done = pipeline.convert(tmp_path / "phone.tflite", tmp_path / "out.tflite")
    assert done.action == "unchanged" and done.path.read_bytes() == data
    (warning,) = done.warnings
    assert warning.startswith("edgeopt generates no C for it: ") and "\n" not in warning
    assert "REVERSE_V2" in warning and "SEGMENT_SUM" in warning  # all of it at once


def test_an_integer_model_that_c_is_generated_for_passes_in_silence(tmp_path: Path, small_model: bytes) -> None:
    (tmp_path / "m.tflite").write_bytes(small_model)
    assert pipeline.convert(tmp_path / "m.tflite", tmp_path / "out.tflite").warnings == ()

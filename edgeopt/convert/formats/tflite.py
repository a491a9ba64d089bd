"""TensorFlow Lite files: what every other format is brought to."""

from __future__ import annotations

import shutil
from pathlib import Path

from edgeopt.convert.formats import FORMATS, Brought, Job, SourceFormat


class TfliteFormat(SourceFormat):
    name = "tflite"
    title = "TensorFlow Lite (.tflite)"
    suffixes = (".tflite", ".lite")
    attempts = 0  # it is one already

    def matches(self, path: Path) -> bool:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(8)[4:] == b"TFL3"

    def to_tflite(self, job: Job) -> Brought:
        shutil.copyfile(job.path, job.output)
        return Brought()


FORMATS.register("tflite")(TfliteFormat())

"""Runs a program of this folder and gives what it printed."""

import os
import subprocess
import sys
from pathlib import Path


def make_models(program: str, folder: Path, *options: str, legacy: bool = False) -> str:
    """`program` of support.makers writes its models into `folder`; `legacy`: with tf-keras for `tf.keras`."""
    paths = [str(Path(__file__).parents[2]), *(entry for entry in sys.path if entry)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "TF_USE_LEGACY_KERAS": "1" if legacy else "0",
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    command = [sys.executable, "-m", f"support.makers.{program}", str(folder), *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout

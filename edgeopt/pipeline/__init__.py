"""The way a model takes, as functions: each verb of the command line is one of them and returns its stages' values.

model file --convert--> .tflite --load--> Graph --optimize--> Graph --plan--> Plan --emit--> CProject
    --build--> Firmware --run--> Measurement --report--> text, JSON, HTML
"""

from edgeopt.pipeline.batteries import battery
from edgeopt.pipeline.comparison import compare
from edgeopt.pipeline.conversion import convert
from edgeopt.pipeline.deployment import REPORT_FILE, deploy
from edgeopt.pipeline.drifting import drift
from edgeopt.pipeline.flashing import flash
from edgeopt.pipeline.generation import generate, generate_several
from edgeopt.pipeline.measuring import measure
from edgeopt.pipeline.mlperf import measure_mlperf
from edgeopt.pipeline.model import Model, open_model
from edgeopt.pipeline.monitoring import monitor
from edgeopt.pipeline.project import CARRAY, ELF, analyze, analyze_all_boards, build, project_board
from edgeopt.pipeline.proving import validate
from edgeopt.pipeline.reporting import show_report
from edgeopt.pipeline.running import Progress, run, silent
from edgeopt.pipeline.tracing import Windows, trace

__all__ = [
    "CARRAY",
    "ELF",
    "REPORT_FILE",
    "Model",
    "Progress",
    "Windows",
    "analyze",
    "analyze_all_boards",
    "battery",
    "build",
    "compare",
    "convert",
    "deploy",
    "drift",
    "flash",
    "generate",
    "generate_several",
    "measure",
    "measure_mlperf",
    "monitor",
    "open_model",
    "project_board",
    "run",
    "show_report",
    "silent",
    "trace",
    "validate",
]

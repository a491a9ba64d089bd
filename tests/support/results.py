"""Values of report/results.py as a small run on the virtual board would give them."""

from pathlib import Path

from edgeopt.convert import Converted, Loss, Score
from edgeopt.energy import Quantity, unknown
from edgeopt.report.comparison import Comparison, ComparisonRow, OnBoard, RunComparison, run_row
from edgeopt.report.proof import Accuracy, Validation
from edgeopt.report.results import (
    Analysis,
    Deployment,
    FunctionRun,
    Latency,
    LayerRow,
    LayerRun,
    ProgramReport,
    RunReport,
)


def simulated(value: float, source: str = "one inference: nucleo-l4r5zi on the virtual board") -> Quantity:
    return Quantity(value, "simulated", source)


def estimated(value: float, source: str) -> Quantity:
    return Quantity(value, "estimated", source)


LAYERS = (
    LayerRow(
        0,
        "sequential/conv2d/Relu;sequential/conv2d/BiasAdd",
        "conv2d",
        ("eo_conv2d_s8",),
        "1 input channel",
        (1, 26, 26, 8),
        48_672,
        104,
        6_192,
        162_345,
        simulated(210_345.0),
    ),
    LayerRow(
        1,
        "sequential/depthwise_conv2d_with_a_long_name/Relu",
        "depthwise_conv2d",
        ("eo_depthwise_conv2d_s8",),
        "3x3, stride 2: two rows by two columns",
        (1, 13, 13, 8),
        12_168,
        136,
        6_760,
        25_234,
        simulated(31_034.0),
    ),
    LayerRow(
        2,
        "sequential/dense/MatMul",
        "fully_connected",
        ("eo_dense_s8",),
        "",
        (1, 10),
        13_520,
        13_560,
        1_362,
        12_101,
        simulated(15_990.0),
    ),
    LayerRow(3, "Identity", "softmax", ("eo_softmax_s8",), "", (1, 10), 0, 1_024, 20, 2_001, simulated(2_501.0)),
)
FLASH = {"total": 27_412, "weights": 14_824, "kernels": 5_500, "model": 1_296, "runtime": 5_792}
RAM = {"total": 10_032, "arena": 6_760, "static": 16, "stack": 2_048, "runtime": 1_208}
POWER = estimated(
    78.3, "supply voltage x active current (MLPerf Tiny result files: inference at 3.0 V through the LDO)"
)

ANALYSIS = Analysis(
    model="mnist",
    model_sha256="ab" * 32,
    board="nucleo-l4r5zi",
    goal="balanced",
    macs=1_064_128,
    flash_bytes={**FLASH, "total": 20_324, "model": None, "runtime": None},
    ram_bytes={"total": 6_760, "arena": 6_760, "static": None, "stack": None, "runtime": None},
    flash_available_bytes=2_097_152,
    ram_available_bytes=647_168,
    arena_bound_bytes=6_760,
    arena_optimal=True,
    peak_layer="sequential/depthwise_conv2d_with_a_long_name/Relu",
    cycles=estimated(259_870.0, "kernel costs fitted on the virtual cortex-m4f"),
    latency_ms=estimated(2.16558, "kernel costs fitted on the virtual cortex-m4f, at 120 MHz"),
    power_mw=unknown("the active current of nucleo-l4r5zi is unknown"),
    energy_uj=unknown("the active current of nucleo-l4r5zi is unknown"),
    layers=LAYERS,
)
DEPLOYMENT = Deployment(
    model="mnist",
    model_sha256="ab" * 32,
    board="nucleo-l4r5zi",
    target="virtual",
    goal="balanced",
    toolchain="gcc 12.2.1",
    optimization="-O2",
    project="demo-out",
    build_id="cd" * 32,
    macs=1_064_128,
    flash_bytes=FLASH,
    ram_bytes=RAM,
    flash_available_bytes=2_097_152,
    ram_available_bytes=647_168,
    instructions=simulated(201_681.0),
    cycles=simulated(259_870.0),
    latency_ms=simulated(2.16558),
    power_mw=POWER,
    energy_uj=estimated(169.565, "latency (simulated) x power (estimated)"),
    layers=LAYERS,
    validation=Validation(1000, 1000, 0, None, "tflite-micro", "nucleo-l4r5zi on the virtual board"),
    accuracy=Accuracy("top-1", 1000, 0.972, 0.971, 0.971),
    warnings=("input `image`: 100 calibration samples; 200 or more give better ranges",),
)
RUN = RunReport(
    project="demo-out",
    build_id="cd" * 32,
    board="nucleo-l4r5zi",
    target="serial:/dev/ttyACM0",
    samples=10,
    outputs="y.npz",
    instructions=unknown("serial does not count instructions"),
    cycles=Quantity(259_870.0, "measured", "one inference: nucleo-l4r5zi on serial:/dev/ttyACM0"),
    latency_ms=Latency(2.166, 100, 2.171, 2.19, 2.2, 0.0012, 2.31, "measured", "nucleo-l4r5zi on serial:/dev/ttyACM0"),
    stack_high_water_bytes=812,
    layers=tuple(LayerRun(i, row.name, None, Quantity(9_000.0 + i, "measured", "DWT")) for i, row in enumerate(LAYERS)),
)
PROGRAM = ProgramReport(
    program="other.elf",
    board="nucleo-l4r5zi",
    ending="exited with 0",
    exit_code=0,
    output="hello\nworld\n",
    instructions=simulated(1_234_567.0),
    cycles=simulated(1_999_999.0),
    sections=1,
    between=("begin", "end"),
    functions={f"function_{i}": FunctionRun(50_000 - 1_000 * i, 80_000 - 1_500 * i, 400 * i) for i in range(23)},
)


def _row(runtime: str, model: str, milliseconds: float, ratio: float, size: int, snr_db: float | None) -> ComparisonRow:
    return ComparisonRow(
        runtime,
        model,
        0.0 if snr_db is None else 0.166,
        snr_db,
        Score("top-1", 0.982, 1000, 0.9717, 0.9886),
        Quantity(milliseconds, "measured", "median, one thread of a processor"),
        ratio,
        3000,
        size,
        "constants and code" if runtime.startswith("edgeopt") else "the .tflite",
    )


COMPARISON = Comparison(
    model="mnist.keras",
    computer="a processor",
    data="test.npz",
    samples=1000,
    rows=(
        _row("LiteRT (XNNPACK)", "float", 0.008195, 1.0, 42_524, None),
        _row("LiteRT (reference)", "float", 0.2486, 30.55, 42_524, 137.1),
        _row("tflite-micro", "int8", 0.4147, 50.72, 25_104, 34.41),
        _row("edgeopt's C", "int8", 0.1404, 17.09, 27_640, 34.41),
    ),
    on_board=OnBoard(
        "nucleo-l4r5zi",
        ANALYSIS.flash_bytes,
        ANALYSIS.ram_bytes,
        estimated(12.14, "kernel costs"),
        estimated(950.4, "latency x power"),
    ),
    warnings=("ONNX Runtime is left out: it is not installed (pip install onnxruntime)",),
)
RUNS = RunComparison((run_row(Path("a/report.json"), DEPLOYMENT), run_row(Path("b"), DEPLOYMENT)))
CONVERTED = Converted(
    path=Path("mnist.tflite"),
    sha256="ab" * 32,
    source_format="keras",
    action="quantized",
    warnings=("200 samples are too few to show that the quantized model loses no more than 0.1",),
    inputs=("image int8[1, 28, 28, 1]",),
    outputs=("digits int8[1, 10]",),
    accuracy={
        "float": Score("top-1", 0.982, 1000, 0.9717, 0.9886),
        "quantized": Score("top-1", 0.981, 1000, 0.9705, 0.9878),
        "C": Score("top-1", 0.9815, 1000, 0.971, 0.9882),
    },
    loss={"quantized": Loss("top-1", 0.1, -0.34, 0.58, 1000), "C": Loss("top-1", 0.05, -0.4, 0.5, 1000)},
    c_by="gcc 12 on this computer",
    provenance={"action": "quantized"},
)

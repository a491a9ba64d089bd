"""What a session needs of the firmware beyond its model and board: the values of eo_config.h."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeopt.board import Board
from edgeopt.emit.names import c_string
from edgeopt.errors import DoesNotFit, UsageError
from edgeopt.firmware.cores import check_has_firmware
from edgeopt.ir import Tensor
from edgeopt.plan import Plan, ram_bytes_of

_WORD_BYTES = 4
_FLOAT_BYTES = 4
_STATS_BYTES = 48  # struct eo_input_stats
STATS_TYPES = ("int8", "uint8", "int16")
_ENERGY_PULSE_US = 100  # ten samples of a meter that takes 100,000 a second; the protocol asks for 1 us


@dataclass(frozen=True)
class DataSet:
    """What the official runner sends for a model version of MLPerf Tiny: `elements` for input 0, of a `kind`.

    tensor: its bytes; pixels: unsigned bytes; floats: float32, and the result is one number.
    Source: the README.md of mlcommons/tiny benchmark/evaluation/datasets.
    """

    elements: int
    kind: str


MLPERF = {
    "kws01": DataSet(49 * 10, "tensor"),
    "ic01": DataSet(32 * 32 * 3, "pixels"),
    "vww01": DataSet(96 * 96 * 3, "pixels"),
    "ad01": DataSet(5 * 128, "floats"),
}


def config_values(
    plan: Plan,
    board: Board,
    mlperf: str | None = None,
    others: Sequence[Plan] = (),
    energy_mode: bool = False,
    input_stats: bool = False,
) -> dict[str, str]:
    """Values of eo_config.h by name, for `write_platform`; `mlperf`: a key of MLPERF, `energy_mode`: its mode.

    `input_stats`: statistics are kept of the inputs.

    `others`: the further networks of the firmware. The inputs that do not survive an inference are kept in RAM of the
    runtime, those of one network at a time, where the board has room for it; else the session sends them again.
    BoardError where edgeopt has no firmware for the board, UsageError where the model does not take the data set,
    DoesNotFit where its floats have no room.
    """
    check_has_firmware(board)
    if energy_mode:
        _check_energy_mode(board, mlperf)
    plans = (plan, *others)
    room_bytes = board.ram.usable_bytes - sum(ram_bytes_of(plans).values())
    data_set = None if mlperf is None else _data_set(plan, mlperf)
    floats = data_set.elements if data_set is not None and data_set.kind == "floats" else 0
    room_bytes -= floats * _FLOAT_BYTES
    if room_bytes < 0:
        message = f"{mlperf} keeps {floats * _FLOAT_BYTES:,} B of floats in RAM; {board.name} has no room for them"
        raise DoesNotFit(message, f"take a board with {-room_bytes:,} B more")
    stats = _kept_stats(plans) if input_stats else 0
    room_bytes -= stats * _STATS_BYTES
    copies = max(map(_copy_bytes, plans))
    flip = data_set is not None and data_set.kind == "pixels" and plan.graph.input_tensors[0].dtype == "int8"
    return {
        "INPUT_COPY_BYTES": str(copies if copies <= room_bytes else 0),
        "MODEL_VERSION": "eo_model->name" if mlperf is None else c_string(mlperf),
        "PIXEL_FLIP": "0x80" if flip else "0",
        "AD01_ELEMENTS": str(floats),
        **({"INPUT_STATS": str(stats)} if stats else {}),
        **({"ENERGY_MODE": "1", "PULSE_US": str(_ENERGY_PULSE_US)} if energy_mode else {}),
    }


def _check_energy_mode(board: Board, mlperf: str | None) -> None:
    """UsageError where there is no such mode of the firmware."""
    if mlperf is None:
        raise UsageError(
            "energy mode is one of MLPerf Tiny, and it is not said as which model", f"add --mlperf: {', '.join(MLPERF)}"
        )
    if board.pin is None:
        raise UsageError(
            f"energy mode needs a timestamp pin, and the file of {board.name} names none",
            "take another board, or add its [pin]: docs/boards.md",
        )


def _kept_stats(plans: Sequence[Plan]) -> int:
    """The inputs of all networks; UsageError where none has a type of which statistics are kept."""
    inputs = [tensor for plan in plans for tensor in plan.graph.input_tensors]
    if not any(tensor.dtype in STATS_TYPES for tensor in inputs):
        raise UsageError(
            f"statistics are kept of inputs of {', '.join(STATS_TYPES)}; `{plans[0].graph.name}` has none",
            "leave --input-stats out, or give a quantized model",
        )
    return len(inputs)


def _copy_bytes(plan: Plan) -> int:
    """RAM for copies of the inputs that do not survive."""
    return sum(_whole_words(tensor) for tensor in plan.graph.input_tensors if not plan.inputs_survive[tensor.name])


def _whole_words(tensor: Tensor) -> int:
    return -(-tensor.size_bytes // _WORD_BYTES) * _WORD_BYTES


def _data_set(plan: Plan, mlperf: str) -> DataSet:
    """The data set of a model version; UsageError where there is none, or the model does not take it."""
    if mlperf not in MLPERF:
        raise UsageError(f"no model version of MLPerf Tiny is called `{mlperf}`", f"there are: {', '.join(MLPERF)}")
    wanted = MLPERF[mlperf]
    x, y = plan.graph.input_tensors[0], plan.graph.output_tensors[0]
    types = ("int8", "uint8") if wanted.kind == "pixels" else ("int8",)
    if len(plan.graph.inputs) > 1 or x.elements != wanted.elements or x.dtype not in types:
        raise UsageError(
            f"{mlperf} has one input of {wanted.elements:,} {' or '.join(types)}; "
            f"`{plan.graph.name}` has {len(plan.graph.inputs)}, the first of {x.elements:,} {x.dtype}",
            "leave --mlperf out, or give the model of that benchmark",
        )
    if wanted.kind == "floats" and (y.elements != x.elements or y.dtype != "int8"):
        raise UsageError(
            f"{mlperf} has an output of {x.elements:,} int8; that of `{plan.graph.name}` has {y.elements:,} {y.dtype}",
            "leave --mlperf out, or give the model of that benchmark",
        )
    return wanted

"""The beginning of a session: who is there, and is it the firmware that is meant?"""

from edgeopt.device.diagnosis import explained
from edgeopt.device.identity import TENSOR_LIMIT_BYTES, FirmwareId, Identity, numbers, parse_id
from edgeopt.device.protocol import Wire
from edgeopt.errors import DeviceError, ProtocolError

_AGAIN = "build and flash the firmware again"


def greet(wire: Wire, build_id: str | None, board: str | None, model: int = 0) -> Identity:
    """As `identify`, at the beginning of a session; an error says what the device seems to be instead."""
    try:
        wire.settle()  # the banner, or what an earlier session left
        return identify(wire, build_id, board, model)
    except DeviceError as error:
        raise explained(error, wire) from None


def identify(wire: Wire, build_id: str | None, board: str | None, model: int = 0) -> Identity:
    """What the device says of itself; its network `model` is selected, and remembers what it does at its beginning.

    DeviceError where it has no such network, or it runs another build than `build_id`, or firmware for another board
    than `board`; None: any.
    """
    found = parse_id(wire.ask("id"))
    whose = f"build {found.build_id[:12]} of `{found.name}`"
    if board is not None and found.board != board:
        raise DeviceError(
            f"the firmware on the device is for another board: {whose}, built for `{found.board}`, not for `{board}`",
            "choose the right port (`edgeopt ports` lists them), or flash this project's firmware: edgeopt flash DIR",
        )
    if build_id is not None and found.build_id != build_id:
        raise DeviceError(
            f"the device runs {whose}, not {build_id[:12]}",
            "flash this project's firmware (edgeopt flash DIR), or generate and build the project again",
        )
    found = _with_selected(wire, found, model)
    sizes = found.sizes
    inputs = [_tensor(wire, 0, i) for i in range(sizes["inputs"])]
    outputs = [_tensor(wire, 1, i) for i in range(sizes["outputs"])]
    total_bytes = sum(size for size, _ in (*inputs, *outputs))
    if total_bytes > TENSOR_LIMIT_BYTES:
        raise ProtocolError(f"the device says that its tensors have {total_bytes:,} bytes", _AGAIN)
    return Identity(
        build_id=found.build_id,
        name=found.name,
        layers=sizes["layers"],
        arena_bytes=sizes["arena_bytes"],
        cycles_hz=sizes["cycles_hz"],
        chunk_bytes=sizes["chunk_bytes"],
        layer_window=sizes["layer_window"],
        input_bytes=tuple(size for size, _ in inputs),
        output_bytes=tuple(size for size, _ in outputs),
        inputs_survive=all(survives for _, survives in inputs),
        state_bytes=reset_state(wire),
        models=sizes["models"],
        model_index=sizes["model_index"],
        board=found.board,
    )


def _with_selected(wire: Wire, found: FirmwareId, model: int) -> FirmwareId:
    """The answer to `id` with that network selected."""
    if model >= found.sizes["models"]:
        raise DeviceError(
            f"the firmware on the device holds {found.sizes['models']}, no network number {model + 1}",
            "flash this project's firmware: edgeopt flash DIR",
        )
    if found.sizes["model_index"] == model:
        return found
    wire.ask("model", f"{model:x}")
    found = parse_id(wire.ask("id"))
    if found.sizes["model_index"] != model:
        raise ProtocolError(f"the device did not select its network number {model + 1}", "reset the board")
    return found


def reset_state(wire: Wire) -> int:
    """Bytes of what the network remembers, which is then as at the beginning."""
    return numbers(wire.ask("reset"), 1, "reset")[0]


def _tensor(wire: Wire, side: int, index: int) -> tuple[int, int]:
    """Bytes of a tensor, and 1 if it survives an inference."""
    size, survives = numbers(wire.ask("tensor", f"{side:x}", f"{index:x}"), 2, "tensor")
    if not 0 < size <= TENSOR_LIMIT_BYTES:
        raise ProtocolError(f"the device says that a tensor has {size} bytes", _AGAIN)
    return size, survives

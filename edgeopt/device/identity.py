"""What a device says of itself: which build it runs, and the sizes that a session needs."""

from dataclasses import dataclass

from edgeopt.errors import ProtocolError

PROTOCOL_VERSION = 3
_LIMITS = {  # what a sane device says; anything else is not believed
    "inputs": (1, 256),
    "outputs": (1, 256),
    "layers": (0, 1 << 16),
    "arena_bytes": (0, 1 << 30),
    "cycles_hz": (1, (1 << 32) - 1),
    "chunk_bytes": (1, 1024),
    "layer_window": (1, 1 << 16),
    "models": (1, 256),
    "model_index": (0, 255),
}
TENSOR_LIMIT_BYTES = 1 << 28


@dataclass(frozen=True)
class Identity:
    """The firmware on a device. `build_id` is the hash of the project's manifest."""

    build_id: str
    name: str
    layers: int
    arena_bytes: int
    cycles_hz: int  # ticks a second of the device's counter
    chunk_bytes: int  # of a tensor, that one command carries
    layer_window: int  # layers that one run can record
    input_bytes: tuple[int, ...]
    output_bytes: tuple[int, ...]
    inputs_survive: bool  # False: every inference needs its inputs anew
    state_bytes: int = 0  # what the network remembers from one inference to the next
    models: int = 1  # in the firmware; this is `model_index` of them
    model_index: int = 0
    board: str = ""  # that the firmware was built for


@dataclass(frozen=True)
class MemoryUse:
    """High-water marks of the RAM, in bytes."""

    stack_used_bytes: int  # most that was ever in use since reset
    stack_reserved_bytes: int
    arena_bytes: int


def numbers(values: tuple[str, ...], count: int, what: str) -> list[int]:
    """`count` hexadecimal words; ProtocolError where `values` are anything else."""
    try:
        result = [int(value, 16) for value in values]
    except ValueError:
        result = []
    if len(result) != count or any(len(value) != 8 for value in values):
        raise ProtocolError(f"the device's answer to `{what}` is not {count} numbers: `{' '.join(values)[:80]}`", _HINT)
    return result


@dataclass(frozen=True)
class FirmwareId:
    """What `id` answers: which firmware of which board it is, the selected model's name, and the named sizes."""

    build_id: str
    board: str
    name: str
    sizes: dict[str, int]


def parse_id(values: tuple[str, ...]) -> FirmwareId:
    """The answer to `id`; ProtocolError where it is none that a sane device of this version gives."""
    if len(values) != len(_LIMITS) + 4 or values[0] != f"{PROTOCOL_VERSION:08x}":
        version = values[0] if values else "nothing"
        raise ProtocolError(f"the device speaks version `{version}` of the protocol, not {PROTOCOL_VERSION}", _HINT)
    sizes = dict(zip(_LIMITS, numbers(values[2:-2], len(_LIMITS), "id"), strict=True))
    for key, value in sizes.items():
        low, high = _LIMITS[key]
        if not low <= value <= high:
            raise ProtocolError(f"the device says that its {key} are {value}", _HINT)
    if sizes["model_index"] >= sizes["models"]:
        raise ProtocolError(f"the device says model {sizes['model_index']} of {sizes['models']} is selected", _HINT)
    return FirmwareId(values[1], values[-2], values[-1], sizes)


_HINT = "build and flash the firmware with this version of edgeopt"

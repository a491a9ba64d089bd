"""All kernels as a library of this computer, called with parameters made in Python: thousands of layers a second."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from support.host import host_compiler

from edgeopt import resources
from edgeopt.emit.kernels import ordered_params, struct_fields
from edgeopt.ir import Array, CCall, Io
from edgeopt.ops.ways import Way

_GUARD_BYTES = 64
_GUARD = np.arange(_GUARD_BYTES, dtype=np.uint8) * 37 + 11


class KernelLibrary:
    """Compiled with the undefined-behaviour sanitizer, which writes what it finds to `complaints`."""

    def __init__(self, folder: Path, dsp: int) -> None:
        self._layouts: dict[str, list[tuple[int, int]]] = {}
        headers = resources.kernels_dir()
        sources = sorted(headers.glob("*.c"))
        with_params = [path.stem for path in sources if f"{path.stem}_params" in path.with_suffix(".h").read_text()]
        layout, library = folder / f"layout{dsp}.c", folder / f"kernels{dsp}.so"
        layout.write_text(_layout_source(with_params))
        command = [host_compiler(), "-std=c99", "-O1", "-fPIC", "-shared", "-fsanitize=undefined", f"-I{headers}"]
        command += [f"-DEO_HAS_DSP={dsp}", *(str(path) for path in (layout, *sources)), "-o", str(library)]
        subprocess.run(command, check=True)
        self._library = ctypes.CDLL(str(library))

    def run(self, way: Way, io: Io, values: Sequence[Array | None]) -> Array:
        """The first output of a node, whose inputs have `values`; asserts that nothing else was written."""
        buffers = [None if value is None else _Buffer.of(value) for value in values]
        outputs = [_Buffer(tensor.size_bytes) for tensor in io.outputs]
        for call in way.calls:
            self._call(call, buffers, outputs)
        for buffer, value in zip(buffers, values, strict=True):
            assert buffer is None or value is None or buffer.is_whole(value), "an input was written"
        assert all(buffer.is_whole() for buffer in outputs), "written beside an output"
        return outputs[0].bytes.view(io.output.dtype).reshape(io.output.shape)

    def run_in_place(self, way: Way, io: Io, values: Sequence[Array | None], index: int) -> Array:
        """As `run`, the output in the memory of input `index`, which it may take over."""
        buffers = [None if value is None else _Buffer.of(value) for value in values]
        shared = buffers[index]
        assert shared is not None
        room = _Buffer(max(shared.size_bytes, io.output.size_bytes))
        room.bytes[: shared.size_bytes] = shared.bytes
        buffers[index] = room
        for call in way.calls:
            self._call(call, buffers, [room])
        assert room.is_whole(), "written beside the memory"
        return room.bytes[: io.output.size_bytes].view(io.output.dtype).reshape(io.output.shape)

    def _call(self, call: CCall, inputs: Sequence[_Buffer | None], outputs: Sequence[_Buffer]) -> None:
        params, _kept = self._params(call)
        pointers = [None if (x := inputs[index]) is None else x.address for index in call.inputs]
        pointers += [outputs[index].address for index in call.outputs]
        scratch = None
        if call.scratch_bytes is not None:
            scratch = _Buffer(call.scratch_bytes)
            pointers.append(scratch.address)
        function = getattr(self._library, call.kernel)
        function(params, *(ctypes.c_void_p(pointer) for pointer in pointers))
        assert scratch is None or scratch.is_whole(), "written beside the scratch"

    def _params(self, call: CCall) -> tuple[ctypes.Array[ctypes.c_char], list[Array]]:
        """The struct in memory, and the arrays that it points to."""
        *places, (size, _) = self._layout(call.kernel)
        struct, kept = ctypes.create_string_buffer(size), []
        for (offset, width), (name, value) in zip(places, ordered_params(call), strict=True):
            if isinstance(value, np.ndarray):
                array = _Buffer.of(value)
                kept.append(array.memory)
                number = array.address
            elif isinstance(value, float | np.floating):
                number = int(np.float32(value).view(np.uint32))
            else:
                number = 0 if value is None else int(value)  # type: ignore[call-overload]
            assert -(1 << 8 * width - 1) <= number < 1 << 8 * width, f"{call.kernel}.{name}"
            struct[offset : offset + width] = (number % (1 << 8 * width)).to_bytes(width, "little")
        return struct, kept

    def _layout(self, kernel: str) -> list[tuple[int, int]]:
        """Offset and size of each field of the parameters; behind them the size of all."""
        if kernel not in self._layouts:
            rows = 2 * (len(struct_fields(kernel)) + 1)
            numbers = list((ctypes.c_uint * rows).in_dll(self._library, f"layout_of_{kernel}"))
            self._layouts[kernel] = list(zip(numbers[::2], numbers[1::2], strict=True))
        return self._layouts[kernel]


def _layout_source(kernels: Sequence[str]) -> str:
    """C that says where the fields of each kernel's parameters lie."""
    lines = ["#include <stddef.h>"]
    for kernel in kernels:
        kind = f"struct {kernel}_params"
        rows = [f"offsetof({kind}, {name}), sizeof((({kind} *)0)->{name})" for name in struct_fields(kernel)]
        rows.append(f"sizeof({kind}), 0")
        lines += [f'#include "{kernel}.h"', f"const unsigned layout_of_{kernel}[] = {{{', '.join(rows)}}};"]
    return "\n".join(lines) + "\n"


class _Buffer:
    """Memory aligned to 4 bytes and no more, between two guards."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.memory = np.full(2 * _GUARD_BYTES + size_bytes + 16, 0xA5, np.uint8)
        first = _GUARD_BYTES + (4 - self.memory.ctypes.data) % 16
        self.bytes = self.memory[first : first + size_bytes]
        self.address = int(self.memory.ctypes.data) + first
        self._guards = [self.memory[first - _GUARD_BYTES : first], self.memory[first + size_bytes :][:_GUARD_BYTES]]
        for guard in self._guards:
            guard[:] = _GUARD

    @classmethod
    def of(cls, value: Array) -> _Buffer:
        data = np.frombuffer(np.ascontiguousarray(value).tobytes(), np.uint8)
        buffer = cls(data.size)
        buffer.bytes[:] = data
        return buffer

    def is_whole(self, value: Array | None = None) -> bool:
        """Whether the guards are as they were, and what is between them has `value`."""
        same = value is None or self.bytes.tobytes() == np.ascontiguousarray(value).tobytes()
        return same and all(np.array_equal(guard, _GUARD) for guard in self._guards)

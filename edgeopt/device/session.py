"""A measuring session: identifies the device, loads inputs, infers, reads outputs, cycles and high-water marks back.

Every byte is checked twice: each line by its CRC, and each inference by the CRC of all inputs, which the device
computes over its own memory before it runs, and of all outputs, which the host computes over what it has read. A
network that remembers is reset first, and the device counts the inferences since, so that none goes unnoticed.
"""

import base64
import binascii
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgeopt.device.identity import TENSOR_LIMIT_BYTES, Identity, MemoryUse, numbers, parse_id
from edgeopt.device.link import MEASURED, Link
from edgeopt.device.protocol import Patience, Wire
from edgeopt.device.random_input import input_seed
from edgeopt.errors import DeviceError, ProtocolError, UsageError

_NO_LAYERS = 0xFFFFFFFF  # a run without the hook between the layers
_UPLOADS = 3  # of the same inputs, before the device's memory is given up


@dataclass(frozen=True)
class Run:
    """One inference. `cycles` are ticks of the device's counter, `Identity.cycles_hz` a second."""

    number: int
    cycles: int
    outputs_crc: int


class Session:
    """A conversation with one device. DeviceError (LinkTimeout, ProtocolError) from every call if it cannot go on.

    `build_id`: that of the project's manifest; a device that runs another build is refused. None: any will do.
    """

    def __init__(
        self,
        link: Link,
        build_id: str | None = None,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire = Wire(link, patience, clock)
        self._wire.settle()  # the banner, or what an earlier session left
        self.identity = self._identify(build_id)
        self._inputs: tuple[bytes, ...] | None = None
        self._seed: int | None = None
        self._inputs_crc = 0
        self._uploaded = False
        self._last: Run | None = None
        self._runs = 0
        self._since_reset = 0

    def load(self, inputs: Sequence[bytes], seed: int | None = None) -> None:
        """Sets the inputs of the inferences that follow: the bytes of each input tensor.

        With `seed` they are those of `random_bytes`, which the device makes itself; its CRC of them is compared all the
        same.
        """
        given = tuple(len(data) for data in inputs)
        wanted = self.identity.input_bytes
        if given != wanted:
            raise UsageError(
                f"the inputs have {_sizes(given)} bytes, `{self.identity.name}` takes {_sizes(wanted)}",
                "give one array an input, of the model's shape and type",
            )
        self._seed = seed
        self._inputs = tuple(bytes(data) for data in inputs)
        self._inputs_crc = binascii.crc32(b"".join(self._inputs))
        self._upload()

    def reset(self) -> None:
        """Gives what the network remembers its first values; a session begins with that."""
        self._reset()
        self._since_reset = 0

    def infer(self) -> Run:
        """One inference with the loaded inputs, nothing between its layers."""
        return self._infer(_NO_LAYERS)

    def layer_cycles(self) -> tuple[int, ...]:
        """Cycles of each layer, from as many further inferences as the device's record needs."""
        cycles: list[int] = []
        while len(cycles) < self.identity.layers:
            first = len(cycles)
            count = min(self.identity.layer_window, self.identity.layers - first)
            run = self._infer(first)
            values = self._wire.ask("layers", *_words(run.number, first, count))
            cycles += numbers(values, count, "layers")
        return tuple(cycles)

    def outputs(self) -> tuple[bytes, ...]:
        """The outputs of the last inference, in the order of the model."""
        if self._last is None:
            raise UsageError("there was no inference yet", "call infer() first")
        outputs = tuple(self._read_output(i, size) for i, size in enumerate(self.identity.output_bytes))
        if binascii.crc32(b"".join(outputs)) != self._last.outputs_crc:
            raise ProtocolError(
                "the outputs on the device changed after the inference", "reset the board and try again"
            )
        return outputs

    def memory(self) -> MemoryUse:
        """How much RAM was in use at most since the device was reset."""
        return MemoryUse(*numbers(self._wire.ask("memory"), 3, "memory"))

    def _identify(self, build_id: str | None) -> Identity:
        found = parse_id(self._wire.ask("id"))
        sizes = found.sizes
        if build_id is not None and found.build_id != build_id:
            raise DeviceError(
                f"the device runs build {found.build_id[:12]} of `{found.name}`, not {build_id[:12]}",
                "flash this project's firmware, or generate and build the project again",
            )
        inputs = [self._tensor(0, i) for i in range(sizes["inputs"])]
        outputs = [self._tensor(1, i) for i in range(sizes["outputs"])]
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
            state_bytes=self._reset(),
            models=sizes["models"],
            model_index=sizes["model_index"],
            board=found.board,
        )

    def _reset(self) -> int:
        """Bytes of what the network remembers, which is then as at the beginning."""
        return numbers(self._wire.ask("reset"), 1, "reset")[0]

    def _tensor(self, side: int, index: int) -> tuple[int, int]:
        size, survives = numbers(self._wire.ask("tensor", *_words(side, index)), 2, "tensor")
        if not 0 < size <= TENSOR_LIMIT_BYTES:
            raise ProtocolError(f"the device says that a tensor has {size} bytes", "build and flash the firmware again")
        return size, survives

    def _upload(self) -> None:
        assert self._inputs is not None
        for index, data in enumerate(self._inputs):
            if self._seed is not None:
                self._wire.ask("fill", *_words(index, input_seed(self._seed, index)))
                continue
            for offset in range(0, len(data), self.identity.chunk_bytes):
                chunk = base64.b64encode(data[offset : offset + self.identity.chunk_bytes]).decode("ascii")
                self._wire.ask("put", *_words(index, offset), chunk)
        self._uploaded = True

    def _infer(self, first_layer: int) -> Run:
        if self._inputs is None:
            raise UsageError("no inputs are loaded", "call load() first")
        self._runs += 1
        self._last = None
        for _ in range(_UPLOADS):
            if not self._uploaded:
                self._upload()
            run = self._run(first_layer)
            self._uploaded = run is not None and self.identity.inputs_survive
            if run is not None:
                self._last = run
                return run
        raise ProtocolError("the device's inputs are not those that were sent", "reset the board and try again")

    def _run(self, first_layer: int) -> Run | None:
        """One inference, or None where the device's inputs are not the loaded ones."""
        wire = self._wire
        start_s = wire.clock()
        arguments = _words(self._runs, self._inputs_crc, first_layer, self._since_reset)
        answer = wire.exchange("run", *arguments, timeout_s=wire.patience.run_s)
        if not answer.ok:
            if answer.values == ("input",):
                return None
            if answer.values == ("state",):
                hint = "something else used it, or it restarted (a weak supply?): run again"
                raise DeviceError("the network on the device remembers other inferences than this session's", hint)
            raise DeviceError(f"the inference failed on the device: {' '.join(answer.values)}", "rebuild the firmware")
        run = Run(*numbers(answer.values, 3, "run"))
        if run.number != self._runs:
            raise ProtocolError(f"the device answers for run {run.number}, not {self._runs}", "reset the board")
        elapsed_s = wire.clock() - start_s
        self._since_reset += 1
        if wire.link.traits.label == MEASURED and elapsed_s * self.identity.cycles_hz >= 1 << 32:
            raise DeviceError(
                f"the inference took up to {elapsed_s:.0f} s, longer than the board's counter can tell",
                "use a slower timer in the board file",
            )
        return run

    def _read_output(self, index: int, size: int) -> bytes:
        data = b""
        while len(data) < size:
            count = min(self.identity.chunk_bytes, size - len(data))
            values = self._wire.ask("get", *_words(index, len(data), count))
            chunk = _decode(values)
            if len(chunk) != count:
                raise ProtocolError(f"the device sent {len(chunk)} bytes of an output, not {count}", "flash it again")
            data += chunk
        return data


def _words(*values: int) -> tuple[str, ...]:
    return tuple(f"{value:x}" for value in values)


def _sizes(sizes: Sequence[int]) -> str:
    return ", ".join(str(size) for size in sizes) or "no"


def _decode(values: tuple[str, ...]) -> bytes:
    try:
        return base64.b64decode(" ".join(values), validate=True)
    except binascii.Error:
        return b""

"""A measuring session: identifies the device, loads inputs, infers, reads outputs, cycles and high-water marks back.

Every byte is checked twice: each line by its CRC, and each inference by the CRC of all inputs, which the device
computes over its own memory before it runs, and of all outputs, which the host computes over what it has read. A
network that remembers is reset first, and the device counts the inferences since, so that none goes unnoticed.

A board that restarts in the middle is identified again, gets the inputs again, and what was going on is repeated; only
what a network remembered is lost for good: DeviceRestarted.
"""

import binascii
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from edgeopt.device.crash import LastReset, parse_crash
from edgeopt.device.greeting import greet, identify, reset_state
from edgeopt.device.identity import MemoryUse, numbers, parse_id
from edgeopt.device.link import MEASURED, Link
from edgeopt.device.looping import Looped, loop
from edgeopt.device.protocol import Patience, Refused, Wire
from edgeopt.device.random_input import input_seed
from edgeopt.device.serving import Served, serve
from edgeopt.device.transfer import read_output, read_record, send_input
from edgeopt.errors import DeviceError, DeviceRestarted, LinkTimeout, PortError, ProtocolError, UsageError

_NO_LAYERS = 0xFFFFFFFF  # a run without the hook between the layers
_UPLOADS = 3  # of the same inputs, before the device's memory is given up

T = TypeVar("T")


class _Changed(ProtocolError):
    """The device's memory is not what this session made of it."""


@dataclass(frozen=True)
class Run:
    """One inference. `cycles` are ticks of the device's counter, `Identity.cycles_hz` a second."""

    number: int
    cycles: int
    outputs_crc: int
    sent_s: float = field(default=0.0, compare=False)  # the session's clock when the command was sent ...
    answered_s: float = field(default=0.0, compare=False)  # ... and when its answer had come


class Session:
    """A conversation with one device. DeviceError (LinkTimeout, ProtocolError ...) from every call if it cannot go on.

    `build_id`: that of the project's manifest; a device that runs another build is refused, as is one with firmware for
    another `board`. None: any will do. `model`: which network of the firmware is meant. `restarts`: how often the board
    has restarted since.
    """

    def __init__(
        self,
        link: Link,
        build_id: str | None = None,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        board: str | None = None,
        model: int = 0,
    ) -> None:
        self.wire = Wire(link, patience, clock)
        self._meant = (build_id, board, model)
        self.identity = greet(self.wire, *self._meant)
        self.restarts = 0
        self._noticed = self.wire.restarts
        self._inputs: tuple[bytes, ...] | None = None
        self._seed: int | None = None
        self.inputs_crc = 0
        self._uploaded = False
        self._last: Run | None = None
        self._stale = False  # the device has forgotten the last run
        self._runs = 0
        self._answered = 0  # number of the last one that the device did
        self.since_reset = 0

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
        self.inputs_crc = binascii.crc32(b"".join(self._inputs), self.identity.model_index)
        self.steadily(self._upload)

    def reset(self) -> None:
        """Gives what the network remembers its first values; a session begins with that."""
        self.since_reset = 0
        self.steadily(lambda: reset_state(self.wire))

    def infer(self) -> Run:
        """One inference with the loaded inputs, nothing between its layers."""
        return self.steadily(lambda: self._infer(_NO_LAYERS))

    def layer_cycles(self) -> tuple[int, ...]:
        """Cycles of each layer, from as many further inferences as the device's record needs."""
        return self.steadily(self._layer_cycles)

    def serve(self, gaps: Sequence[int], begin: bool, timeout_s: float) -> Served:
        """Serves requests as they arrive, one after the other, each with one inference of the loaded inputs.

        `gaps[i]`: ticks from the arrival before to that of request i; at most `identity.layer_window` of them.
        LONGEST_TICKS is no request, but a part of the next gap. `begin`: the clock starts now; else it goes on after
        the last call's last request, and the time between the calls is left out. What the outputs are then is not told.
        """
        return serve(self, gaps, begin, timeout_s)

    def loop(self, count: int, timeout_s: float) -> Looped:
        """`count` inferences of the loaded inputs, 1 to 2^31, with nothing between; the timestamp pin is low meanwhile.

        `timeout_s`: for the answer to one attempt. A board that restarts begins anew, which `restarts` tells.
        """
        return loop(self, count, timeout_s)

    def outputs(self) -> tuple[bytes, ...]:
        """The outputs of the last inference, in the order of the model."""
        if self._last is None:
            raise UsageError("there was no inference yet", "call infer() first")
        return self.steadily(self._outputs)

    def memory(self) -> MemoryUse:
        """How much RAM was in use at most since the device was reset."""
        return self.steadily(self._memory)

    def crash(self) -> LastReset:
        """Why the board has started, and its last fault since power-up."""
        return self.steadily(lambda: parse_crash(self.wire.ask("crash")))

    def watch(self, timeout_ms: int) -> int:
        """Starts the watchdog, which nothing stops but a reset; its real time-out in ms, 0 where the board has none."""
        return self.steadily(lambda: numbers(self.wire.ask("watch", *_words(timeout_ms)), 1, "watch")[0])

    def reboot(self) -> None:
        """Resets the chip, and makes it what it was for this session; what a network remembered is lost."""
        self.wire.ask("reboot")
        self._recover(repeatable=True)

    def steadily(self, step: Callable[[], T], repeatable: bool = True) -> T:
        """What `step` gives, begun anew when the board has restarted meanwhile.

        DeviceRestarted where that cannot make up for it: `step` is not `repeatable`, a network has forgotten what it
        remembered, or the board restarts again and again.
        """
        since_reset = self.since_reset
        most = self.restarts + self.wire.patience.restarts
        while self.restarts <= most:
            try:
                result = step()
            except DeviceError as error:
                if not self._has_restarted(error):
                    raise
            else:
                if self.wire.restarts == self._noticed:
                    return result
            self._recover(repeatable and not (self.identity.state_bytes and since_reset))
        raise self.wire.restarting()

    def inference(
        self,
        command: str,
        *words: int,
        crc: int | None = None,
        inferences: int = 1,
        prepare: Callable[[], None] | None = None,
        timeout_s: float | None = None,
        poke: bool = True,
        lost: str = "the network on the device remembers other inferences than this session's",
    ) -> list[int]:
        """Does `command ID CRC words...`, which infers; ID and the other numbers of its answer.

        Inputs that the device has no longer are sent again. `crc`: of the inputs and what else is to be the same, the
        inputs' alone if left out. `inferences`: how many the command makes. `prepare` sends what it needs besides the
        inputs. `timeout_s`: for an answer, `Patience.run_s` if left out; `poke` as in `Wire.exchange`. `lost` says what
        it means that the device's state is another. To be called in a step of `steadily`.
        """
        if self._inputs is None:
            raise UsageError("no inputs are loaded", "call load() first")
        self._runs += 1
        self._last = None
        arguments = _words(self._runs, self.inputs_crc if crc is None else crc, *words)
        for _ in range(_UPLOADS):
            if not self._uploaded:
                self._upload()
            if prepare is not None:
                prepare()
            wait_s = timeout_s or self.wire.patience.run_s
            answer = self.wire.exchange(command, *arguments, timeout_s=wait_s, poke=poke)
            self._uploaded = answer.ok and self.identity.inputs_survive
            if answer.ok:
                found = numbers(answer.values, len(answer.values), command)
                if found[:1] != [self._runs]:
                    raise ProtocolError(f"the device answers for run {found[:1]}, not {self._runs}", "reset the board")
                self.since_reset = (self.since_reset + inferences) & 0xFFFFFFFF  # as the device counts
                self._answered, self._stale = self._runs, False
                return found
            if answer.values == ("state",):
                hint = "something else used it, or it restarted (a weak supply?): run again"
                raise DeviceRestarted(lost, hint, self.wire.crash)
            if answer.values != ("input",):
                reason = " ".join(answer.values)
                raise DeviceError(f"the inference failed on the device: {reason}", "rebuild the firmware")
            if self._forgotten():
                raise _Changed("the device has lost the inputs", "reset the board and try again")
        raise ProtocolError("the device's inputs are not those that were sent", "reset the board and try again")

    def _upload(self) -> None:
        assert self._inputs is not None
        for index, data in enumerate(self._inputs):
            if self._seed is not None:
                self.wire.ask("fill", *_words(index, input_seed(self._seed, index)))
            else:
                send_input(self.wire, index, data, self.identity.chunk_bytes)
        self._uploaded = True

    def _infer(self, first_layer: int) -> Run:
        """One inference whose record begins at that layer."""
        values = self.inference("run", first_layer, self.since_reset)
        if len(values) != 3:
            raise ProtocolError(f"the device's answer to `run` has {len(values)} numbers", "flash it again")
        run = Run(values[0], values[1], values[2], self.wire.sent_s, self.wire.clock())
        elapsed_s = run.answered_s - run.sent_s
        if self.wire.link.traits.label == MEASURED and elapsed_s * self.identity.cycles_hz >= 1 << 32:
            raise DeviceError(
                f"the inference took up to {elapsed_s:.0f} s, longer than the board's counter can tell",
                "use a slower timer in the board file",
            )
        self._last = run
        return run

    def _layer_cycles(self) -> tuple[int, ...]:
        cycles: list[int] = []
        while len(cycles) < self.identity.layers:
            first = len(cycles)
            count = min(self.identity.layer_window, self.identity.layers - first)
            cycles += read_record(self.wire, self._infer(first).number, first, count)
        return tuple(cycles)

    def _outputs(self) -> tuple[bytes, ...]:
        run = self._infer(_NO_LAYERS) if self._stale or self._last is None else self._last
        sizes = self.identity.output_bytes
        outputs = tuple(read_output(self.wire, i, size, self.identity.chunk_bytes) for i, size in enumerate(sizes))
        if binascii.crc32(b"".join(outputs)) != run.outputs_crc:
            raise _Changed("the outputs on the device changed after the inference", "reset the board and try again")
        return outputs

    def _memory(self) -> MemoryUse:
        if self._stale:
            self._infer(_NO_LAYERS)  # the high-water marks of a board that only waits say nothing
        return MemoryUse(*numbers(self.wire.ask("memory"), 3, "memory"))

    def _has_restarted(self, error: DeviceError) -> bool:
        """Whether a restart of the board explains the error."""
        if isinstance(error, DeviceRestarted | LinkTimeout | PortError):
            return False
        if self.wire.restarts != self._noticed or (isinstance(error, Refused) and error.reason == "run"):
            return True
        if isinstance(error, Refused) and error.reason == "range":  # of a tensor of another network
            return self._is_elsewhere()
        return isinstance(error, _Changed) and self._forgotten()

    def _forgotten(self) -> bool:
        """Whether the device does not know of the last run, which it only forgets in a restart."""
        if not self._answered:
            return self._is_elsewhere()
        return self.wire.exchange("layers", *_words(self._answered, 0, 0)).values == ("run",)

    def _is_elsewhere(self) -> bool:
        """Whether another network of several is selected, as after a restart."""
        mine = self.identity
        return mine.models > 1 and parse_id(self.wire.ask("id")).sizes["model_index"] != mine.model_index

    def _recover(self, repeatable: bool) -> None:
        """Makes the board that has restarted what it was for this session."""
        self.restarts += 1
        if not repeatable:
            raise self.wire.restarting("restarted in the middle", "what it remembered is lost: run again")
        self.wire.settle()
        if identify(self.wire, *self._meant) != self.identity:
            raise DeviceError("the board came back with other firmware", "is somebody else flashing it? run again")
        self.restarts += max(0, self.wire.restarts - self._noticed - 1)  # while it was identified
        self._noticed = self.wire.restarts
        self.since_reset = self._answered = 0
        self._uploaded = False
        self._stale = self._stale or self._last is not None


def _words(*values: int) -> tuple[str, ...]:
    return tuple(f"{value:x}" for value in values)


def _sizes(sizes: Sequence[int]) -> str:
    return ", ".join(str(size) for size in sizes) or "no"

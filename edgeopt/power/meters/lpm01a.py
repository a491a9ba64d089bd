"""ST X-NUCLEO-LPM01A (PowerShield): supplies the board and measures its current or energy, in ASCII or binary.

`lpm01a:PORT,volts=3.0[,freq=1k][,output=energy|current][,format=ascii_dec|bin_hexa][,mode=dyn|stat]`. The defaults are
what the official MLPerf Tiny runner measures with: energies of each millisecond in ASCII, with the edges at D7. The
voltage has no default: a wrong one may cost a board.
"""

import time
from collections.abc import Callable, Sequence

from edgeopt.device.link import MEASURED
from edgeopt.errors import DeviceError, MeterError, PortError
from edgeopt.power.lpm01a.ascii_stream import AsciiDecoder
from edgeopt.power.lpm01a.assemble import Assembler, StaticAssembler
from edgeopt.power.lpm01a.binary_stream import BinaryDecoder
from edgeopt.power.lpm01a.dialogue import Dialogue
from edgeopt.power.lpm01a.items import Decoder, Item, Kind, Samples, Told
from edgeopt.power.lpm01a.setup import Setup, setup_of
from edgeopt.power.meter import METERS, MeterSpec, Opener
from edgeopt.power.ports import MeterPort, UsbMeter, port_opener
from edgeopt.power.trace import Block, TraceInfo

BAUD = 3_686_400
USB = UsbMeter("ST X-NUCLEO-LPM01A", ("0483:5740",))  # ST's virtual COM port: other ST boards have it too
_VERSION_S = 1.0
_STOP_S = 3.0  # until `Acquisition completed`
_SILENT_S = 5.0  # and two samples: nothing comes any more
_END_S = 1.0  # after which an F4 without samples was the end
_PLUGGED = "look at its display, and whether the board takes more than it gives"


class Lpm01a:
    """A Meter. It has the board's supply on from the time it is opened, and leaves it on."""

    def __init__(
        self,
        port: MeterPort,
        setup: Setup,
        clock: Callable[[], float] = time.monotonic,
        label: str = MEASURED,
    ) -> None:
        self._port = port
        self._setup = setup
        self._clock = clock
        self._dialogue = Dialogue(port, clock)
        self._decoder: Decoder = AsciiDecoder()
        self._assembler: Assembler | StaticAssembler = StaticAssembler(setup, clock())
        self._early: list[Block] = []  # came with the answer to `start`
        self.failure: DeviceError | None = None
        self._running = False
        self._stopping = False
        self._completed = True
        self._heard_s = clock()
        self._ended_s: float | None = None  # when an F4 came that may be the end
        try:
            self.info: TraceInfo = self._open(label)
        except DeviceError:
            port.close()
            raise

    @property
    def warnings(self) -> tuple[str, ...]:
        """What makes the samples doubtful that came since the start."""
        return self._assembler.warnings

    def start(self) -> None:
        if not self._completed:  # an acquisition that was not ended as it should
            self._dialogue.wake()
        self._dialogue.ask("start")
        now_s = self._clock()
        self._decoder = AsciiDecoder() if self._setup.format == "ascii_dec" else BinaryDecoder()
        events = bool(self.info.digital_lines)
        self._assembler = StaticAssembler(self._setup, now_s) if self._setup.static else Assembler(self._setup, events)
        self.failure, self._ended_s, self._heard_s = None, None, now_s
        self._running, self._stopping, self._completed = True, False, False
        self._early = self._take(self._dialogue.rest())
        if self.failure is not None:
            self._early += self._assembler.flush(now_s)

    def read(self, timeout_s: float) -> Sequence[Block]:
        end_s = self._clock() + timeout_s
        blocks, self._early = self._early, []
        while not blocks:
            if self.failure is not None:
                raise self.failure
            blocks = self._take_within(end_s - self._clock())
            if self.failure is not None:
                blocks += self._assembler.flush(self._heard_s)
            elif not blocks and self._clock() >= end_s:
                return ()
        return blocks

    def _take_within(self, timeout_s: float) -> list[Block]:
        """What fails is kept for the next call: first comes what came before."""
        try:
            blocks = self._take(self._port.read(max(timeout_s, 0.0)))
        except PortError as error:
            self.failure = error
            return []
        if not blocks and self.failure is None:
            self._check_silence()
        return blocks

    def stop(self) -> Sequence[Block]:
        blocks, self._early = self._early, []
        self._stopping = True
        try:
            self._port.write(b"stop\n")
            end_s = self._clock() + _STOP_S
            while not self._completed and self._clock() < end_s:
                blocks += self._take(self._port.read(end_s - self._clock()))
            self._running = False
            self._dialogue.rest()
        except DeviceError as error:  # what came is there
            self.failure = self.failure or error
        return [*blocks, *self._assembler.flush(self._heard_s)]

    def close(self) -> None:
        """Gives the control back, as far as the meter still listens."""
        try:
            self._port.write(b"stop\nhrc\n" if self._running else b"hrc\n")
        except DeviceError:
            pass  # it is gone: nothing to give back
        finally:
            self._port.close()

    def _open(self, label: str) -> TraceInfo:
        self._dialogue.wake()
        self._dialogue.ask("htc")
        version = self._version()
        for command in self._setup.commands():
            self._dialogue.ask(command)
        events = self._setup.format == "ascii_dec" and not self._setup.static and self._has_events()
        self._dialogue.ask("pwr on nostatus")
        return self._setup.info(version, events, label)

    def _version(self) -> str:
        """Only for people: a firmware that tells it in another way is good enough."""
        try:
            return self._dialogue.ask("version", _VERSION_S)[:40]
        except MeterError:
            return ""

    def _has_events(self) -> bool:
        """Firmware before 1.0.6 knows no event source: the windows are then cut by time."""
        try:
            self._dialogue.ask("eventsrc d7 fal")
        except MeterError:
            return False
        return True

    def _take(self, data: bytes) -> list[Block]:
        if not data:
            return []
        self._heard_s = self._clock()
        items = self._decoder.feed(data)
        for item in items:
            self._hear(item)
        return self._assembler.take(items, self._heard_s)

    def _hear(self, item: Item) -> None:
        """What ends the acquisition, or makes it worthless."""
        if isinstance(item, Samples):
            self._ended_s = None
        if self._stopping and not (isinstance(item, Told) and item.kind is Kind.COMPLETED):
            return
        if not isinstance(item, Told) or self.failure is not None:
            return
        if item.kind is Kind.COMPLETED:
            self._complete()
        elif item.kind is Kind.END:
            self._ended_s = self._clock()
        elif item.kind is Kind.ERROR:
            self.failure = self._error(item.text)
        elif item.kind is Kind.POWER_OFF:
            self.failure = MeterError("the LPM01A has switched the board's supply off in the middle", _PLUGGED)

    def _complete(self) -> None:
        self._completed = True
        if self._setup.static and not self._stopping:
            self._completed, self._ended_s = False, None
            self._port.write(b"start\n")  # one value an acquisition
        elif not self._stopping:
            self.failure = MeterError("the LPM01A has ended the acquisition by itself", _PLUGGED)

    def _error(self, text: str) -> MeterError:
        if "not constant" in text.lower():
            return MeterError(f"the LPM01A gives up: {text}", "static mode is for constant currents: write mode=dyn")
        return MeterError(f"the LPM01A reports: {text}", _PLUGGED)

    def _check_silence(self) -> None:
        now_s = self._clock()
        if self._ended_s is not None and not self._setup.static and now_s - self._ended_s > _END_S:
            self.failure = MeterError("the LPM01A has ended the acquisition by itself", _PLUGGED)
        elif now_s - self._heard_s > _SILENT_S + 2 / self.info.rate_hz:
            hint = "is it still plugged in? What is recorded is kept"
            self.failure = MeterError(f"the LPM01A sends nothing for {_SILENT_S:g} s", hint)


@METERS.register("lpm01a")
def lpm01a(spec: MeterSpec) -> Opener:
    setup = setup_of(spec)
    opener = port_opener(spec, USB, BAUD)
    return lambda: Lpm01a(opener(), setup)

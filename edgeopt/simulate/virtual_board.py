"""The virtual board: runs the very ELF that would be flashed, and counts what it executes."""

from pathlib import Path

from edgeopt.board import Board
from edgeopt.errors import DeviceError, LinkTimeout
from edgeopt.simulate.activity import Activity, ActivityRecord
from edgeopt.simulate.bus import Bus
from edgeopt.simulate.console import PATIENCE_POLLS, Console
from edgeopt.simulate.counting import Counter
from edgeopt.simulate.counts import Profile, SectionRun
from edgeopt.simulate.cpu import Cpu, Stop
from edgeopt.simulate.cycle_models import CycleModel, cycle_model
from edgeopt.simulate.data_timing import watch_data
from edgeopt.simulate.elf import read_elf
from edgeopt.simulate.events import Events
from edgeopt.simulate.exceptions import FAULT_HANDLER, Exceptions
from edgeopt.simulate.interrupts import Interrupts
from edgeopt.simulate.isa import first_missing
from edgeopt.simulate.memory_map import heap_region, memory_blocks
from edgeopt.simulate.memory_timing import IDEAL_MEMORY, describe_memory, memory_timing
from edgeopt.simulate.patience import HOST_PATIENCE, TICKS_PER_TIMEOUT_SECOND, timed_out
from edgeopt.simulate.peripherals import Cause, Machine
from edgeopt.simulate.reset import reset_state, vector_table
from edgeopt.simulate.sections import Sections
from edgeopt.simulate.semihosting import Semihosting
from edgeopt.simulate.sleep import Sleep
from edgeopt.simulate.watchdog import Watchdog

_UNCOUNTED_POLLS = 4  # edgeopt's firmware does nothing else while it waits for a command


class VirtualBoard:
    """The link to a simulated board: `write`, `read`, `close`. The program runs only while somebody reads.

    elf:          what would be flashed. Where edgeopt did not build it, it may use semihosting or the board's UART.
    board:        its memory, core, console and timer.
    between:      two functions that begin and end a section, instead of edgeopt's own marks.
    input_ended:  semihosting input beyond what was written ends; otherwise the program waits for more.
    counted:      False counts nothing, which is ten times faster: for runs whose outputs alone matter. Simulated time
                  stands still then, output is handed over only when the program waits or ends, and a program that
                  hangs is ended by the host's clock.
    ideal_memory: memory answers at once, whatever the board file says of flash and RAM.
    model:        the cycle model; None for that of the board's core.
    check_alignment: an unaligned access to memory is a fault, as it is on Armv6-M. That takes ten times as long;
                  without it such an access goes unnoticed on the M0+.

    A reset by the program or by a watchdog starts it anew; `resets` holds their causes.

    Everything is deterministic: the same writes and reads give the same output and the same counts. Timers show the
    simulated time. Raises UsageError for a file that is not a program for the board, BoardError for a core that cannot
    be simulated (cortex-m55).
    """

    def __init__(
        self,
        elf: Path,
        board: Board,
        between: tuple[str, str] | None = None,
        input_ended: bool = False,
        check_alignment: bool = False,
        counted: bool = True,
        ideal_memory: bool = False,
        model: CycleModel | None = None,
    ) -> None:
        self.image = read_elf(elf)
        self.exit_code: int | None = None
        self.ending = ""  # how the program has ended: "exited with 0", "sleeps for ever in main", ...
        self._failure: DeviceError | None = None
        self._is_blocked = False  # at a semihosting call that waits for input
        self._core = board.core
        self._clock_hz = board.clock_hz
        model = model or cycle_model(board.core)
        self.waits = IDEAL_MEMORY if ideal_memory else describe_memory(board)  # for memory, in words
        memory = None if ideal_memory or not counted else memory_timing(board, model)
        self.has_cycle_model = model is not None  # if not, timers count instructions and are no measure of time

        blocks = memory_blocks(self.image, board)
        polls = PATIENCE_POLLS if counted else _UNCOUNTED_POLLS
        self._console = Console(lambda: self.ticks, self._set_deadline, polls)
        self._events = Events(self._set_deadline)
        interrupts = Interrupts()
        self._record = ActivityRecord(lambda: self.ticks)
        self._sleep = Sleep(interrupts, self._console, self._record)
        self._reset_cause: Cause | None = None  # asked for, and to be done before the program goes on
        self._is_parked = False  # nothing but an event will make the program do something
        self.resets: list[Cause] = []
        machine = Machine(
            board.core,
            board.clock_hz,
            self._console,
            lambda: self.ticks,
            lambda address, size_bytes: self._cpu.dma_load(address, size_bytes),
            lambda address, data: self._cpu.dma_store(address, data),
            self._events,
            self._ask_for_reset,
            interrupts,
            lambda: self._sleep.ticks,
            self._record.set_pin,
        )
        self.bus = Bus(board, machine)
        self._cpu = Cpu(board.core, blocks, self.bus, lambda pc: self.image.place(pc, self._counter.address))
        for segment in self.image.segments:
            self._cpu.store(segment.load_address, segment.data)
        if check_alignment:
            self._cpu.check_alignment()
        self._reset_state = reset_state(self.image, board, blocks)
        if FAULT_HANDLER in self.image.symbols:
            table = vector_table(self.image, board, blocks) or board.code_origin
            status, is_watched = self.bus.fault_status, lambda: self._events.next is not None
            self._cpu.on_fault = Exceptions(self._cpu, board.core, table, status, is_watched).take
        self._cpu.sp, self._cpu.pc = self._reset_state
        self._counter = Counter(
            self._read_code,
            self.image,
            model,
            memory,
            on_pause=self._cpu.stop,
            on_endless_loop=lambda: self._cpu.stop(Stop.LOOPING),
            on_failure=self._cpu.fail,
        )
        self._watchdog: Watchdog | None = None
        if memory is not None:
            self._cpu.hook_blocks(self._counter.on_timed_block)
            watch_data(memory, self._counter, self._cpu, has_it_blocks=board.core not in ("cortex-m0", "cortex-m0plus"))
        elif counted:
            self._cpu.hook_blocks(self._counter.on_block)
        else:
            self._watchdog = Watchdog(lambda: self._cpu.stop(Stop.TIMED_OUT))
        self._sections = Sections(self.image, between, self.has_cycle_model, self._cpu)
        self._counter.watch(self._sections)
        heap_start, heap_bytes = heap_region(self.image, board)
        self._semihosting = Semihosting(
            self._cpu,
            self._console,
            board.clock_hz,
            heap=(heap_start, heap_start + heap_bytes),
            stack_top=board.ram.origin + board.ram.size_bytes,
            input_ended=input_ended,
        )

    def write(self, data: bytes) -> None:
        """Send `data` to the program, which will read it during a later `read`."""
        self._console.feed(data)

    def read(self, timeout_s: float) -> bytes:
        """What the program sends next: it runs until a line is out, it waits for input, or it ends.

        b"" if it waits or has ended. LinkTimeout if it runs for TICKS_PER_TIMEOUT_SECOND * timeout_s with nothing of
        that; DeviceError if it faults.
        """
        limit = self.ticks + int(max(timeout_s, 0.0) * TICKS_PER_TIMEOUT_SECOND)
        if self._watchdog is None:
            return self.read_until(limit)
        self._watchdog.feed(HOST_PATIENCE * max(timeout_s, 1.0))
        try:
            return self.read_until(max(limit, self.ticks + 1))
        finally:
            self._watchdog.rest()

    def read_until(self, limit_ticks: int) -> bytes:
        """As `read`, with patience until the simulated time `limit_ticks` since reset."""
        if not self._console.output and not self.has_ended:
            self._run_until(limit_ticks)
            if not self._console.output and not self._console.is_waiting and not self.has_ended:
                raise self._timeout()
        return self._console.take()

    def pass_time(self, ticks: int) -> None:
        """Let simulated time pass while nobody speaks to the program, which otherwise stands still while it waits.

        A program that waits awake goes on with that, which nothing would end: it is not simulated.
        """
        self._sleep.time_passes = True
        end = self.ticks + ticks
        while self.ticks < end and not self.has_ended:
            self._run_until(end)
            if self.is_waiting and not self._sleep.is_asleep and self._events.next is None:
                self._counter.ticks = end
        self._sleep.time_passes = False

    def activity(self) -> Activity:
        """When the core was awake and the timestamp pin low, since the first call, which begins the record."""
        self._record.begin()
        return Activity(float(self._clock_hz), self._record.changes(), self.ticks)

    def close(self) -> None:
        """End the program."""
        self.ending = self.ending or "was stopped"
        if self._watchdog is not None:
            self._watchdog.close()

    @property
    def has_ended(self) -> bool:
        """Whether the program does nothing more: it has exited, sleeps for ever, or loops for ever in one branch."""
        return bool(self.ending)

    @property
    def ticks(self) -> int:
        """Simulated time since reset: cycles, or instructions where the core has no cycle model."""
        return self._counter.ticks

    @property
    def asleep_ticks(self) -> int:
        """Of the simulated time, what the program slept. It is no part of any count of what was executed."""
        return self._sleep.ticks

    @property
    def is_waiting(self) -> bool:
        """Whether the program waits for input that is not there."""
        return self._console.is_waiting

    @property
    def runs(self) -> tuple[SectionRun, ...]:
        """The finished runs of the section between the marks, in order."""
        return tuple(self._sections.runs)

    def profile(self) -> Profile:
        """All that was executed since reset, but for the block in which the program now stands."""
        return self._counter.profile()

    def read_memory(self, address: int, size_bytes: int) -> bytes:
        """Memory of the program as a debugger sees it; DeviceError where there is none."""
        return self._cpu.load(address, size_bytes)

    def write_memory(self, address: int, data: bytes) -> None:
        """Change memory as a debugger does while the program runs; DeviceError where there is none."""
        self._cpu.store(address, data)

    def _set_deadline(self, ticks: int) -> None:
        self._counter.deadline = min(self._counter.deadline, ticks)
        # Nothing counts, so nothing else looks at the deadline. Here, amid a block, Unicorn runs the instruction that
        # touches the peripheral again when it goes on: harmless where the program asks for input, not where it sends.
        if self._watchdog is not None and self._console.is_waiting:
            self._cpu.stop()

    def _run_until(self, limit: int) -> None:
        if self._failure is not None:
            raise self._failure
        self._console.resume()
        limit -= self._sleep.grace  # sleep costs the host nothing
        try:
            while not self.has_ended:
                self._events.run(self.ticks)
                self._do_reset()
                if self.ticks >= (due := self._due(limit + self._sleep.grace)):
                    break
                self._counter.deadline = due if self._events.next is None else min(due, self._events.next)
                if self._sleep.is_asleep:
                    self._counter.ticks = self._sleep.skip(self.ticks, self._counter.deadline)
                elif self._is_parked:
                    self._counter.ticks = self._counter.deadline
                else:
                    self._run()
        except DeviceError as error:
            self._failure = error
            raise

    def _due(self, limit: int) -> int:
        return limit if self._console.due is None else min(limit, self._console.due)

    def _run(self) -> None:
        stop = Stop.SEMIHOSTING if self._is_blocked else self._cpu.run()
        if stop is Stop.SEMIHOSTING:
            self._call_host()
        elif stop is Stop.TIMED_OUT:
            raise self._timeout()
        elif stop is Stop.ASLEEP and self._sleep.begin(self._cpu.is_masked, self.image.function_at(self._cpu.pc)):
            return
        elif stop is not Stop.REQUESTED and self._reset_cause is None:
            self._is_parked = self._events.next is not None
            if self._is_parked:
                return
            where = self.image.function_at(self._counter.address)
            self._end(f"{'sleeps' if stop is Stop.ASLEEP else 'loops'} for ever in {where}")

    def _ask_for_reset(self, cause: Cause) -> None:
        self._reset_cause = cause
        self._cpu.stop()

    def _do_reset(self) -> None:
        """The chip starts anew, if that was asked for; memory stays as it is."""
        if (cause := self._reset_cause) is None:
            return
        self._reset_cause = None
        self._is_parked = self._is_blocked = False
        self._sleep.end()
        self.resets.append(cause)
        self._events.clear()
        self.bus.reset(cause)
        self._counter.restart()
        self._cpu.reset(*self._reset_state)

    def _read_code(self, address: int, size_bytes: int) -> bytes:
        code = self._cpu.load(address, size_bytes)
        missing = first_missing(self._core, code)
        if missing is not None:
            raise self._cpu.fault("executes an instruction that this core does not have", address + missing)
        return code

    def _call_host(self) -> None:
        result = self._semihosting.call(self._cpu.argument(0), self._cpu.argument(1), self._counter.ticks)
        self._is_blocked = result.blocked
        if result.exit_code is not None:
            self.exit_code = result.exit_code
            self._end(f"exited with {result.exit_code}")
        elif result.blocked:
            self._console.wait()
        else:
            self._cpu.set_result(result.value)
            self._cpu.skip_semihosting()

    def _end(self, how: str) -> None:
        self._counter.finish()
        self.ending = how

    def _timeout(self) -> LinkTimeout:
        address = self._counter.address
        unit = "cycles" if self.has_cycle_model else "instructions"
        return timed_out(self.ticks, unit, address, self.image.function_at(address))

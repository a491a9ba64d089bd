"""What a board file says, as values."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Core = Literal[
    "cortex-m0",
    "cortex-m0plus",
    "cortex-m3",
    "cortex-m4f",
    "cortex-m7f",
    "cortex-m33f",
    "cortex-m55",
    "xtensa-lx6",
    "xtensa-lx7",
    "rv32imc",
]
ConsoleKind = Literal[
    "semihosting",
    "rtt",
    "stm32_usart_v2",
    "stm32_usart_v1",
    "cmsdk_uart",
    "pl011",
    "nrf_uart",
    "nrf_uarte",
    "none",
]
TimerKind = Literal["dwt", "stm32_tim", "rp2040_timer", "cmsdk_timer", "sse_timer", "nrf_timer", "none"]
PinKind = Literal["stm32_gpio", "nrf_gpio", "rp2040_sio", "cmsdk_gpio"]
WatchdogKind = Literal["stm32_iwdg", "nrf_wdt", "rp2040_watchdog"]
UsbReset = Literal["none", "dtr", "rts", "break"]
Verified = Literal["qemu", "virtual", "compiled", "none"]
FigureKind = Literal["datasheet", "measured", "unverified", "unknown"]
LinkKind = Literal["serial", "qemu"]
Regulator = Literal["ldo", "smps", "unknown"]


@dataclass(frozen=True)
class Figure:
    """A number with its source; `value` is None exactly if `kind` is "unknown". Its unit is in the field's name.

    `low` and `high`: the spread of what the sources say, both or neither, low <= value <= high.
    """

    value: float | None
    kind: FigureKind
    source: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Region:
    """A memory region of `size_bytes` from address `origin`.

    `reserve_bytes` are not for the model: in flash the first bytes, for a boot loader (code starts behind them); in RAM
    what stack and runtime need. `wait_states` are what an access takes beyond the cycle that the pipeline counts (of
    flash, `FlashTiming` says more); `cached`: behind the core's data cache, as an M7's AXI SRAM is.
    """

    origin: int
    size_bytes: int
    reserve_bytes: int
    source: str
    wait_states: int = 0
    cached: bool = False

    @property
    def usable_bytes(self) -> int:
        return self.size_bytes - self.reserve_bytes


@dataclass(frozen=True)
class FlashTiming:
    """How flash slows the core at the board's clock, and the buffers and caches in front of it.

    `wait_states` are the cycles that an access of `access_bytes` takes beyond the one that the pipeline counts. A cache
    line of `cache_line_bytes` is filled by cache_line_bytes / access_bytes of them. `unified`: one cache of
    `icache_bytes` for instructions and data (`dcache_bytes` is then 0). `ways`: 0 is fully associative. Without a cache
    `cache_line_bytes`, `icache_bytes`, `dcache_bytes` and `ways` are 0. `prefetch`: the next access begins while the
    core executes what the one before brought.
    """

    wait_states: int
    access_bytes: int
    prefetch: bool
    cache_line_bytes: int
    icache_bytes: int
    dcache_bytes: int
    unified: bool
    ways: int
    kind: FigureKind
    source: str


@dataclass(frozen=True)
class ClockSetting:
    """A clock other than the main one, with flash's wait states there and the active current, as of `Power`."""

    hz: int
    wait_states: int
    active_ma: Figure
    source: str


@dataclass(frozen=True)
class Power:
    """What the board draws.

    regulator:      of the core's voltage: a part with an LDO draws the same current at any supply, one with an SMPS
                    the same power.
    supply_v:       the supply at which the currents below were taken.
    supply_min_v, supply_max_v: the range in which the chip works, fed on its supply pin.
    active_ma:      while an inference runs from flash at the board's clock.
    sleep_ua:       the chip alone, asleep with its RAM kept, to be woken by a timer.
    board_sleep_ua: the board as it is bought, asleep so, the chip included.
    wake_us:        from that sleep to the first instruction at the board's clock.
    """

    regulator: Regulator
    supply_v: Figure
    supply_min_v: Figure
    supply_max_v: Figure
    active_ma: Figure
    sleep_ua: Figure
    board_sleep_ua: Figure
    wake_us: Figure


@dataclass(frozen=True)
class Console:
    """The UART of the host link with its pins as the chip names them; `irq`: its line at the interrupt controller.

    Without `irq` (None) the firmware polls. Of semihosting and RTT, which go through the debugger, and of none (the
    firmware has no driver for what the board has), all else is 0 and "".
    """

    kind: ConsoleKind
    instance: str
    base: int
    baud: int
    tx_pin: str
    rx_pin: str
    source: str
    irq: int | None = None


@dataclass(frozen=True)
class Timer:
    """The counter of latency: a register block at `base` that counts `hz` ticks a second, modulo 2^32."""

    kind: TimerKind
    base: int
    hz: int


@dataclass(frozen=True)
class Pin:
    """The timestamp pin, which falls where an inference begins or ends: `name` as the chip calls it.

    It is bit `number` of the port whose register block lies at `base`. `enable_register` and `enable_bit` switch the
    port's clock on where that is off after reset (an STM32's); None elsewhere.
    """

    kind: PinKind
    name: str
    base: int
    number: int
    enable_register: int | None
    enable_bit: int | None
    source: str


@dataclass(frozen=True)
class WatchdogTimer:
    """The chip's own watchdog: a register block at `base`."""

    kind: WatchdogKind
    base: int
    source: str


@dataclass(frozen=True)
class Usb:
    """The board's serial port on USB: what it calls itself, and its vendor and product as in "0483:374b".

    `reset`: what of the port resets the board: DTR that falls and rises, RTS as long as it is asserted, or a break.
    """

    ids: tuple[str, ...]
    name: str
    reset: UsbReset
    source: str


@dataclass(frozen=True)
class Flasher:
    """A tool that writes the firmware into the board, with its arguments as on its command line."""

    tool: str
    args: tuple[str, ...]


@dataclass(frozen=True)
class Qemu:
    """QEMU's name of the board; its UART is the board's console."""

    machine: str


@dataclass(frozen=True)
class Board:
    """One board.

    `platform` is "none" where edgeopt has no firmware for the core. `mcu_setup` names the clock and pin set-up,
    firmware_templates/<platform>/mcu_<mcu_setup>.c; "none" leaves the reset state: such a board is for analysis and,
    where the core has a model, for the virtual board. `clock_settings` are clocks besides `clock_hz`.
    """

    name: str
    title: str
    mcu: str
    core: Core
    clock_hz: int
    clock_source: str
    clock_settings: tuple[ClockSetting, ...]
    platform: str
    mcu_setup: str
    flash: Region
    ram: Region
    flash_timing: FlashTiming | None
    power: Power
    console: Console
    timer: Timer
    flashers: tuple[Flasher, ...]
    link: LinkKind
    qemu: Qemu | None
    pin: Pin | None = None
    watchdog: WatchdogTimer | None = None
    usb: Usb | None = None
    verified: Verified = "none"
    file: Path = field(default=Path(), compare=False, repr=False)  # where it was read from

    @property
    def code_origin(self) -> int:
        """Address of the vector table: where flash starts, behind what is reserved for a boot loader."""
        return self.flash.origin + self.flash.reserve_bytes

    @property
    def slow_memory(self) -> FlashTiming | None:
        """The timing of flash where it or RAM makes the core wait; None where both answer at once, or nobody knows."""
        timing = self.flash_timing
        return timing if timing is not None and (timing.wait_states or self.ram.wait_states) else None

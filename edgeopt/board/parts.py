"""The parts of a board file that firmware and host tools drive: console, counter, pin, watchdog, USB, flashers."""

from typing import get_args

from edgeopt.board.types import (
    Console,
    ConsoleKind,
    Flasher,
    Pin,
    PinKind,
    Timer,
    TimerKind,
    Usb,
    UsbReset,
    WatchdogKind,
    WatchdogTimer,
)
from edgeopt.tables import Table, as_written

_HZ = (1_000, 4_000_000_000)
_IRQ = (0, 479)  # Armv8-M's interrupt controller has at most 480 lines
_WITHOUT_UART = ("semihosting", "rtt", "none")
_USB_ID = r"[0-9a-f]{4}:[0-9a-f]{4}"
_MOST_ARGUMENTS = 40


def read_console(t: Table) -> Console:
    """[console]: of a kind without a UART its source alone."""
    kind: ConsoleKind = t.choice("kind", get_args(ConsoleKind))
    if kind in _WITHOUT_UART:
        console = Console(kind, "", 0, 0, "", "", t.text("source"))
    else:
        pins = t.text("tx_pin", r".*"), t.text("rx_pin", r".*")
        instance, base, baud = t.text("instance"), t.address("base"), t.integer("baud", 1_200, 4_000_000)
        irq = t.integer("irq", *_IRQ) if t.has("irq") else None
        console = Console(kind, instance, base, baud, *pins, t.text("source"), irq)
    t.done()
    return console


def read_timer(t: Table) -> Timer:
    """[timer]: the counter of latency."""
    kind: TimerKind = t.choice("kind", get_args(TimerKind))
    timer = Timer(kind, t.address("base"), t.integer("hz", *_HZ))
    t.done()
    return timer


def read_pin(t: Table) -> Pin:
    """[pin]: the timestamp pin. An STM32's port has a clock to switch on, no other port has."""
    kind: PinKind = t.choice("kind", get_args(PinKind))
    clocked, of_16 = kind == "stm32_gpio", kind in ("stm32_gpio", "cmsdk_gpio")
    for key in ("enable_register", "enable_bit"):
        if not clocked and t.has(key):
            raise t.error(key, f"must be absent where kind is `{kind}`")
    pin = Pin(
        kind=kind,
        name=t.text("pin"),
        base=t.address("base"),
        number=t.integer("number", 0, 15 if of_16 else 31),
        enable_register=t.address("enable_register") if clocked else None,
        enable_bit=t.integer("enable_bit", 0, 31) if clocked else None,
        source=t.text("source"),
    )
    t.done()
    return pin


def read_watchdog(t: Table) -> WatchdogTimer:
    """[watchdog]: the chip's own."""
    kind: WatchdogKind = t.choice("kind", get_args(WatchdogKind))
    watchdog = WatchdogTimer(kind, t.address("base"), t.text("source"))
    t.done()
    return watchdog


def read_usb(t: Table) -> Usb:
    """[usb]: by which ids the board's serial port is found."""
    ids = t.texts("ids", _USB_ID)
    if not ids:
        raise t.error("ids", "is empty; leave the table out where they are unknown")
    for one in ids:
        if ids.count(one) > 1:
            raise t.error("ids", f"has {as_written(one)} twice")
    reset: UsbReset = t.choice("reset", get_args(UsbReset)) if t.has("reset") else "none"
    usb = Usb(ids, t.text("name"), reset, t.text("source"))
    t.done()
    return usb


def read_flashers(t: Table) -> tuple[Flasher, ...]:
    """[[flashers]], the default first; none where the key is absent."""
    if t.has("flasher"):
        raise t.error("flasher", "is a list now: write [[flashers]], the default first")
    flashers: list[Flasher] = []
    for one in t.tables("flashers") if t.has("flashers") else ():
        flasher = Flasher(one.text("tool", r"[A-Za-z0-9][A-Za-z0-9._-]*"), one.texts("args"))
        if len(flasher.args) > _MOST_ARGUMENTS:
            raise one.error("args", f"has more than {_MOST_ARGUMENTS} arguments")
        if flasher.tool in [other.tool for other in flashers]:
            raise one.error("tool", f"has {as_written(flasher.tool)} twice")
        one.done()
        flashers.append(flasher)
    return tuple(flashers)

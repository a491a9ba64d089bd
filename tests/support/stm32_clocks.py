"""Clock trees of STM32s, decoded from what a program wrote into the registers, as the reference manuals have them.

Written apart from the simulator: it knows the registers' values after reset and the formulas, and nothing of flags.
Frequencies in Hz. Sections: "Clocks" of the RCC chapter, "Read access latency" of the flash chapter, "Dynamic voltage
scaling" of the PWR chapter; figures are those at 2.7 to 3.6 V, remembered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

State = Mapping[int, int]
"""What each register holds, by address; registers that were not written are missing."""

MHZ = 1_000_000


@dataclass(frozen=True)
class Clocks:
    """core_hz: the CPU's; flash_hz: of the bus that flash counts its wait states on; voltage_hz: the most that the
    core's voltage bears; fewest_waits: what flash needs; buses: name, clock and the most it bears."""

    core_hz: float
    flash_hz: float
    voltage_hz: float
    wait_states: int
    fewest_waits: int
    console_hz: float
    buses: tuple[tuple[str, float, float], ...]

    @property
    def core_waits(self) -> float:
        """Wait states in cycles of the core."""
        return (self.wait_states + 1) * self.core_hz / self.flash_hz - 1

    @property
    def faults(self) -> list[str]:
        """What of it the chip would not bear."""
        found = [f"{name} at {hz:,.0f} Hz" for name, hz, most in self.buses if hz > most]
        if self.core_hz > self.voltage_hz:
            found.append(f"{self.core_hz:,.0f} Hz at a voltage for {self.voltage_hz:,.0f} Hz")
        if self.wait_states < self.fewest_waits:
            found.append(f"{self.wait_states} wait states at {self.flash_hz:,.0f} Hz")
        return found


def bits(value: int, high: int, low: int) -> int:
    return value >> low & (1 << high - low + 1) - 1


def within(what: str, hz: float, low_mhz: float, high_mhz: float) -> float:
    assert low_mhz * MHZ <= hz <= high_mhz * MHZ, f"{what} at {hz:,.0f} Hz"
    return hz


def ahb(field: int) -> int:
    """HPRE: 1 where its highest bit is 0; then 2, 4, 8, 16, 64, 128, 256, 512."""
    return 1 if field < 8 else (2, 4, 8, 16, 64, 128, 256, 512)[field - 8]


def apb(field: int) -> int:
    return 1 if field < 4 else 2 << field - 4


def steps(hz: float, step_mhz: float) -> int:
    """Wait states where each bears `step_mhz` more."""
    return int(-(-hz // (step_mhz * MHZ))) - 1


def band(hz: float, *limits_mhz: float) -> int:
    """Wait states where the first limit is that of none."""
    fitting = [waits for waits, limit in enumerate(limits_mhz) if hz <= limit * MHZ]
    assert fitting, f"flash at {hz:,.0f} Hz"
    return fitting[0]


# Of F405, F446 and F7: by the regulator's scale, the most that the core bears without over-drive and with it; then the
# most of APB1 and APB2. In MHz. The F405 has no over-drive and two scales: 1 and 2, told by one bit.
_LIMITS = {
    "F405": ({1: (168, 168), 2: (144, 144)}, 42, 84),
    "F446": ({1: (168, 180), 2: (144, 168), 3: (120, 120)}, 45, 90),
    "F7": ({1: (180, 216), 2: (168, 180), 3: (144, 144)}, 54, 108),
}


def f4_or_f7(state: State, chip: str) -> Clocks:
    """RM0090, RM0390 and RM0385."""
    rcc, hsi = 0x4002_3800, 16 * MHZ
    pllcfgr, cfgr = state.get(rcc + 4, 0x2400_3010), state.get(rcc + 8, 0)
    pwr, acr = state.get(0x4000_7000, 0xC000), state.get(0x4002_3C00, 0)
    system: float = hsi
    if bits(cfgr, 1, 0) == 2:
        assert not pllcfgr >> 22 & 1, "HSE is not what these boards use"
        vco_in = within("the PLL's input", hsi / bits(pllcfgr, 5, 0), 0.95, 2.1)
        vco = within("the VCO", vco_in * bits(pllcfgr, 14, 6), 100, 432)
        within("the output for USB", vco / bits(pllcfgr, 27, 24), 0, 75)
        system = vco / (2 * bits(pllcfgr, 17, 16) + 2)
    core = system / ahb(bits(cfgr, 7, 4))
    apb1, apb2 = core / apb(bits(cfgr, 12, 10)), core / apb(bits(cfgr, 15, 13))
    over_drive = bits(pwr, 17, 16) == 3
    scale = 2 - (pwr >> 14 & 1) if chip == "F405" else 4 - bits(pwr, 15, 14)
    limits, most1, most2 = _LIMITS[chip]
    console = apb1 if chip == "F446" else apb2  # USART2, USART1
    if chip == "F7":
        console = {0: apb2, 1: system, 2: hsi}[bits(state.get(rcc + 0x90, 0), 1, 0)]
    return Clocks(
        core_hz=core,
        flash_hz=core,
        voltage_hz=limits[scale][over_drive] * MHZ,
        wait_states=bits(acr, 3, 0),
        fewest_waits=steps(core, 30),
        console_hz=console,
        buses=(("APB1", apb1, most1 * MHZ), ("APB2", apb2, most2 * MHZ)),
    )


def l4(state: State) -> Clocks:
    """RM0432, of the L4+."""
    rcc, hsi = 0x4002_1000, 16 * MHZ
    cfgr, pll, acr = state.get(rcc + 8, 0), state.get(rcc + 0xC, 0x1000), state.get(0x4002_2000, 0x600)
    voltage, boost = bits(state.get(0x4000_7000, 0x200), 10, 9), not state.get(0x4000_7080, 0x100) >> 8 & 1
    system: float = 4 * MHZ
    if bits(cfgr, 1, 0) == 3:
        assert bits(pll, 1, 0) == 2, "the PLL runs from HSI16"
        assert pll >> 24 & 1, "output R is on"
        vco_in = within("the PLL's input", hsi / (bits(pll, 7, 4) + 1), 2.66, 16)
        system = within("the VCO", vco_in * bits(pll, 14, 8), 64, 344) / (2 * bits(pll, 26, 25) + 2)
    core = system / ahb(bits(cfgr, 7, 4))
    apb1 = core / apb(bits(cfgr, 10, 8))
    return Clocks(
        core_hz=core,
        flash_hz=core,
        voltage_hz=(120 if boost else 80) * MHZ if voltage == 1 else 26 * MHZ,
        wait_states=bits(acr, 3, 0),
        fewest_waits=steps(core, 20) if voltage == 1 else band(core, 8, 16, 26),
        console_hz={0: apb1, 1: system, 2: hsi}[bits(state.get(rcc + 0x88, 0), 11, 10)],
        buses=(("APB1", apb1, 120 * MHZ),),
    )


def g0(state: State) -> Clocks:
    """RM0444."""
    rcc = 0x4002_1000
    cr, cfgr, pll = state.get(rcc, 0x500), state.get(rcc + 8, 0), state.get(rcc + 0xC, 0x1000)
    acr, range_1 = state.get(0x4002_2000, 0x4_0600), bits(state.get(0x4000_7000, 0x208), 10, 9) == 1
    hsi = 16 * MHZ
    system: float = hsi / (1 << bits(cr, 13, 11))
    if bits(cfgr, 2, 0) == 2:
        assert bits(pll, 1, 0) == 2, "the PLL runs from HSI16"
        assert pll >> 28 & 1, "output R is on"
        vco_in = within("the PLL's input", hsi / (bits(pll, 6, 4) + 1), 2.66, 16)
        system = within("the VCO", vco_in * bits(pll, 14, 8), 64, 344) / (bits(pll, 31, 29) + 1)
    core = system / ahb(bits(cfgr, 11, 8))
    pclk = core / apb(bits(cfgr, 14, 12))
    return Clocks(
        core_hz=core,
        flash_hz=core,
        voltage_hz=(64 if range_1 else 16) * MHZ,
        wait_states=bits(acr, 2, 0),
        fewest_waits=band(core, 24, 48, 64) if range_1 else band(core, 8, 16),
        console_hz={0: pclk, 1: system, 2: hsi}[bits(state.get(rcc + 0x54, 0), 3, 2)],
        buses=(("APB", pclk, 64 * MHZ),),
    )


def h7(state: State) -> Clocks:
    """RM0433, of revision Y, which bears less than V."""
    rcc = 0x5802_4400
    cr, cfgr = state.get(rcc, 0x25), state.get(rcc + 0x10, 0)
    select, pll, dividers = (
        state.get(rcc + 0x28, 0x0202_0200),
        state.get(rcc + 0x2C, 0x01FF_0000),
        state.get(rcc + 0x30),
    )
    d1, d2, d3 = (state.get(rcc + offset, 0) for offset in (0x18, 0x1C, 0x20))
    scale = 4 - bits(state.get(0x5802_4818, 0x4000), 15, 14)
    hsi = 64 * MHZ / (1 << bits(cr, 4, 3))
    system = hsi
    if bits(cfgr, 2, 0) == 3:
        assert bits(select, 1, 0) == 0, "PLL1 runs from HSI"
        assert pll >> 16 & 1, "output P is on"
        assert dividers is not None
        vco_in = within("PLL1's input", hsi / bits(select, 9, 4), *((1, 2), (2, 4), (4, 8), (8, 16))[bits(pll, 3, 2)])
        vco = vco_in * (bits(dividers, 8, 0) + 1)
        within("the VCO", vco, *((150, 420) if pll >> 1 & 1 else (192, 836)))
        system = vco / (bits(dividers, 15, 9) + 1)
    core = system / ahb(bits(d1, 11, 8))
    axi = core / ahb(bits(d1, 3, 0))
    apbs = (("APB1", bits(d2, 6, 4)), ("APB2", bits(d2, 10, 8)), ("APB3", bits(d1, 6, 4)), ("APB4", bits(d3, 6, 4)))
    most = {1: 400, 2: 300, 3: 200}[scale]
    needed = {
        1: ((70, 0, 0), (140, 1, 1), (185, 2, 1), (210, 2, 2), (225, 3, 2)),
        2: ((55, 0, 0), (110, 1, 1), (165, 2, 1), (225, 3, 2)),
        3: ((45, 0, 0), (90, 1, 1), (135, 2, 1), (180, 3, 2), (225, 4, 2)),
    }[scale]
    waits, delay = next((waits, delay) for limit, waits, delay in needed if axi <= limit * MHZ)
    apb_most = max(most / 4, 64) * MHZ  # after reset they run at 64 MHz in scale 3
    acr = state.get(0x5200_2000, 0x37)
    assert bits(acr, 5, 4) >= delay, f"WRHIGHFREQ is {bits(acr, 5, 4)} at {axi:,.0f} Hz"
    return Clocks(
        core_hz=core,
        flash_hz=axi,
        voltage_hz=most * MHZ,
        wait_states=bits(acr, 3, 0),
        fewest_waits=waits,
        console_hz={0: axi / apb(bits(d2, 6, 4)), 3: hsi}[bits(state.get(rcc + 0x54, 0), 2, 0)],
        buses=(("AXI", axi, most * MHZ / 2), *((name, axi / apb(field), apb_most) for name, field in apbs)),
    )


def u5(state: State) -> Clocks:
    """RM0456."""
    rcc, hsi, msi = 0x4602_0C00, 16 * MHZ, 4 * MHZ
    cfgr, cfgr2 = state.get(rcc + 0x1C, 0), state.get(rcc + 0x20, 0)
    pll, dividers, vosr = state.get(rcc + 0x28, 0), state.get(rcc + 0x34), state.get(0x4602_080C, 0)
    source = {1: msi, 2: hsi}.get(bits(pll, 1, 0))
    booster = bool(vosr >> 18 & 1)
    if booster:
        assert source is not None, "the booster has no clock before PLL1 has a source"
        within("the booster", source / max(1, 2 * bits(pll, 15, 12)), 4, 16)
    system: float = msi
    if bits(cfgr, 1, 0) == 3:
        assert source is not None
        assert dividers is not None
        assert pll >> 18 & 1, "output R is on"
        vco_in = source / (bits(pll, 11, 8) + 1)
        within("PLL1's input", vco_in, *((8, 16) if bits(pll, 3, 2) == 3 else (4, 8)))
        vco = within("the VCO", vco_in * (bits(dividers, 8, 0) + 1), 128, 544)
        system = vco / (bits(dividers, 30, 24) + 1)
    core = system / ahb(bits(cfgr2, 3, 0))
    apb1, apb2 = core / apb(bits(cfgr2, 6, 4)), core / apb(bits(cfgr2, 10, 8))
    voltage = 4 - bits(vosr, 17, 16)
    most = {1: 160, 2: 110, 3: 55, 4: 25}[voltage]
    return Clocks(
        core_hz=core,
        flash_hz=core,
        voltage_hz=(most if booster else min(most, 55)) * MHZ,
        wait_states=bits(state.get(0x4002_2000, 1), 3, 0),
        fewest_waits={1: lambda: steps(core, 32), 2: lambda: steps(core, 30), 3: lambda: steps(core, 24)}.get(
            voltage, lambda: band(core, 8, 16, 24)
        )(),
        console_hz={0: apb2, 1: system, 2: hsi}[bits(state.get(rcc + 0xE0, 0), 1, 0)],
        buses=(("APB1", apb1, 160 * MHZ), ("APB2", apb2, 160 * MHZ)),
    )


DECODERS: dict[str, Callable[[State], Clocks]] = {
    "netduinoplus2": lambda state: f4_or_f7(state, "F405"),
    "nucleo-f446re": lambda state: f4_or_f7(state, "F446"),
    "stm32f746g-disco": lambda state: f4_or_f7(state, "F7"),
    "nucleo-l4r5zi": l4,
    "nucleo-g071rb": g0,
    "nucleo-h743zi": h7,
    "nucleo-u575zi-q": u5,
}

"""System control space of Armv6-M to Armv8-M: CPUID, VTOR, priorities, coprocessor access, interrupt enables."""

from edgeopt.simulate.peripherals import PERIPHERALS, Machine
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_CPUID, _ICSR, _AIRCR = 0xD00, 0xD04, 0xD0C
_ENABLE, _DISABLE, _LINE_BYTES = 0x100, 0x180, 0x40
_CLEAR_SYSTICK = 1 << 25
_FAULT_STATUS = (0xD28, 0xD2C)  # CFSR and HFSR, where writing 1 clears
_KEY, _RESET_REQUEST = 0x05FA, 1 << 2
_CPUIDS = {
    "cortex-m0": 0x410C_C200,
    "cortex-m0plus": 0x410C_C601,
    "cortex-m3": 0x412F_C231,
    "cortex-m4f": 0x410F_C241,
    "cortex-m7f": 0x411F_C271,
    "cortex-m33f": 0x410F_D213,
}


@PERIPHERALS.register("system_control")
class SystemControl(RegisterBank):
    """Registers that read back what was written. CPACR has no effect: the simulated FPU is always on."""

    size_bytes = 0x1000

    def __init__(self, machine: Machine, hz: int) -> None:
        super().__init__(machine, hz)
        self.registers[_CPUID] = _CPUIDS.get(machine.core, 0)

    def read(self, offset: int) -> int:
        if _ENABLE <= offset < _ENABLE + _LINE_BYTES or _DISABLE <= offset < _DISABLE + _LINE_BYTES:
            return self.machine.interrupts.enabled(offset % _LINE_BYTES // 4)
        return super().read(offset)

    def write(self, offset: int, value: int) -> None:
        if _ENABLE <= offset < _ENABLE + _LINE_BYTES:
            self.machine.interrupts.enable(offset % _LINE_BYTES // 4, value)
        elif _DISABLE <= offset < _DISABLE + _LINE_BYTES:
            self.machine.interrupts.disable(offset % _LINE_BYTES // 4, value)
        elif offset == _ICSR and value & _CLEAR_SYSTICK:
            self.machine.interrupts.acknowledge_systick()
        elif offset in _FAULT_STATUS:
            self.registers[offset] = self.registers.get(offset, 0) & ~value
        elif offset == _AIRCR:
            if value >> 16 == _KEY and value & _RESET_REQUEST:
                self.machine.reset("software")
        else:
            super().write(offset, value)

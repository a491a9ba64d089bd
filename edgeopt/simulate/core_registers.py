"""The registers of the simulated core, as a debugger reads and writes them."""

from typing import Any

from unicorn import arm_const

THUMB_BIT = 1 << 24
_FRAME = (
    *(arm_const.UC_ARM_REG_R0 + i for i in range(4)),
    arm_const.UC_ARM_REG_R12,
    arm_const.UC_ARM_REG_LR,
    arm_const.UC_ARM_REG_PC,
    arm_const.UC_ARM_REG_XPSR,
)


class CoreRegisters:
    """The registers of one core in the engine. Addresses of code have the Thumb bit cleared."""

    def __init__(self, engine: Any) -> None:
        self._uc = engine

    @property
    def pc(self) -> int:
        return int(self._uc.reg_read(arm_const.UC_ARM_REG_PC)) & ~1

    @pc.setter
    def pc(self, address: int) -> None:
        self._uc.reg_write(arm_const.UC_ARM_REG_PC, address | 1)

    @property
    def sp(self) -> int:
        return int(self._uc.reg_read(arm_const.UC_ARM_REG_SP))

    @sp.setter
    def sp(self, address: int) -> None:
        self._uc.reg_write(arm_const.UC_ARM_REG_SP, address)

    def reset(self, sp: int, pc: int) -> None:
        """Registers as after a reset of the chip: privileged, on the main stack, no exception masked."""
        for register in (arm_const.UC_ARM_REG_CONTROL, arm_const.UC_ARM_REG_PRIMASK, arm_const.UC_ARM_REG_FAULTMASK):
            self._uc.reg_write(register, 0)
        self._uc.reg_write(arm_const.UC_ARM_REG_XPSR, THUMB_BIT)
        self._uc.reg_write(arm_const.UC_ARM_REG_LR, 0xFFFF_FFFF)
        self.sp, self.pc = sp, pc

    @property
    def control(self) -> int:
        return int(self._uc.reg_read(arm_const.UC_ARM_REG_CONTROL))

    @control.setter
    def control(self, value: int) -> None:
        self._uc.reg_write(arm_const.UC_ARM_REG_CONTROL, value)

    @property
    def exception(self) -> int:
        """Number of the exception whose handler runs; 0: none."""
        return int(self._uc.reg_read(arm_const.UC_ARM_REG_IPSR)) & 0x1FF

    def frame(self) -> list[int]:
        """What an exception puts on the stack: r0 to r3, r12, lr, pc and xPSR."""
        return [int(self._uc.reg_read(register)) for register in _FRAME]

    def begin_handler(self, number: int, link: int, pc: int) -> None:
        """Go on at `pc`, in the handler of that exception, which returns by `link`."""
        self._uc.reg_write(arm_const.UC_ARM_REG_XPSR, THUMB_BIT | number)
        self._uc.reg_write(arm_const.UC_ARM_REG_LR, link)
        self.pc = pc

    @property
    def is_masked(self) -> bool:
        """Whether PRIMASK is set: an interrupt wakes the core and enters no handler."""
        return bool(self._uc.reg_read(arm_const.UC_ARM_REG_PRIMASK) & 1)

    def argument(self, index: int) -> int:
        """r0 to r3, unsigned."""
        return int(self._uc.reg_read(arm_const.UC_ARM_REG_R0 + index))

    def set_result(self, value: int) -> None:
        """Change r0."""
        self._uc.reg_write(arm_const.UC_ARM_REG_R0, value)

    @property
    def return_address(self) -> int:
        return int(self._uc.reg_read(arm_const.UC_ARM_REG_LR)) & ~1

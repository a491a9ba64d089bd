"""Registers that describe the caches of a Cortex-M7 (DDI 0489, chapter 3): CLIDR, CTR, CCSIDR, CSSELR."""

from edgeopt.simulate.peripherals import PERIPHERALS, Cause, Peripheral
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_CLIDR, _CTR, _CCSIDR, _CSSELR = 0x0, 0x4, 0x8, 0xC
_LINE_BYTES, _INSTRUCTION_WAYS, _DATA_WAYS = 32, 2, 4


@PERIPHERALS.register("cortex_m7_caches")
class CortexM7Caches(RegisterBank):
    """CCSIDR tells of the cache that CSSELR selects. `instruction_bytes` and `data_bytes`: what the board has."""

    size_bytes = 0x10
    instruction_bytes = 0
    data_bytes = 0

    def after_reset(self, cause: Cause) -> Peripheral:
        self.registers.clear()
        return self

    def read(self, offset: int) -> int:
        if offset == _CLIDR:
            return 0x0900_0003  # one level, instructions and data apart
        if offset == _CTR:
            return 0x8303_C003
        return self._size() if offset == _CCSIDR else self.registers.get(offset, 0)

    def _size(self) -> int:
        """Last set, last way, and the size of a line: log2 of its words, less 2."""
        is_instruction = self.registers.get(_CSSELR, 0) & 1
        size_bytes, ways = (
            (self.instruction_bytes, _INSTRUCTION_WAYS) if is_instruction else (self.data_bytes, _DATA_WAYS)
        )
        sets = max(size_bytes // (_LINE_BYTES * ways), 1)
        return 0xF << 28 | sets - 1 << 13 | ways - 1 << 3 | 1

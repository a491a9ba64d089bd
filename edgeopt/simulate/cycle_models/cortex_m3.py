"""Cortex-M3: as Cortex-M4, but for its multiplier and loads (Technical Reference Manual DDI 0337I, section 3.3).

MLA and MLS take 2. SMULL and UMULL take 3 to 5, SMLAL and UMLAL 4 to 7, by the size of the operands: the upper end is
taken, because the long products of a quantized network are those of requantization, whose multipliers fill 31 bits.
A load that changes its base is not pipelined.
"""

from typing import ClassVar

from edgeopt.simulate.cycle_models import CYCLE_MODELS
from edgeopt.simulate.cycle_models.cortex_m4 import CortexM4, Decoded
from edgeopt.simulate.thumb import Kind


@CYCLE_MODELS.register("cortex-m3")
class CortexM3(CortexM4):
    """Cycles of a Cortex-M3."""

    kind_cycles: ClassVar[dict[Kind, int]] = {
        Kind.DIVIDE: 6,
        Kind.TABLE_BRANCH: 2,
        Kind.MULTIPLY_ADD: 2,
        Kind.MULTIPLY_LONG: 5,
        Kind.MULTIPLY_LONG_ADD: 7,
    }

    def pipelines(self, one: Decoded, before: Decoded | None) -> bool:
        changes_base = one[0].kind is Kind.LOAD and one[1].updated
        return not changes_base and super().pipelines(one, before)

"""What kernels cost on a core, from tables that were fitted by measuring: cycles from a call's work, and code bytes."""

from edgeopt.costs.cost import SPLITS, TERMS, Cost, Piece
from edgeopt.costs.memory import FREE, Memory, memory_of
from edgeopt.costs.sources import kernel_digest
from edgeopt.costs.table import (
    O2,
    CostTable,
    KernelCost,
    cost_table,
    goal_table,
    level_of,
    table_path,
    table_to_choose_by,
)
from edgeopt.costs.work import Work, data_bytes, work_of

__all__ = [
    "FREE",
    "O2",
    "SPLITS",
    "TERMS",
    "Cost",
    "CostTable",
    "KernelCost",
    "Memory",
    "Piece",
    "Work",
    "cost_table",
    "data_bytes",
    "goal_table",
    "kernel_digest",
    "level_of",
    "memory_of",
    "table_path",
    "table_to_choose_by",
    "work_of",
]

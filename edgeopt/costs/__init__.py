"""What kernels cost on a core, from tables that were fitted by measuring: cycles from a call's work, and code bytes."""

from edgeopt.costs.table import CostTable, KernelCost, cost_table, table_to_choose_by
from edgeopt.costs.work import Work, work_of

__all__ = ["CostTable", "KernelCost", "Work", "cost_table", "table_to_choose_by", "work_of"]

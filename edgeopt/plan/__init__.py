"""Graph -> Plan: which kernels run, and where every activation and scratch buffer lies in the arena."""

from edgeopt.plan.buffers import Buffer, Use
from edgeopt.plan.fits import check_fits, lacking, target_of
from edgeopt.plan.options import Option
from edgeopt.plan.place import Placement, check_placement, lower_bound_bytes, place
from edgeopt.plan.planner import Plan, Step, plan
from edgeopt.plan.several import check_fit_together, kernels_of, plan_several, ram_bytes_of
from edgeopt.plan.show import format_plan

__all__ = [
    "Buffer",
    "Option",
    "Placement",
    "Plan",
    "Step",
    "Use",
    "check_fit_together",
    "check_fits",
    "check_placement",
    "format_plan",
    "kernels_of",
    "lacking",
    "lower_bound_bytes",
    "place",
    "plan",
    "plan_several",
    "ram_bytes_of",
    "target_of",
]

"""The C of many graphs in a few files: a compiler takes longer to start than to compile a small network."""

import re
from collections.abc import Sequence

from edgeopt.emit import model_files
from edgeopt.plan import Plan

_STATIC = re.compile(r"^static [^=;(]*?\b(\w+)(?:\[\d*\])* = ", re.MULTILINE)


def files_of_nets(plans: Sequence[Plan]) -> tuple[dict[str, str], list[str]]:
    """The files of the networks net0, net1..., and those of them to compile: the kernels, and one with all networks."""
    files: dict[str, str] = {}
    unit = []
    for index, plan_ in enumerate(plans):
        made = model_files(plan_, f"net{index}")
        own = [name for name in made if name in (f"net{index}.c", f"net{index}_weights.c")]
        hidden = sorted({name for file in own for name in _STATIC.findall(made[file])})
        unit += [f"#define {name} net{index}_{name}" for name in hidden]
        unit += [f'#include "{name}"' for name in own]
        unit += [f"#undef {name}" for name in hidden]
        files |= made
    files["nets.c"] = "\n".join(unit) + "\n"
    included = {f"net{index}{end}.c" for index in range(len(plans)) for end in ("", "_weights")}
    return files, sorted(name for name in files if name.endswith(".c") and name not in included)

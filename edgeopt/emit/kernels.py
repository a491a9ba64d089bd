"""The kernel library as `emit` needs it: the fields of a parameter struct."""

import re
from functools import cache

from edgeopt import resources
from edgeopt.ir import CCall

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


@cache
def struct_fields(kernel: str) -> tuple[str, ...]:
    """The fields of `struct <kernel>_params`, in order, read from the kernel's header.

    Kernels may share a struct: `#define <kernel>_params <other>_params` names the header in which it stands.
    """
    text = _COMMENT.sub("", (resources.kernels_dir() / f"{kernel}.h").read_text())
    other = re.search(rf"#define {kernel}_params (\w+)_params$", text, re.MULTILINE)
    if other is not None:
        return struct_fields(other[1])
    body = re.search(rf"struct\s+{kernel}_params\s*{{(.*?)}}\s*;", text, re.DOTALL)
    if body is None:
        raise ValueError(f"{kernel}.h does not define struct {kernel}_params")
    declarations = [declaration for declaration in body[1].split(";") if declaration.strip()]
    return tuple(
        re.sub(r"\[.*?\]", "", name).split("*")[-1].split()[-1] for line in declarations for name in line.split(",")
    )


def ordered_params(call: CCall) -> tuple[tuple[str, object], ...]:
    """The call's parameters in the order of the struct; ValueError where the names differ: a bug of the operator."""
    fields = struct_fields(call.kernel)
    if set(fields) != set(call.params):
        difference = sorted(set(fields) ^ set(call.params))
        raise ValueError(f"{call.kernel}: the call and struct {call.kernel}_params differ in {difference}")
    return tuple((field, call.params[field]) for field in fields)

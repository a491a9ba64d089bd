"""One file an operator, registered under its .tflite name: attributes, shape rule, reference, C call, limits.

The plain name is the int8 form, or the only one. Forms for other types lie in `int16/` and `float32/` and have their
type behind the name: `CONV_2D int16`.
"""

from edgeopt.ir import Io, Op
from edgeopt.registry import Registry


class Operators(Registry[type[Op]]):
    """Operators by name; `choose` finds the form for a node's type."""

    def choose(self, name: str, io: Io) -> type[Op]:
        """The form of operator `name` for the type of its data: the first input that is computed, else the output."""
        data = next((t for t in io.inputs if t is not None and not t.is_constant), None) or io.outputs[0]
        typed = f"{name} {data.dtype}"
        return self.get(typed if typed in self else name)


OPS = Operators("operator", "edgeopt.ops")

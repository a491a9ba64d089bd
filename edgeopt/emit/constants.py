"""The constant arrays of a model: named once, equal ones stored once."""

import numpy as np

from edgeopt.emit.literals import C_TYPES, array_body
from edgeopt.ir import Array


class Constants:
    """Collects arrays while the calls are written, then prints their definitions and declarations."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._names: dict[tuple[str, bytes], str] = {}
        self._arrays: dict[str, Array] = {}

    def add(self, label: str, data: Array) -> str:
        """The C name of `data`; the first label under which equal data came wins."""
        flat = np.ascontiguousarray(data)
        key = flat.dtype.name, flat.tobytes()
        if key not in self._names:
            name = f"{self._prefix}_{label}"
            self._names[key] = name
            self._arrays[name] = flat
        return self._names[key]

    @property
    def total_bytes(self) -> int:
        return sum(array.nbytes for array in self._arrays.values())

    def declarations(self) -> str:
        return "\n".join(f"extern const EO_ROM {self._declarator(name)};" for name in self._arrays)

    def definitions(self) -> str:
        return "\n\n".join(
            f"const EO_ROM {self._declarator(name)} = {{ /* {list(array.shape)} */\n{array_body(array)}\n}};"
            for name, array in self._arrays.items()
        )

    def _declarator(self, name: str) -> str:
        array = self._arrays[name]
        # an array without elements is not C; one zero stands in for it
        return f"{C_TYPES[array.dtype.name]} {name}[{max(1, array.size)}]"

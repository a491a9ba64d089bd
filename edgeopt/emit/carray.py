"""Platform `carray`: the .tflite as a plain C array, with sizes and operators, for projects with an interpreter."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeopt.emit.folder import staged, write_manifest
from edgeopt.emit.literals import array_body
from edgeopt.emit.names import c_comment
from edgeopt.emit.network import Network, model_row
from edgeopt.ir import Graph
from edgeopt.schema import read_model


@dataclass(frozen=True)
class CArray:
    """A .tflite that becomes an array: as it would be emitted, its graph as loaded, and its bytes."""

    network: Network
    original: Graph
    data: bytes


def emit_carray(arrays: Sequence[CArray], out: Path, facts: Mapping[str, object]) -> None:
    """Writes the arrays into the folder `out`, whole or not at all, with a manifest that holds `facts`."""
    with staged(out) as folder:
        for array in arrays:
            for file_name, text in _files(array).items():
                (folder / file_name).write_text(text)
        write_manifest(folder, {**facts, "models": [model_row(array.network) for array in arrays]})


def _files(array: CArray) -> dict[str, str]:
    """<name>_tflite.{h,c}."""
    plan, name, original, model = array.network.plan, array.network.name, array.original, array.data
    # the file's own operators: those of a binarized network are others than the graph's
    operators = Counter(operator.name for operator in read_model(model).operators)
    binary = f" and {original.binary_macs} binary ones" if original.binary_macs else ""
    listing = "\n".join(f" *   {count:4d} x {c_comment(operator)}" for operator, count in sorted(operators.items()))
    values = {
        "name": name,
        "upper": name.upper(),
        "bytes": len(model),
        "macs": f"{original.macs} multiply-accumulates{binary}",
        "arena": plan.arena_bytes,
        "operators": listing,
        "data": array_body(np.frombuffer(model, np.uint8)),
    }
    return {f"{name}_tflite.h": _HEADER.format(**values), f"{name}_tflite.c": _SOURCE.format(**values)}


_HEADER = """/* {name}_tflite.h -- a .tflite network as a C array. Written by edgeopt; do not edit.
 *
 * {bytes} bytes of flash, {macs} an inference. Its activations alone need {arena} bytes as edgeopt
 * plans them; an interpreter's arena is larger. Operators to register:
{operators}
 */
#ifndef {upper}_TFLITE_H
#define {upper}_TFLITE_H

#ifdef __cplusplus
extern "C" {{
#endif

#define {upper}_TFLITE_BYTES {bytes}

/* Aligned to 16 bytes, as interpreters want it. */
extern const unsigned char {name}_tflite[{upper}_TFLITE_BYTES];

#ifdef __cplusplus
}}
#endif

#endif
"""

_SOURCE = """/* {name}_tflite.c -- a .tflite network as a C array. Written by edgeopt; do not edit. */
#include "{name}_tflite.h"

#if defined(__GNUC__)
__attribute__((aligned(16)))
#endif
const unsigned char {name}_tflite[{upper}_TFLITE_BYTES] = {{
{data}
}};
"""

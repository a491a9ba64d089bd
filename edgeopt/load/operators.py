"""Operators of a .tflite: their names and their options."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgeopt.errors import MalformedModel
from edgeopt.load.flatbuffer import AGAIN, Reader, Record
from edgeopt.load.names import printable
from edgeopt.load.schema import CUSTOM, OPERATORS, OPTIONS_OF, PLACEHOLDER_FOR_GREATER_OP_CODES


@dataclass(frozen=True)
class Operator:
    """One operator as the file has it; indices of tensors, -1 for an input that is left out."""

    name: str  # of BuiltinOperator, or the custom code
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, Any]


def read_operators(reader: Reader, records: Sequence[Record], codes: Sequence[Record]) -> tuple[Operator, ...]:
    """The operators in the file's order, which is the order of execution."""
    names = [operator_name(code) for code in codes]
    return tuple(_operator(reader, record, names, index) for index, record in enumerate(records))


def operator_name(code: Record) -> str:
    """`CONV_2D`; the custom code of a custom operator; `operator 250` of one that is newer than this schema."""
    old = code["deprecated_builtin_code"]  # has 7 bits; above, it is a placeholder
    number = code["builtin_code"] if old == PLACEHOLDER_FOR_GREATER_OP_CODES else max(old, code["builtin_code"])
    if number == CUSTOM:
        return printable(code["custom_code"] or "") or "CUSTOM"
    return OPERATORS[number] if 0 <= number < len(OPERATORS) else f"operator {number}"


def _operator(reader: Reader, record: Record, names: Sequence[str], index: int) -> Operator:
    code = record["opcode_index"]
    if code >= len(names):
        raise MalformedModel(f"operator {index} has code {code}, and there are {len(names)}", AGAIN)
    inputs, outputs = (() if record[key] is None else tuple(record[key].tolist()) for key in ("inputs", "outputs"))
    if not outputs:
        raise MalformedModel(f"operator {index}, {names[code]}, has no output", AGAIN)
    return Operator(names[code], inputs, outputs, _options(reader, record, names[code]))


def _options(reader: Reader, record: Record, name: str) -> dict[str, Any]:
    """The options by their schema's names, defaults filled in; a custom one's are bytes under `custom_options`."""
    if record["large_custom_options_offset"] > 1:
        start, size = record["large_custom_options_offset"], record["large_custom_options_size"]
        return {"custom_options": reader.bytes_at(start, size, "custom options").tobytes()}
    if record["custom_options"] is not None:
        return {"custom_options": record["custom_options"].tobytes()}
    if name not in OPTIONS_OF:
        return {}
    number, table = OPTIONS_OF[name]
    position = record["builtin_options"]
    if record["builtin_options_type"] not in (0, number):
        raise MalformedModel(f"{name} has options of kind {record['builtin_options_type']}, not {table}", AGAIN)
    options = reader.defaults(table) if position is None else reader.table(table, position)
    return {key: value.tolist() if hasattr(value, "tolist") else value for key, value in options.items()}

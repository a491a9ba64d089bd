"""Options of an operator, by their schema's names."""

from typing import Any

from edgeopt.errors import MalformedModel
from edgeopt.schema import AGAIN, Operator, Reader
from edgeopt.schema.tflite import OPTIONS_OF


def read_options(reader: Reader, operator: Operator) -> dict[str, Any]:
    """The options, defaults filled in; a custom operator's are bytes under `custom_options`."""
    record, name = operator.record, operator.name
    if record["large_custom_options_offset"] > 1:
        start, size = record["large_custom_options_offset"], record["large_custom_options_size"]
        return {"custom_options": reader.bytes_at(start, size, "custom options").tobytes()}
    if record["custom_options"] is not None:
        return {"custom_options": record["custom_options"].tobytes()}
    if name not in OPTIONS_OF:
        return {}
    number, table = OPTIONS_OF[name]
    position = record["builtin_options"]
    if record["builtin_options_type"] != (0 if position is None else number):
        raise MalformedModel(f"{name} has options of kind {record['builtin_options_type']}, not {table}", AGAIN)
    options = reader.defaults(table) if position is None else reader.table(table, position)
    return {key: value.tolist() if hasattr(value, "tolist") else value for key, value in options.items()}

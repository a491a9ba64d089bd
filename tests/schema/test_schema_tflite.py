"""The excerpt of the schema agrees with the code that flatc generated from the whole of it."""

import re

import pytest

from edgeopt.schema.tflite import OPERATORS, OPTIONS_OF, SCHEMA

generated = pytest.importorskip("ai_edge_litert.schema_py_generated", reason="pip install ai-edge-litert")

OUR_NAMES = {
    "Quantization": "QuantizationParameters",
    "Activation": "ActivationFunctionType",
    "WeightsFormat": "FullyConnectedOptionsWeightsFormat",
}
SLOT_KINDS = {
    "PrependBoolSlot": "bool",
    "PrependInt8Slot": "byte",
    "PrependUint8Slot": "ubyte",
    "PrependInt32Slot": "int",
    "PrependUint32Slot": "uint",
    "PrependInt64Slot": "long",
    "PrependUint64Slot": "ulong",
    "PrependFloat32Slot": "float",
    "PrependUOffsetTRelativeSlot": "offset",
}


class Recorder:
    """Stands in for a flatbuffers builder and keeps what it was asked to write."""

    call: tuple[str, tuple[object, ...]] = ("", ())

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        return lambda *arguments: setattr(self, "call", (name, arguments))


def generated_slots(table: str) -> dict[str, tuple[int, str, float]]:
    """name without underscores -> (slot, kind, default) of the generated code."""
    slots = {}
    for function in dir(generated):
        if match := re.fullmatch(f"{table}Add([A-Z]\\w*)", function):
            recorder = Recorder()
            getattr(generated, function)(recorder, 0)
            kind, (slot, _, default) = recorder.call
            slots[match[1].lower()] = (int(slot), SLOT_KINDS[kind], float(default))
    return slots


@pytest.mark.parametrize("table", sorted(SCHEMA.tables))
def test_fields_have_the_slots_types_and_defaults_of_the_schema(table: str) -> None:
    slots = generated_slots(OUR_NAMES.get(table, table))
    for slot, field in enumerate(SCHEMA.tables[table]):
        if field.type == "_" and field.name.replace("_", "") not in slots:
            continue  # deprecated: flatc generates nothing for it
        theirs = slots[field.name.replace("_", "")]
        kind = "byte" if field.type in SCHEMA.enums else field.type
        scalar = kind in SLOT_KINDS.values()
        assert theirs[0] == slot
        assert scalar or theirs[1] == "offset" or field.type == "_"
        assert not scalar or theirs == (slot, kind, field.default)


@pytest.mark.parametrize("enum", sorted(SCHEMA.enums))
def test_enums_have_the_values_of_the_schema(enum: str) -> None:
    theirs = vars(getattr(generated, OUR_NAMES.get(enum, enum)))
    assert {name: value for value, name in enumerate(SCHEMA.enums[enum])} == {
        name: value for name, value in theirs.items() if not name.startswith("_")
    }


def test_operators_have_the_numbers_of_the_schema() -> None:
    assert [getattr(generated.BuiltinOperator, name) for name in OPERATORS] == list(range(len(OPERATORS)))


def test_options_tables_have_the_numbers_of_the_union() -> None:
    for operator, (number, table) in OPTIONS_OF.items():
        assert operator in OPERATORS
        assert getattr(generated.BuiltinOptions, table) == number

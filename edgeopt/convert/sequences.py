"""Networks that remember: whether a sample is a sequence of its own, or goes on where the one before has ended.

A layer that sees several time steps in one inference sees whole sequences, as every LSTM of Keras does that is not
stateful: it begins each call with zeros, though the .tflite that is made of it goes on. So all that judges or
calibrates such a network resets it before every sample. A layer that sees one time step (an SVDF, an LSTM of one step,
a variable) would have nothing to remember then: its network is a stream, and the samples are run in their order.
"""

from __future__ import annotations

from edgeopt.errors import ModelError
from edgeopt.schema import ModelFile, Operator, read_model

_SEQUENCE, _CELL = "UNIDIRECTIONAL_SEQUENCE_LSTM", 19  # the position of its cell state
WITH_STATE = (_SEQUENCE, "SVDF", "READ_VARIABLE")


def begins_anew(model: bytes) -> bool:
    """Whether the network of a .tflite is to be reset before each sample; no of a file that cannot be read."""
    sees_sequences = _remembering(model)
    return bool(sees_sequences) and all(sees_sequences)


def notes(model: bytes) -> tuple[str, ...]:
    """What whoever uses the C of a network that remembers must know."""
    if not _remembering(model):
        return ()
    judged = "each sample was taken for one" if begins_anew(model) else "the samples were taken for a single one"
    return (f"it remembers from one inference to the next: call <name>_reset where a sequence begins; here {judged}",)


def _remembering(model: bytes) -> tuple[bool, ...]:
    """Of each layer that remembers, whether it sees whole sequences."""
    try:
        file = read_model(model)
    except ModelError:
        return ()
    return tuple(_sees_sequences(file, operator) for operator in file.operators if operator.name in WITH_STATE)


def _sees_sequences(file: ModelFile, operator: Operator) -> bool:
    if (
        operator.name != _SEQUENCE
        or len(operator.inputs) <= _CELL
        or -1 in (operator.inputs[0], operator.inputs[_CELL])
    ):
        return False
    given, cell = (file.tensors[operator.inputs[position]]["shape"] for position in (0, _CELL))
    if given is None or cell is None or len(given) != 3 or len(cell) != 2:
        return False
    return int(given[0]) * int(given[1]) > int(cell[0])  # steps and batches, in either order; batches

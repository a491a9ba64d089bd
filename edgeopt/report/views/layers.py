"""The table of layers: what each one is, the kernel that it got and why, and what it costs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from edgeopt.report.results import LayerRow
from edgeopt.report.text import LABELS, grid, layer_label, number, pairs

_WIDE = 110  # columns that the names and the numbers of a layer need beside each other


@dataclass(frozen=True)
class LayerTable:
    """One row a layer. Many layers share the reason for their kernel: the reasons stand below, marked by letters.

    `memory` shows the bytes of each layer too. On a narrow terminal operator and kernel move under the layer's name.
    """

    layers: Sequence[LayerRow]
    memory: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        marks = reason_marks(self.layers)
        columns = self._numbers()
        wide = options.max_width >= _WIDE
        names = ["layer", "operator", "kernel"] if wide else ["layer, operator, kernel"]

        def cells(layer: LayerRow) -> list[str]:
            label = _names(layer, marks.get(layer.why, ""), wide)
            return [str(layer.index), *label, *(cell(layer) for cell in columns.values())]

        rows = map(cells, self.layers)
        yield grid(["", *names, *columns], rows, right=["", *columns])
        if marks:
            yield Text("")
            yield pairs((mark, why) for why, mark in marks.items())

    def _numbers(self) -> dict[str, Callable[[LayerRow], str]]:
        """The columns of numbers; cycles of one label each."""
        columns: dict[str, Callable[[LayerRow], str]] = {"MACs": lambda layer: number(layer.macs)}
        if any(layer.binary_macs for layer in self.layers):
            columns["binary\nMACs"] = lambda layer: number(layer.binary_macs)
        if self.memory:
            columns["constant\nbytes"] = lambda layer: number(layer.constant_bytes)
            columns["live\nbytes"] = lambda layer: number(layer.live_bytes)
        if any(layer.instructions is not None for layer in self.layers):
            columns["instructions"] = lambda layer: number(layer.instructions)
        for label in LABELS:
            if any(layer.cycles is not None and layer.cycles.kind == label for layer in self.layers):
                columns[f"cycles\n{label}"] = _cycles(label)
        return columns


def _cycles(label: str) -> Callable[[LayerRow], str]:
    return lambda layer: number(layer.cycles.value) if layer.cycles is not None and layer.cycles.kind == label else ""


def _names(layer: LayerRow, mark: str, wide: bool) -> list[str]:
    name, kernels = layer_label(layer.name), " ".join(layer.kernels) or "none"
    if wide:
        return [name, layer.op, f"{kernels} {mark}".rstrip()]
    return [f"{name} {mark}".rstrip() + f"\n  {layer.op} {kernels}"]


def reason_marks(layers: Sequence[LayerRow]) -> dict[str, str]:
    """Reason -> (a), (b), ... in the order of their first layer."""
    reasons = dict.fromkeys(layer.why for layer in layers if layer.why)
    return {why: f"({_letters(index)})" for index, why in enumerate(reasons)}


def _letters(index: int) -> str:
    return ("" if index < 26 else _letters(index // 26 - 1)) + ascii_lowercase[index % 26]

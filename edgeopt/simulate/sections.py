"""Sections: what was executed from one mark to another, once a run, and by layer.

edgeopt's firmware marks by calling functions that do nothing: eo_mark_begin, eo_mark_layer(n), eo_mark_end. What such
a function executes from its entry until it returns, and what it calls, belongs to no section. The same holds for
eo_mark_hook, the name to give to the function that a model calls before each layer and that calls eo_mark_layer; what
remains of the marking in a layer is the model's own call. For a foreign program any two functions can be named, A and
B: a run then lasts from an entry of A to the next entry of B, with A's instructions and without B's.
"""

from typing import Protocol

from edgeopt.errors import UsageError
from edgeopt.simulate.counts import LayerRun, SectionRun, Sums, add_sums, make_profile
from edgeopt.simulate.elf import ElfImage

_BEGIN, _END, _LAYER, _HOOK = "eo_mark_begin", "eo_mark_end", "eo_mark_layer", "eo_mark_hook"


class Caller(Protocol):
    """The registers by which a function was called."""

    def argument(self, index: int) -> int: ...

    @property
    def return_address(self) -> int: ...


class Sections:
    """A counting.Watcher that splits what is counted into `runs` and their layers.

    UsageError if `image` does not have a function that `between` names.
    """

    def __init__(self, image: ElfImage, between: tuple[str, str] | None, with_cycles: bool, caller: Caller) -> None:
        begin, end = between or (_BEGIN, _END)
        names = between or (_BEGIN, _END, _LAYER, _HOOK)
        if between is not None:
            _check(image, between)
        self.addresses = frozenset(image.symbols[name] for name in names if name in image.symbols)
        self.runs: list[SectionRun] = []
        self._begin = image.symbols.get(begin)
        self._end = image.symbols.get(end)
        self._layer_mark = image.symbols.get(_LAYER) if between is None else None
        self._is_silent = between is None
        self._with_cycles = with_cycles
        self._caller = caller
        self._run: Sums | None = None
        self._layer: tuple[int, Sums] | None = None
        self._layers: list[LayerRun] = []

    def arrived(self, address: int, sums: Sums) -> int | None:
        if self._run is not None:
            add_sums(self._run, sums)
        if self._layer is not None:
            add_sums(self._layer[1], sums)
        if address == self._end and self._run is not None:
            self.runs.append(SectionRun(make_profile(self._run, self._with_cycles), tuple(self._layers)))
            self._run = self._layer = None
        if address == self._begin:
            self._run, self._layer, self._layers = {}, None, []
        if address == self._layer_mark and self._run is not None:
            self._next_layer(self._caller.argument(0))
        return self._caller.return_address if self._is_silent else None

    def _next_layer(self, number: int) -> None:
        # The model's last mark has the number of layers: it ends the last one, and what it would begin has no end.
        if self._layer is not None:
            self._layers.append(LayerRun(self._layer[0], make_profile(self._layer[1], self._with_cycles)))
        self._layer = (number, {})


def _check(image: ElfImage, names: tuple[str, str]) -> None:
    functions = {function.name: function.address for function in image.functions}
    for name in names:
        if name not in image.symbols or image.symbols[name] not in functions.values():
            raise UsageError(f"{image.path}: has no function `{name}`", "`arm-none-eabi-nm` lists those it has")

"""A name -> item table that fills itself: importing a package's files registers what they define."""

import difflib
import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Generic, TypeVar

from edgeopt.errors import UsageError

T = TypeVar("T")


class Registry(Generic[T]):
    """Items of one kind by name. `package` holds the files that register them, one a file."""

    def __init__(self, kind: str, package: str = "") -> None:
        self.kind = kind
        self._package = package
        self._items: dict[str, T] = {}
        self._filled = not package
        self._filling = False
        self._lock = threading.RLock()  # several boards are simulated at once: none may see half of the table

    def register(self, name: str) -> Callable[[T], T]:
        def add(item: T) -> T:
            if name in self._items:
                raise ValueError(f"two {self.kind}s are called `{name}`")
            self._items[name] = item
            return item

        return add

    def get(self, name: str) -> T:
        """The item called `name`; UsageError with a near name where there is none."""
        self._fill()
        if name not in self._items:
            near = difflib.get_close_matches(name, self._items, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(self.names())}"
            raise UsageError(f"no {self.kind} is called `{name}`", hint)
        return self._items[name]

    def names(self) -> tuple[str, ...]:
        self._fill()
        return tuple(sorted(self._items))

    def __contains__(self, name: object) -> bool:
        self._fill()
        return name in self._items

    def __iter__(self) -> Iterator[tuple[str, T]]:
        return iter([(name, self._items[name]) for name in self.names()])

    def _fill(self) -> None:
        if self._filled:
            return
        with self._lock:
            if self._filled or self._filling:  # a file that is being imported may look something up
                return
            self._filling = True
            try:
                import_all(importlib.import_module(self._package))
                self._filled = True
            finally:
                self._filling = False


def import_all(package: ModuleType) -> None:
    """Import every module of `package` and of the packages in it, so that their registrations run."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)

"""The registry: no duplicates, the item is given back, near names are suggested, a package fills it."""

import sys
import threading
from pathlib import Path

import pytest

from edgeopt.errors import UsageError
from edgeopt.registry import Registry


def test_decorated_item_stays_itself() -> None:
    registry: Registry[type] = Registry("animal")

    @registry.register("cat")
    class Cat:
        pass

    assert registry.get("cat") is Cat
    assert "cat" in registry and "dog" not in registry


def test_two_of_one_name_are_refused() -> None:
    registry: Registry[int] = Registry("number")
    registry.register("one")(1)
    with pytest.raises(ValueError, match="two numbers are called `one`"):
        registry.register("one")(2)


def test_near_name_is_suggested() -> None:
    registry: Registry[int] = Registry("number")
    registry.register("seven")(7)
    with pytest.raises(UsageError, match="no number is called `sevn`") as caught:
        registry.get("sevn")
    assert caught.value.hint == "did you mean `seven`?"
    with pytest.raises(UsageError) as caught:
        registry.get("zzz")
    assert caught.value.hint == "there are: seven"


def test_names_are_sorted_and_a_package_fills_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "eo_test_zoo"
    package.mkdir()
    (package / "__init__.py").write_text("from edgeopt.registry import Registry\nZOO = Registry('animal', __name__)\n")
    for name in ("zebra", "ant"):
        (package / f"{name}.py").write_text(f"from eo_test_zoo import ZOO\nZOO.register('{name}')('{name}!')\n")
    monkeypatch.syspath_prepend(tmp_path)
    zoo = __import__("eo_test_zoo").ZOO
    assert zoo.names() == ("ant", "zebra")
    assert list(zoo) == [("ant", "ant!"), ("zebra", "zebra!")]
    for name in [name for name in sys.modules if name.startswith("eo_test_zoo")]:
        del sys.modules[name]


def test_threads_that_come_first_at_once_see_the_whole_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The import waits for the second thread, or a second at most: who does not wait for the table finds half of it."""
    package = tmp_path / "eo_test_crowd"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import threading\nfrom edgeopt.registry import Registry\n"
        "CROWD = Registry('animal', __name__)\nSTARTED = threading.Event()\nLOOKED = threading.Event()\n"
    )
    (package / "ant.py").write_text("from eo_test_crowd import STARTED, LOOKED\nSTARTED.set()\nLOOKED.wait(1.0)\n")
    (package / "bee.py").write_text("from eo_test_crowd import CROWD\nCROWD.register('bee')('bee!')\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = __import__("eo_test_crowd")
    found: list[tuple[str, ...]] = []

    def late() -> None:
        assert module.STARTED.wait(30.0)
        found.append(module.CROWD.names())
        module.LOOKED.set()

    thread = threading.Thread(target=late)
    thread.start()
    assert module.CROWD.names() == ("bee",)
    thread.join()
    assert found == [("bee",)]
    for name in [name for name in sys.modules if name.startswith("eo_test_crowd")]:
        del sys.modules[name]

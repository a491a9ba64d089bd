"""Call paths: which function was called by which, as far as branches tell, without looking at the stack.

The path is a property of the edge between two blocks: a call leads to a path longer by one function, a return to the
one shorter, and a branch to the start of another function is a tail call, which takes the caller's place. A path never
holds a function twice: recursion goes on where the function is already. What fits nothing of that (a longjmp, a switch
of stacks) is looked up in the path. What is called deeper than DEEPEST is merged there, under OTHER_PATHS, by function;
so is, at the root, all that is new when there are MOST_CONTEXTS.
"""

from collections.abc import Callable

OTHER_PATHS = "(other paths)"
DEEPEST = 64
MOST_CONTEXTS = 4096


class Context:
    """A function that was called by way of `parent`."""

    __slots__ = ("children", "depth", "function", "parent")

    def __init__(self, function: str, parent: "Context | None") -> None:
        self.function = function
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.children: dict[str, Context] = {}

    @property
    def path(self) -> tuple[str, ...]:
        """Functions from the outermost to this one."""
        names: list[str] = []
        context: Context | None = self
        while context is not None and context.parent is not None:
            names.append(context.function)
            context = context.parent
        return tuple(reversed(names))

    def find(self, function: str) -> "Context | None":
        """The nearest context of `function` in this path, itself included."""
        context: Context | None = self
        while context is not None and context.function != function:
            context = context.parent
        return context


class CallPaths:
    """The tree of contexts; `is_start` tells whether a function begins at an address."""

    def __init__(self, is_start: Callable[[int], bool], deepest: int = DEEPEST, most: int = MOST_CONTEXTS) -> None:
        self.root = Context("", None)
        self._is_start = is_start
        self._deepest = deepest
        self._most = most
        self._known = 0

    def follow(self, context: Context, is_call: bool, target: int, function: str) -> Context:
        """Where control is after it went from `context` to address `target` in `function`."""
        if is_call:
            return context.find(function) or self._child(context, function)
        if function == context.function:
            return context
        caller = context.parent or self.root
        if self._is_start(target) or context.parent is None:
            return caller.find(function) or self._child(caller, function)
        # A return. Into a function that recursion took from the path, it leads below.
        return caller.find(function) or self._child(context, function)

    def _child(self, context: Context, function: str) -> Context:
        """What `function` is below `context`, or where it is merged."""
        if context.parent is not None and context.parent.function == OTHER_PATHS:
            context = context.parent  # what is merged is one level deep
        child = context.children.get(function)
        if child is not None:
            return child
        if self._known >= self._most:
            return self._add(self._add(self.root, OTHER_PATHS), function)
        if context.depth >= self._deepest and context.function != OTHER_PATHS:
            return self._child(self._add(context, OTHER_PATHS), function)
        return self._add(context, function)

    def _add(self, context: Context, function: str) -> Context:
        child = context.children.get(function)
        if child is None:
            child = context.children[function] = Context(function, context)
            self._known += 1
        return child

"""A cache of lines with exact least-recently-used replacement, of which the block hook need not be told of hits.

Code that is wholly in the cache only notes when it ran (`User.used`); a line's last use is worked out from the code
that lies in it when something has to go. A line that goes makes that code cold, so that it is looked up again. All
lines of hot code count as used when it began: exact among code, and to a block's length beside data in a shared cache.
"""

import heapq
from typing import Protocol


class User(Protocol):
    """A stretch of code. `hot`: all its lines are in the cache, and it is not looked up; `used` is when it ran last."""

    hot: bool
    used: int


class Line:
    """`number` is address / line size. The access of unit `first` brought its part at time `ready`, all at `full`."""

    __slots__ = ("first", "full", "number", "ready", "used", "users")

    def __init__(self, number: int) -> None:
        self.number = number
        self.used = 0
        self.users: list[User] = []
        self.first = 0
        self.ready = 0
        self.full = 0

    def last_use(self) -> int:
        return max(self.used, max((user.used for user in self.users), default=0))


class Cache:
    """`size_bytes` in lines of `line_bytes`, `ways` lines a set (0: any line anywhere)."""

    def __init__(self, size_bytes: int, line_bytes: int, ways: int) -> None:
        lines = size_bytes // line_bytes
        self.ways = min(ways, lines) if ways else lines
        self.sets = lines // self.ways
        self.resident: dict[int, Line] = {}  # by number; `insert` alone changes it
        self._users: dict[int, list[User]] = {}
        # By set: (a time not after the line's last use, its number). Times are corrected when one comes to the front.
        self._queues: list[list[tuple[int, int]]] = [[] for _ in range(self.sets)]

    def find(self, number: int) -> Line | None:
        """The line, if it is here."""
        return self.resident.get(number)

    def watch(self, number: int, user: User) -> None:
        """`user` lies, in part, in this line."""
        users = self._users.setdefault(number, [])
        users.append(user)
        line = self.resident.get(number)
        if line is not None:
            line.users = users

    def insert(self, number: int, now: int) -> Line:
        """The line, new in the cache; where its set is full, the line goes that was not used for the longest time."""
        queue = self._queues[number % self.sets]
        if len(queue) == self.ways:
            self._evict(queue)
        line = self.resident[number] = Line(number)
        line.users = self._users.get(number, [])
        line.used = now
        heapq.heappush(queue, (now, number))
        return line

    def _evict(self, queue: list[tuple[int, int]]) -> None:
        while True:
            noted, number = queue[0]
            line = self.resident[number]
            used = line.last_use()
            if used <= noted:
                break
            heapq.heapreplace(queue, (used, number))
        heapq.heappop(queue)
        del self.resident[number]
        for user in line.users:
            user.hot = False

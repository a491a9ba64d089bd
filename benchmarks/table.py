"""A table that knows which of its figures miss their target."""

from dataclasses import dataclass, field


@dataclass
class Table:
    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    missed: bool = False

    def add(self, *cells: str) -> None:
        self.rows.append(list(cells))

    def judged(self, text: str, reached: bool) -> str:
        """`text`, marked where the target was missed."""
        self.missed |= not reached
        return text if reached else f"{text} **missed**"

    def markdown(self) -> str:
        rule = ["---", *["---:"] * (len(self.columns) - 1)]
        lines = [self.columns, rule, *self.rows]
        return f"**{self.title}**\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)

"""The operators and their limits as Markdown: `python -m edgeopt.report.supported_ops > docs/supported_ops.md`."""

from edgeopt.ops import OPS

_HEAD = """# Supported operators

Written by `python -m edgeopt.report.supported_ops`; a test says whether it is current. A model that breaks a limit is
refused with the same sentence and the name of the layer.

| operator | needs that |
|---|---|
"""


def supported_ops() -> str:
    """The page, a row an operator."""
    rows = (f"| {name} | {'; '.join(limit.sentence for limit in op.limits) or '-'} |" for name, op in OPS)
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(supported_ops(), end="")

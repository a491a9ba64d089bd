"""The command line, one small file a verb: `edgeopt VERB ...`."""

from edgeopt.cli._app import main

__all__ = ["main"]

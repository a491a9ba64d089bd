"""Plan -> C: the model's sources, the kernel files that they call, and the manifest."""

from edgeopt.emit.names import c_name
from edgeopt.emit.project import CProject, Provenance, emit, model_files

__all__ = ["CProject", "Provenance", "c_name", "emit", "model_files"]

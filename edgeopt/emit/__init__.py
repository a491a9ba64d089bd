"""Plan -> C: the model's sources, the kernel files that they call, and the manifest."""

from edgeopt.emit.names import c_name, clash, unique_names
from edgeopt.emit.network import Network, ProjectModel
from edgeopt.emit.project import CProject, Provenance, emit, model_files

__all__ = [
    "CProject",
    "Network",
    "ProjectModel",
    "Provenance",
    "c_name",
    "clash",
    "emit",
    "model_files",
    "unique_names",
]

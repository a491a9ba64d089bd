"""One file an operator, registered under its .tflite name: attributes, shape rule, reference, C call, limits."""

from edgeopt.ir import Op
from edgeopt.registry import Registry

OPS: Registry[type[Op]] = Registry("operator", "edgeopt.ops")

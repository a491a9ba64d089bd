"""How each operator of a file becomes integer work: one function an operator, registered under its name."""

"""One file an emulated power meter: what the driver of the same name in `meters/` speaks with."""

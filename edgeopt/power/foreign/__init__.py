"""One file a format of traces that others wrote; each registers itself in `foreign_trace.FOREIGN`."""

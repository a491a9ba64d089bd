"""One file a power meter."""

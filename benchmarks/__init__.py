"""Benchmarks: figures beside the peers', bit-exactness on every core and compiler, speed of the tool itself."""

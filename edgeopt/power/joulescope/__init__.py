"""Jetperch's Joulescopes: the part of pyjoulescope_driver that is used, and its streams put side by side."""

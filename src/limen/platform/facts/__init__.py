"""The log of facts, seen from a command: see recorder.py."""

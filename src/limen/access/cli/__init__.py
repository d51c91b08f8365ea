"""Commands: one file a noun, found by its name."""

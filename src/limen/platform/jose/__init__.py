"""Signed tokens (JOSE): `sign` makes ours, `verify` is the one way to believe one.

Read `algorithms`, `keys`, `sign`, `verify`, then `verified`.  Import from those modules: this
one stays empty, so that a command that signs nothing does not load the cryptography.
"""

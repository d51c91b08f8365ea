"""Copies of the whole store: made while everybody goes on, and put back.

Read `manifest`, `copies`, then `effects` (what a restored copy must let go of).  A copy holds
no master key: keep that elsewhere, without it the copy cannot be opened by anybody.
"""

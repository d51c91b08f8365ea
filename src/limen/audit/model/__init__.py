"""The rules of the log, without a store: leaves, the tree over them, signed heads, the check.

Read `leaves`, `tree`, `notes`, `keys`, then `check`.  docs/reference/audit-format.md says
the same for whoever writes a verifier of their own.
"""

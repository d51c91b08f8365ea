"""The log of facts: sealed, chained, signed, and provable offline.

It imports no other context: it reads `events`, which the platform owns.
Read `api.py`, `model.py` (leaves, tree, notes), `usecases/seal.py`, `usecases/verify.py`.
"""

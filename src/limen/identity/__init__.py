"""People: accounts, their e-mail addresses and profiles, and what becomes of them.

Read `api.py`, `model.py`, `usecases/`, `store.py`, then the faces.
"""

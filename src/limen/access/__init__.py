"""Who may do what: roles with named permissions, for people and for machine clients.

Read `api.py`, `model.py`, `usecases/`, `store.py`.
"""

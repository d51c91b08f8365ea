"""Tenants: hard-isolated realms with their own issuer, keys, users and settings.

Read `api.py`, `model.py`, `usecases/`, `store.py`, `http.py`, `cli.py`.
"""

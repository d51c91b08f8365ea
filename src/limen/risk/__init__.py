"""Abuse: how often something may be tried, and when an account or address must wait.

Read `api.py`, `model.py`, `usecases/`, `store.py`.
"""

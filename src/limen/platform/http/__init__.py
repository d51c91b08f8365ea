"""The front door: plain ASGI, one table of routes, one place where each is guarded.

Read `messages.py` (what handlers see), `registry.py`, `door.py`, `guard.py`, `answers.py`.
"""

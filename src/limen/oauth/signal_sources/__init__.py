"""Listening to others' security events: a receiver of the Shared Signals Framework 1.0.

Read `model.py` (a source, and what its events do here), `believing.py` (whether a token is what
it says), `people.py` (whom it is about), `taking.py` (what is done, once), then `http/push.py`
(RFC 8935) and `polling.py` (RFC 8936).
"""

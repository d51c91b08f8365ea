"""Mail: rendered before the unit, queued in it, delivered after it, then deleted.

Read `composing.py`, `outbox.py`, `delivery.py`, `smtp.py`; `inbox.py` is for dev.
"""

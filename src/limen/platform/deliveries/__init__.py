"""Posts to others' addresses: queued in the unit of the change, sent after it, tried for a day.

Read `kernel/deliveries.py` (the port), `outbox.py`, `sender.py`, `pace.py`; `store.py` has the
tables.  `delivery_queue` holds what is yet to be sent, of all tenants, with nothing in it but
when and where to; a row there is also the lease of whoever sends it.
"""

"""Request objects (RFC 9101, OpenID Connect Core §6): read `model.py`, then `objects.py`."""

"""Pushed authorization requests (RFC 9126): read `pushed.py`, then `http.py`."""

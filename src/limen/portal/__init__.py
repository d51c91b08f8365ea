"""The hosted pages: sign-in, sign-up, recovery, consent, sign-out, and the way to each.

Faces only, no rules.  Read `routes.py`, `destinations.py` (where a person goes next), then
`pages/`.
"""

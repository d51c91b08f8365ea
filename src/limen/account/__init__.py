"""A person's own pages: profile, addresses, password, sessions, connected applications.

Faces only, no rules.  Read `routes.py`, `person.py`, then `pages/`.
"""

"""Clients' TLS certificates: where a request's own comes from, and what may be believed of it.

Read `settings`, then `certificates`.
"""

"""Profiles: OAuth 2.1 for everybody, FAPI 2.0 where a client or its tenant asks for it.

The rules are data, one small function each with the number of its section: `registration` says
what a client must be, `requests` how it must ask.  Read `model`, then these two.
"""

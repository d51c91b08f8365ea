"""The demo application: a relying party that shows what it does, in dev only.

It knows the issuer and its own client, and talks to the rest as any application would: by
discovery and HTTP.  Read `relying_party.py`, then `pages.py`.
"""

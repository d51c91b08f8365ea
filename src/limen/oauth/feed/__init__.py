"""The revocation feed: resource servers hear within a second which tokens to refuse.

It follows the log of facts, so that nothing is done where something is revoked.  Read `model`
(which facts concern whom, and what is said of them), `reading`, `http`.
"""

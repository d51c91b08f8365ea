"""DPoP (RFC 9449): tokens that only the holder of a key can use.

Read `model`, what a proof must say; `nonces`, times that we gave out; `proofs`, which puts them
together for a request.
"""

"""The signing keys of a tenant: made, published ahead of use, rotated, revoked.

Each algorithm has a chain of keys, one signing, the next already published, those before
still verifying what they signed.  Time alone moves along the chain; nothing must run for a
key to take over.  Read `api`, `model`, `keyset`, then `usecases`.
"""

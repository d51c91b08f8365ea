"""The rules of trust in others' tokens: what an issuer may be, what its claims must say."""

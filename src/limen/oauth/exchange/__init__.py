"""Token exchange (RFC 8693): a token for another, never wider, never longer, with who acts.

Read `model`, `parties` (whose tokens are presented), `acting`, `targets`, `grant`, `jags`.
"""

"""The rules of the authorization server: pure, no clock, no store.

Read `scopes`, `redirects`, `registration`, `pkce`, `claims`, `request`, then `interaction`.
"""

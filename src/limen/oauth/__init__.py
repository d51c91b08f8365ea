"""The OAuth 2.1 authorization server and OpenID provider.

Read `api.py`, `routes.py`, `authorize/__init__.py` (the checks, in order), `token.py`,
`grants/`, `client_auth/`, `tokens.py`, `keys/`.
"""

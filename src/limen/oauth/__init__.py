"""The OAuth 2.1 authorization server and OpenID provider.

Read `api.py`, `routes.py`, `parameters.py`; then the way of a code: `authorize/__init__.py`
(the checks, in order), `model/interaction.py`, `interactions.py`, `usecases/issue_code.py`;
then that of a token: `http/token.py`, `client_auth/`, `grants/`, `issuing.py`, `tokens.py`; then
who believes it: `access_tokens.py`, `bindings.py`, `bearer.py`, `http/userinfo.py`.  Keys are a
world of their own: `keys/`.
"""

"""Browser sessions and refresh-token families: how long a sign-in lasts.

Read `api.py`, `model.py`, `usecases/rotate_refresh_token.py`, `store.py`.
"""

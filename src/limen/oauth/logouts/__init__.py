"""Telling applications that a person signed out: by the back channel and by the front channel.

Read `model.py` (what is said), `participants` in `store.py` (who saw which session), `told.py`
(a session ends), `posts.py` (a logout token is made when it is sent), `left.py` (the page after
signing out), then `states.py` (session management).
"""

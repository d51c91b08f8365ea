"""How a person proves who they are.  Each method is a folder in `methods/`.

Read `api.py`, `usecases/sign_in.py`, `methods/password/`.
"""

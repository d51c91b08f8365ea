"""What can happen around signing in; each file is one thing.

`prove_password` and `replace_password` are steps that several of them share.
"""

"""Passwords: what one may be (`rules`), how it is kept (`hashing`), and where (`store`)."""

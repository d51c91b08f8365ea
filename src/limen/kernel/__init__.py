"""The vocabulary that every context shares; it knows no framework and no store.

Read `errors`, `uow`, `request`, `events`, `standing`, then `routes`.
"""

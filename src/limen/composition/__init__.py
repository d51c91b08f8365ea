"""How the pieces are put together; `limen.app` is its face.

Read `platform.py` (the services), `contexts.py` (who needs whom), `calls.py` (commands).
"""

"""How fast it is: requests per CPU-second of the server, beside a bare application.

Read `__main__.py` (what is measured), `processes.py` (servers and their CPU time), `fixture.py`
(what is in the store), `load.py` (wrk), `lua/` (what wrk sends), `report.py`.
"""

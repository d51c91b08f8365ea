"""How we touch the world: store, HTTP, sealing, JOSE, mail, settings, telemetry, command line.

It imports the kernel only.  Read `services.py`: it names what contexts get of all this.
"""

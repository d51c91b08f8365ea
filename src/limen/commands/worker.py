"""Background work as a process of its own: sealing, deliveries, retention."""

from limen.commands.serve import refuse_on_sqlite
from limen.platform.cli.commands import verb
from limen.platform.cli.store import load_config


@verb("worker", example="limen worker")
def command() -> None:
    """Work until stopped; several may run, one alone does each thing."""
    config = load_config()
    refuse_on_sqlite(config, "a worker of its own")
    from limen import server

    server.work(config)

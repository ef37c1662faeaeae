"""The machine that is to record: its key and server, folders, versions, backend; looked at without recording."""

from __future__ import annotations

from collections.abc import Iterator

from trackexp.tracking.setup.check import Check, Health

__all__ = ["Check", "Health", "examine"]


def examine() -> Iterator[Check]:
    """Yield one look after the other, the quick ones first; the server is asked last and may take some seconds."""
    from trackexp.settings import Environment
    from trackexp.tracking.opening.environment import load_dotenv
    from trackexp.tracking.setup import installed, surroundings

    load_dotenv()
    environment = Environment.read()
    yield installed.python()
    yield installed.wandb()
    yield installed.keras()
    yield installed.backend()
    yield from surroundings.folders(environment)
    yield surroundings.code(environment)
    yield from surroundings.account(environment)

"""The command line: one command a file; results to stdout, talk to stderr."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `trackexp` and return its exit code: 0 clean, 1 asked and lost, 2 usage or crash, 130 on Ctrl-C."""
    import sys

    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] == ["ls"]:  # typer takes longer to import than all the rest of a listing
        from trackexp.cli.runs.ls import main as listed

        return listed(given[1:])
    from trackexp.cli.app import app

    try:
        app(args=arguments, prog_name="trackexp")
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    return 0

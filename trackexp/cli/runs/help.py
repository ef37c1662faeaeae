"""`trackexp help [TOPIC]`: the pages of the documentation, in a terminal."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer
from rich.markdown import Markdown

from trackexp.errors import ConfigurationError, UsageError, nearest
from trackexp.reporting import console, table

_INSTALLED = ("share", "trackexp", "docs")  # as `options.data_files` of setup.cfg has it
_LEFT_OUT = {"index", "_build", "_generated"}
_MOVING = "moving"  # a page of that folder is named after where somebody comes from


def help(  # noqa: A001 - the command's name
    context: typer.Context,
    topic: Annotated[
        str | None,
        typer.Argument(metavar="[TOPIC]", help="A page, a command, or a rule; without it, the list of pages."),
    ] = None,
) -> None:
    """Show a page of the documentation; without a topic, list all of them."""
    found = topics(documentation_folder())
    if topic is None:
        _list(found)
        return
    word = topic.strip().lower().removesuffix(".md")
    if word in found:
        _show(found[word].read_text(encoding="utf-8"))
        return
    root = context.find_root().command
    commands = getattr(root, "commands", {})
    if word in commands or word == "trackexp":
        root.main([word, "--help"] if word in commands else ["--help"], prog_name="trackexp", standalone_mode=False)
    elif word[:2] == "tx" and word[2:].isdigit():
        root.main(["explain", word], prog_name="trackexp", standalone_mode=False)
    else:
        known = [*found, *commands]
        raise UsageError(f"{topic!r} is no topic{nearest(word, known)}; `trackexp help` lists them")


def documentation_folder() -> Path:
    """Return where the pages lie: beside the package in a checkout, below `share/` of an installation.

    Raises:
        ConfigurationError: They were not installed.
    """
    checkout = Path(__file__).parents[3] / "docs"
    if (checkout / "tutorial.md").is_file():
        return checkout
    try:
        listed = metadata.files("trackexp") or ()
    except metadata.PackageNotFoundError:
        listed = ()
    for file in listed:
        if file.name == "tutorial.md" and file.parts[-4:-1] == _INSTALLED:
            return Path(str(file.locate())).resolve().parent
    raise ConfigurationError("the pages of the documentation are not here: this trackexp was installed without them")


def topics(folder: Path) -> dict[str, Path]:
    """Return the pages by the name that `trackexp help` knows them by, those at the top first."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.md"), key=lambda path: (len(path.parts), path)):
        inside = path.relative_to(folder)
        if _LEFT_OUT.isdisjoint({*inside.parts, inside.stem}):
            name = f"from-{inside.stem}" if inside.parts[0] == _MOVING else inside.stem
            found.setdefault(name, path)
    return found


def _list(found: dict[str, Path]) -> None:
    rows = [(name, path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")) for name, path in found.items()]
    table(console(sys.stdout), ("topic", "page"), rows)
    typer.echo("\ntrackexp help TOPIC shows one; trackexp COMMAND --help a command, trackexp explain RULE a rule.")


def _show(text: str) -> None:
    out = console(sys.stdout)
    if out.is_terminal:
        out.print(Markdown(text))
    else:
        typer.echo(text.rstrip("\n"))

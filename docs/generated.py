"""Writes the part of the reference that is made from the package itself: commands, rules, settings, API, schemas.

    python docs/generated.py FOLDER

Nothing here is written twice: commands come from their `--help`, rules from their files (`trackexp explain --json`),
the API from `__all__` and docstrings, schemas from `trackexp/schemas`.
"""

from __future__ import annotations

import importlib
import inspect
import io
import json
import os
import re
import shutil
import sys
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

# What users import, in this order; an object that several export is documented where it stands first.
MODULES = {
    "trackexp": "Recording, reading, judging",
    "trackexp.keras": "Callbacks by hand",
    "trackexp.record": "What a run is",
    "trackexp.diagnosis": "Rules and policies",
    "trackexp.comparison": "Comparisons",
    "trackexp.evaluation": "Evaluations",
    "trackexp.partitioning": "Rows into parts",
    "trackexp.crossval": "Cross-validation",
    "trackexp.monitoring": "Monitoring",
    "trackexp.registry": "Registered models",
    "trackexp.serving": "Serving",
    "trackexp.stats": "Numbers with uncertainty",
    "trackexp.testing": "For tests of your own",
    "trackexp.errors": "Errors",
}
ERRORS = "trackexp.errors"


def write(folder: Path) -> None:
    """Write every generated page anew into a folder; pages whose text has not changed keep their time."""
    pages = {
        "commands.md": commands_page(),
        "configuration.md": configuration_page(rules := rules_told()),
        **rule_pages(rules),
        **api_pages(),
        **schema_pages(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.rglob("*.md"):
        if str(path.relative_to(folder)) not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")


def printed(*arguments: str) -> str:
    """Return what `trackexp` prints with these arguments, on a terminal of 100 columns."""
    from trackexp.cli import main

    kept = {name: os.environ.get(name) for name in ("COLUMNS", "TERM", "NO_COLOR")}
    os.environ.update(COLUMNS="100", TERM="dumb", NO_COLOR="1")
    sink = io.StringIO()
    try:
        with redirect_stdout(sink), suppress(SystemExit):
            main(arguments)
    finally:
        for name, value in kept.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
    return sink.getvalue()


def commands() -> list[str]:
    """Return the commands, those of groups as two words, in the order of `trackexp --help`."""
    import typer

    from trackexp.cli.app import app

    found = []
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        found += [f"{name} {inner}" for inner in getattr(command, "commands", {})] or [name]
    return found


def commands_page() -> str:
    """Return the page of commands: each with its `--help`."""
    head = (
        "# Commands\n\nResults go to stdout, talk to stderr. [Exit codes](../schemas.md#exit-codes) are the same "
        "everywhere.\n"
    )
    return "\n".join([head, help_section(""), *map(help_section, commands())])


def help_section(command: str) -> str:
    """Return a command's `--help` below a heading."""
    return f"## trackexp {command}".rstrip() + f"\n\n```text\n{printed(*command.split(), '--help').rstrip()}\n```\n"


def rules_told() -> list[dict[str, Any]]:
    """Return every rule as `trackexp explain --json` has it."""
    told: list[dict[str, Any]] = json.loads(printed("explain", "--json"))["rules"]
    return told


def rule_pages(rules: list[dict[str, Any]]) -> dict[str, str]:
    """Return the table of rules, and a page for each."""
    rows = [
        f"| [{rule['code']}]({rule['code']}.md) | `{rule['name']}` | {rule['severity']} | {rule['what'].rstrip('.')} |"
        for rule in rules
    ]
    toctree = "\n".join(f"{rule['code']} <{rule['code']}>" for rule in rules)
    index = (
        f"# Rules\n\n{len(rules)} rules. `trackexp explain CODE` prints a rule's page; [which of them run, and with "
        "which thresholds](../configuration.md) is the project's choice.\n\n| code | name | severity | what it is |\n"
        f"|---|---|---|---|\n{chr(10).join(rows)}\n\n```{{toctree}}\n:hidden:\n\n{toctree}\n```\n"
    )
    return {"rules/index.md": index, **{f"rules/{rule['code']}.md": rule_page(rule) for rule in rules}}


def rule_page(rule: dict[str, Any]) -> str:
    """Return a rule's page."""
    kind = f"{rule['severity']}, {rule['stability']}, {rule['family']}"
    head = f"# {rule['code']} {rule['name']}\n\n{rule['what']}\n\n*{kind}*\n"
    parts = [f"## {heading}\n{text}\n" for heading, text in rule["sections"].items()]
    if rule["thresholds"]:
        rows = "\n".join(f"| `{name}` | {value} |" for name, value in rule["thresholds"].items())
        parts.append(
            f"## Thresholds\n`[tool.trackexp.rules.{rule['name']}]` in `pyproject.toml` sets them.\n\n"
            f"| threshold | default |\n|---|---|\n{rows}\n"
        )
    return "\n".join([head, *parts])


def configuration_page(rules: list[dict[str, Any]]) -> str:
    """Return the page of every key that a project can set."""
    from trackexp.diagnosis import project_files

    told = inspect.cleandoc(project_files.__doc__ or "")
    blocks = r"\n\n((?: {4}.*\n|\n)+)"
    prose = re.sub(blocks, lambda match: f"\n\n```toml\n{indented_out(match[1])}\n```\n\n", told + "\n")
    rows = [
        f"| `{rule['name']}` | {rule['code']} | `{name}` | {value} |"
        for rule in rules
        for name, value in rule["thresholds"].items()
    ]
    return (
        f"# Project settings\n\n{prose}\n"
        "| key | value | default |\n|---|---|---|\n"
        "| `select` | codes, beginnings of codes or names: the rules that run | all but those in preview |\n"
        "| `ignore` | the same: rules that do not run | none |\n"
        "| `fail_on` | `error`, `warning` or `info`: from here on a command exits with 1 | each command's own |\n"
        "| `preview` | whether rules in preview run too | `false` |\n"
        "| `rules.NAME.THRESHOLD` | a number | as below |\n\n"
        "## Thresholds\nWhat each means, with its unit and its source, stands on [its rule's page](rules/index.md).\n\n"
        "| rule | code | threshold | default |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def indented_out(text: str) -> str:
    """Return lines without their common indent."""
    return inspect.cleandoc("\n" + text.rstrip("\n"))


def api_pages() -> dict[str, str]:
    """Return a page for every module that users import."""
    pages, seen = {}, set()
    for name, title in MODULES.items():
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            continue
        lines = []
        for word in sorted(getattr(module, "__all__", ())):
            value = getattr(module, word)
            if id(value) in seen or isinstance(value, int | float | str):
                continue
            seen.add(id(value))
            lines += directive(name, word, value)
        text = "\n".join(lines)
        own = overview(name, module)
        pages[f"api/{name}.md"] = f"# {name}\n\n*{title}.* {own}\n\n````{{eval-rst}}\n{text}\n````\n"
    toctree = "\n".join(name.removeprefix("api/").removesuffix(".md") for name in pages)
    pages["api/index.md"] = (
        "# API\n\nWhat is not on these pages is not public. Every name is typed; a name is loaded when it is first "
        f"used, and `import trackexp` alone loads next to nothing.\n\n```{{toctree}}\n\n{toctree}\n```\n"
    )
    return pages


def overview(name: str, module: Any) -> str:
    """Return the first line of a module, or, of the errors, their tree."""
    text = inspect.cleandoc(module.__doc__ or "")
    if name != ERRORS:
        return text.partition("\n\n")[0].partition(":\n")[0]
    tree = re.sub(r"\n\n((?: {4}.*\n)+)", lambda match: f"\n\n```text\n{indented_out(match[1])}\n```\n", text + "\n")
    return f"\n\n{tree}"


def directive(module: str, word: str, value: Any) -> list[str]:
    """Return the lines that document a name, by its kind."""
    if inspect.isclass(value):
        options = [] if issubclass(value, BaseException) else ["   :members:"]
        return [f".. autoclass:: {module}.{word}", *options, ""]
    if callable(value):
        return [f".. autofunction:: {module}.{word}", ""]
    return [f".. autodata:: {module}.{word}", "   :no-value:", ""]


def schema_pages() -> dict[str, str]:
    """Return a page for every JSON Schema: its fields in words, and the whole of it."""
    import trackexp

    folder = Path(trackexp.__file__).parent / "schemas"
    schemas = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    pages = {f"schemas/{name}.md": schema_page(schema) for name, schema in schemas.items()}
    toctree = "\n".join(schemas)
    pages["schemas/index.md"] = (
        "# Schemas\n\nWhat `--json` prints, command by command; [what they have in common](../../schemas.md). "
        'The files are in the package: `importlib.resources.files("trackexp") / "schemas"`.\n\n'
        f"```{{toctree}}\n\n{toctree}\n```\n"
    )
    return pages


def schema_page(schema: dict[str, Any]) -> str:
    """Return the page of one schema."""
    parts = [f"# {schema.get('title', 'schema')}\n\n`{schema.get('$id', '')}`\n\n{fields_table(schema)}"]
    for name, part in schema.get("$defs", {}).items():
        told = part.get("description", "")
        parts.append(f"## {name}\n\n{told}\n\n{fields_table(part)}")
    parts.append(f"## The schema itself\n\n```json\n{json.dumps(schema, indent=1, ensure_ascii=False)}\n```\n")
    return "\n".join(parts)


def fields_table(part: dict[str, Any]) -> str:
    """Return the properties of a schema as a table; nothing where it has none."""
    fields = part.get("properties") or part.get("items", {}).get("properties")
    if not fields:
        return ""
    needed = set(part.get("required") or part.get("items", {}).get("required") or ())
    rows = [
        f"| `{name}` | {type_of(spec)} | {'yes' if name in needed else ''} | {cell(spec.get('description', ''))} |"
        for name, spec in fields.items()
    ]
    return "| field | type | always there | |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def type_of(spec: Any) -> str:
    """Return a type in words."""
    if not isinstance(spec, dict):
        return "anything"
    if "$ref" in spec:
        return str(spec["$ref"]).rpartition("/")[2]
    if "const" in spec:
        return f"`{json.dumps(spec['const'])}`"
    if "enum" in spec:
        return ", ".join(f"`{json.dumps(word)}`" for word in spec["enum"])
    if "anyOf" in spec:
        return " or ".join(type_of(one) for one in spec["anyOf"])
    kind = spec.get("type", "anything")
    if kind == "array":
        return f"array of {type_of(spec.get('items', {}))}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def cell(text: str) -> str:
    """Return a text that fits into a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Write the pages into the folder named, which is emptied first."""
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    write(folder)


if __name__ == "__main__":
    main()

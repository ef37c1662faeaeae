"""Writes the table of rules into README.md, from the rules themselves: python docs/rules.py."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from trackexp.diagnosis.documentation import documented_rules

README = Path(__file__).parents[1] / "README.md"
HEAD = "| code | name | severity | what it is |\n|---|---|---|---|\n"


def table() -> str:
    """Return a row a rule; what it is stands in the first line of its file."""
    rows = []
    for rule in documented_rules():
        first = (sys.modules[type(rule).__module__].__doc__ or "").strip().splitlines()[0]
        rows.append(f"| {rule.code} | `{rule.name}` | {rule.severity} | {first.rstrip('.')} |\n")
    return HEAD + "".join(rows)


def main() -> None:
    """Replace the table where it stands."""
    text = README.read_text(encoding="utf-8")
    README.write_text(re.sub(re.escape(HEAD) + r"(\|.*\n)+", lambda _: table(), text), encoding="utf-8")


if __name__ == "__main__":
    main()

"""A model's ledger as people read it: its versions, its history, and the way from the data to the promotion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from trackexp.registry.event import SHOWN_DIGITS, Event
from trackexp.registry.ledger import Ledger

Table = tuple[Sequence[str], Sequence[Sequence[str]]]


@dataclass(frozen=True)
class ModelOverview:
    """What the ledger of one model tells."""

    ledger: Ledger

    @property
    def name(self) -> str:
        """Of the model."""
        return self.ledger.model

    @cached_property
    def latest(self) -> Mapping[str, Event]:
        """The latest event about each version, by SHA-256, in the order in which the versions came."""
        found: dict[str, Event] = {}
        for event in self.ledger.events.values():
            found[event.version.sha256] = event
        return found

    @property
    def holders(self) -> dict[str, list[str]]:
        """Aliases by the SHA-256 of the version they point at; in a conflict, both."""
        found: dict[str, list[str]] = {}
        for alias, moves in sorted(self.ledger.aliases.items()):
            for move in moves:
                if move.action != "remove":
                    found.setdefault(move.version.sha256, []).append(alias)
        return found

    @property
    def conflicts(self) -> list[str]:
        """Aliases that two machines moved to different places, each in a sentence."""
        return [
            f"conflict: {self.name}:{alias} was moved to "
            + " and ".join(f"{move.version.short} on {move.by.get('host', '?')}" for move in moves)
            + "; promote the right one again to settle it"
            for alias, moves in sorted(self.ledger.aliases.items())
            if len(moves) > 1
        ]

    def versions(self) -> Table:
        """Return one row a version: who holds an alias, and what is wrong with the others."""
        holders = self.holders
        rows = [
            (
                event.version.short,
                ", ".join(holders.get(sha, [])) or "–",
                event.version.run,
                _headline(event),
                _standing(event, held=sha in holders),
            )
            for sha, event in self.latest.items()
        ]
        return ("version", "aliases", "run", "evaluation", "what was decided"), rows

    def history(self) -> Table:
        """Return one row an event, parents before children."""
        rows = [
            (
                event.at[:19].replace("T", " "),
                str(event.action),
                event.alias,
                event.version.short,
                _by(event),
                event.reason or _blocked(event) or "–",
            )
            for event in self.ledger.events.values()
        ]
        return ("at (UTC)", "action", "alias", "version", "by", "reason"), rows

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-ready data."""
        holders = self.holders
        return {
            "name": self.name,
            "versions": [
                {
                    **event.to_dict()["version"],
                    "aliases": holders.get(sha, []),
                    "decision": event.action,
                    "why": _standing(event, held=sha in holders),
                }
                for sha, event in self.latest.items()
            ],
            "aliases": {
                alias: [move.version.sha256 for move in moves if move.action != "remove"]
                for alias, moves in self.ledger.aliases.items()
            },
            "conflicts": self.conflicts,
            "events": [{**event.to_dict(), "hash": key} for key, event in self.ledger.events.items()],
        }


@dataclass(frozen=True)
class Lineage:
    """What came from what, as pairs of titles.

    Args:
        model: Name of the model.
        edges: (from, to, how), each once, in the order in which they came to be.
    """

    model: str
    edges: tuple[tuple[str, str, str], ...]

    def to_text(self) -> str:
        """Return the lineage as a tree, the data first."""
        targets = {target for _, target, _ in self.edges}
        roots = list(dict.fromkeys(source for source, _, _ in self.edges if source not in targets))
        lines = [self.model]
        for index, root in enumerate(roots):
            lines += self._branch(root, "", last=index == len(roots) - 1, seen=frozenset())
        return "\n".join(lines) + "\n"

    def _branch(self, node: str, indent: str, *, last: bool, seen: frozenset[str]) -> list[str]:
        lines = [f"{indent}{'└─' if last else '├─'} {node}"]
        if node in seen:
            return lines
        following = list(dict.fromkeys(target for source, target, _ in self.edges if source == node))
        for index, target in enumerate(following):
            below = indent + ("   " if last else "│  ")
            lines += self._branch(target, below, last=index == len(following) - 1, seen=seen | {node})
        return lines

    def to_mermaid(self) -> str:
        """Return the lineage as a Mermaid flowchart, in a fence that GitHub and GitLab draw."""
        names = {title: f"n{index}" for index, title in enumerate(dict.fromkeys(t for e in self.edges for t in e[:2]))}
        boxes = [f'  {name}["{_mermaid(title)}"]' for title, name in names.items()]
        arrows = [f"  {names[source]} -->|{_mermaid(how)}| {names[target]}" for source, target, how in self.edges]
        return "\n".join(["```mermaid", "flowchart LR", *boxes, *arrows, "```"]) + "\n"


def overview_of(ledger: Ledger) -> ModelOverview:
    """Return the ledger as people read it."""
    return ModelOverview(ledger)


def lineage_of(ledger: Ledger) -> Lineage:
    """Return data → training → model → evaluation → decision, as the events tell it."""
    edges: dict[tuple[str, str, str], None] = {}
    for event in ledger.events.values():
        model = f"model {event.version.short}"
        if event.version.run:
            edges[f"training run {event.version.run}", model, "trained"] = None
        decision = f"{event.action} {event.alias} {event.at[:10]}"
        if event.evaluation is None:
            edges[model, decision, event.action] = None
            continue
        rows = event.evaluation.rows[:SHOWN_DIGITS]
        title = f"evaluation {event.evaluation.run or 'at promotion'} of {event.version.short}"
        if rows:
            edges[
                f"test rows {rows}{f' ({event.evaluation.data})' if event.evaluation.data else ''}", title, "used"
            ] = None
        edges[model, title, "evaluated"] = None
        edges[title, decision, "decided"] = None
    return Lineage(ledger.model, tuple(edges))


def _mermaid(text: str) -> str:
    """Return a title that is no markup in Mermaid."""
    return "".join(f"#{ord(one)};" if one in '"<>#|[]{}()`' or not one.isprintable() else one for one in text)


def _headline(event: Event) -> str:
    numbers = {} if event.evaluation is None else event.evaluation.numbers
    shown = [name for name in ("accuracy", "log_loss", "auroc", "rmse", "mae") if isinstance(numbers.get(name), float)]
    return ", ".join(f"{name} {numbers[name]:.4g}" for name in shown[:2]) or "–"


def _standing(event: Event, *, held: bool) -> str:
    if event.action == "refuse":
        return f"refused: {_blocked(event)}"
    if not held:
        return "replaced"
    if event.action == "rollback":
        return "rolled back to"
    waived = ", ".join(gate.gate for gate in event.gates if gate.outcome == "waived")
    return f"promoted, waiving {waived}" if waived else "promoted"


def _blocked(event: Event) -> str:
    return "; ".join(f"{gate.gate}: {gate.text}" for gate in event.gates if gate.blocks)


def _by(event: Event) -> str:
    return "@".join(part for part in (event.by.get("user", ""), event.by.get("host", "")) if part) or "–"

"""The scrubber: one for a run; whatever the run would store passes it, and it notes what it masked, and where."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from trackexp.tracking.secrets import formats, known, neighbours, private_keys
from trackexp.tracking.secrets.names import Telling, telling
from trackexp.tracking.secrets.structure import DataMasker
from trackexp.tracking.secrets.values import is_secret
from trackexp.tracking.secrets.visible import visible
from trackexp.tracking.secrets.words import Words, longest_word

logger = logging.getLogger("trackexp")

# What stands in the place of a secret; whoever restores code finds these again.
MASK = re.compile(r"<masked:[\w.-]+>")
# Of how many places the list is kept; the count goes on.
MAX_PLACES = 1000
# A text with more than these is a list of secrets, and is dropped: each costs 40 µs, and a start must not wait for it.
MOST_IN_A_TEXT = 20_000
FAILED = "not-scrubbed"
_LONGEST_ENCODED = 4096  # letters of base64 in which a known value is looked for; what is longer is an encoded file
_SHORT, _REMEMBERED = 200, 10_000  # characters of a text that is remembered to hold no secret, and how many are
_LINE = re.compile(r"[^\r\n]+")
_NOT_IN_A_MASK = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True, order=True)
class Masked:
    """One place where a secret stood.

    Args:
        place: What was scrubbed: `code.patch`, `argv`, `config.db.password`.
        kind: How it was found: `known` value, its `format`, a `private-key`, or `named` by what stands beside it.
        name: The variable, the kind of key, or the name beside it; never the value.
        line: From 1, within the text.
    """

    place: str
    kind: str
    name: str
    line: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as JSON-ready data."""
        return {"place": self.place, "kind": self.kind, "name": self.name, "line": self.line}


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    kind: str
    name: str


class Scrubber:
    """Masks secrets in texts and in nested data; safe to use from several threads.

    Args:
        values: Values that are secret whatever stands around them, each with its name.

    >>> scrubber = Scrubber({"DB_PASSWORD": "correct-horse-9"})
    >>> scrubber.text("connect('db', 'correct-horse-9')", "code.patch")
    "connect('db', '<masked:DB_PASSWORD>')"
    >>> scrubber.masked
    (Masked(place='code.patch', kind='known', name='DB_PASSWORD', line=1),)
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._lock = threading.Lock()
        self._known: tuple[tuple[str, str, bool, str], ...] = ()
        self._encoded: dict[str, str] = {}
        self._clean: set[str] = set()
        self._values: set[str] = set()
        self._environment: Any = None
        self._seen: set[tuple[Masked, int]] = set()
        self._places: list[Masked] = []
        self.count = 0
        self._structure = DataMasker(self._named, self._key)
        self.add_values({value: name for name, value in (values or {}).items()})

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str] | None = None, dotenv: Iterable[str | os.PathLike[str]] = ()
    ) -> Scrubber:
        """Return a scrubber that knows the secrets of an environment (the process's own) and of `.env` files."""
        scrubber = cls()
        scrubber.add_values(known.secret_values(known.environment(environ), [Path(path) for path in dotenv]))
        scrubber.follow(environ)
        return scrubber

    def add_values(self, values: Mapping[str, str]) -> None:
        """Learn more secret values.

        Args:
            values: The name of each value, by the value.
        """
        entries = dict.fromkeys(self._known)
        self._values |= values.keys()
        for value, name in values.items():
            for spelling in known.spellings(value):
                # A short value is a part of many words.
                entries[spelling, name, len(spelling) < 8, longest_word(spelling)] = None
            for spelling in known.in_base64(value):
                self._encoded[spelling] = name
        self._known = tuple(sorted(entries, key=lambda entry: -len(entry[0])))
        self._clean = set()  # behind `_known`: whoever finds the new set looks for the new values

    def follow(self, environ: Mapping[str, str] | None = None) -> None:
        """Learn the secrets that have come into the environment since: `load_dotenv()`, `os.environ[...] = …`.

        Asked before each record and each line: it costs the comparison of two mappings.
        """
        values = known.environment(environ)
        now: Any = getattr(values, "_data", values)  # bytes, which os.environ would decode one by one
        if now == self._environment:
            return
        before, self._environment = self._environment, dict(now)
        if before is not None:
            secrets = known.secret_values({name: values[name] for name in values if _is_new(name, before, now)})
            self.add_values({value: name for value, name in secrets.items() if value not in self._values})

    @property
    def masked(self) -> tuple[Masked, ...]:
        """What was masked so far, each place once; at most a thousand of them."""
        with self._lock:
            return tuple(dict.fromkeys(self._places))

    def text(self, text: str, place: str) -> str:
        """Return the text with its secrets masked; its line breaks stay.

        A text that cannot be looked through, or is little else than secrets, is dropped: its lines become masks. Short
        ones without any are remembered: the facts of a fit repeat their keys and names at every epoch.
        """
        clean = self._clean
        try:
            if text in clean:
                return text
            every = list(islice(self._found(text), MOST_IN_A_TEXT + 1))
            if len(every) > MOST_IN_A_TEXT:
                return self._dropped(text, place)
            found = _disjoint(every)
        except Exception:
            logger.debug("scrubbing %s failed", place, exc_info=True)
            return self._dropped(text, place)
        if found:
            return self._without(text, found, place)
        if len(text) <= _SHORT and len(clean) < _REMEMBERED:
            clean.add(text)
        return text

    def repeated(self, text: str) -> str:
        """Return a text masked that repeats what is masked elsewhere, and counted there."""
        shadow = Scrubber()
        shadow._known = self._known
        return shadow.text(text, "")

    def name(self, name: str, place: str) -> str:
        """Return a name with its secrets masked by letters that names may have: `masked-password`.

        Those of metrics, artifacts and files, in which `<` and `:` are not allowed.
        """
        if name in self._clean:
            return name
        masked = self.text(name, place)
        return name if masked == name else MASK.sub(lambda match: f"masked-{match[0][8:-1]}", masked)

    def data(self, value: Any, place: str, name: str = "") -> Any:
        """Return nested data (mappings, lists, texts, numbers) with its secrets masked.

        What it is stored under counts: `{"db": {"password": …}}`. Values that are no data are returned as they are;
        data that cannot be looked through is dropped.

        Args:
            value: The data.
            place: What it is, for `masked`.
            name: What the value itself is stored under.
        """
        try:
            return self._structure.masked(value, place, name)
        except Exception:
            logger.debug("scrubbing %s failed", place, exc_info=True)
            self._note([Masked(place, "failed", FAILED)], [0])
            return _mask(FAILED)

    def arguments(self, arguments: Sequence[str], place: str = "argv") -> list[str]:
        """Return the arguments of a command line with their secrets masked: `--api-key X` as well as `--api-key=X`."""
        result: list[str] = []
        for index, argument in enumerate(arguments):
            option = arguments[index - 1] if index else ""
            name = option.lstrip("-") if option.startswith("-") and "=" not in option else ""
            level = telling(name) if not argument.startswith("--") else Telling.NOTHING
            result.append(self._named(argument, f"{place}[{index}]", name, level))
        return result

    def whole_line(self, line: str, place: str, name: str) -> str:
        """Return a line masked from its first letter to its last; its end and what indents it stay."""
        words = line.strip()
        if not words:
            return line
        self._note([Masked(place, "private-key", name)], [0])
        return line.replace(words, _mask(name))

    def summary(self) -> dict[str, Any]:
        """Return what a run says of its masks: how many, and where; names, never values."""
        return {"count": self.count, "places": [place.to_dict() for place in self.masked[:100]]}

    def in_words(self) -> str:
        """Return how many secrets were masked and where, in one short line."""
        spots = list(dict.fromkeys(_spot(place.place) for place in self.masked))
        more = f" and {len(spots) - 3} more places" if len(spots) > 4 else f", {spots[3]}" if len(spots) == 4 else ""
        return f"{self.count:,} secret{'s' if self.count > 1 else ''} in {', '.join(spots[:3])}{more}"

    def _key(self, key: Any, place: str) -> Any:
        return self.text(key, f"{place} (a key)") if isinstance(key, str) else key

    def _named(self, value: str, place: str, name: str, level: Telling) -> str:
        """Return a value that stands under a name, masked whole if the name tells."""
        if level and MASK.search(value) is None and is_secret(value, level, literal=True):
            self._note([Masked(self._place(place), "named", name)], [0])
            return _masked(value, name)
        return self.text(value, place)

    def _found(self, text: str) -> Iterator[_Found]:
        """Yield what is to be masked, the surest first: in the text as it is seen, and as it is."""
        seen = visible(text)
        if seen is not None:
            for found in self._found_in(seen.text):
                if found.end > found.start:
                    yield _Found(*seen.span(found.start, found.end), found.kind, found.name)
        if seen is None or not seen.whole:
            yield from self._found_in(text)

    def _found_in(self, text: str) -> Iterator[_Found]:
        words = Words(text)
        runs, around = formats.runs_of(words)
        encoded = "\n".join([run for run in runs.split("\n") if len(run) <= _LONGEST_ENCODED]) if self._encoded else ""
        in_base64 = [(value, name, False) for value, name in self._encoded.items() if value in encoded]
        known_here = [entry[:3] for entry in self._known if words.has(entry[3])]
        for value, name, alone in (*known_here, *in_base64):
            start = text.find(value)
            while start >= 0:
                end = start + len(value)
                if not alone or not (_is_word(text[start - 1 : start]) or _is_word(text[end : end + 1])):
                    yield _Found(start, end, "known", name)
                start = text.find(value, end)
        for start, end, name in private_keys.private_keys(text):
            yield _Found(start, end, "private-key", name)
        for start, end, name in formats.keys(text, runs, around):
            yield _Found(start, end, "format", name)
        masks = [match.span() for match in MASK.finditer(text)] if "<masked:" in text else []
        for start, end, name in neighbours.beside_names(words):
            if not any(start < stop and begin < end for begin, stop in masks):
                yield _Found(start, end, "named", name)

    def _without(self, text: str, found: list[_Found], place: str) -> str:
        parts: list[str] = []
        notes: list[Masked] = []
        position, line = 0, 1
        place = self._place(place)
        for item in found:
            line += text.count("\n", position, item.start)
            notes.append(Masked(place, item.kind, _plain(item.name), line))
            parts += [text[position : item.start], _masked(text[item.start : item.end], item.name)]
            position = item.end
        self._note(notes, [item.start for item in found])
        return "".join([*parts, text[position:]])

    def _dropped(self, text: str, place: str) -> str:
        self._note([Masked(place, "failed", FAILED)], [0])
        return _masked(text, FAILED)

    def _place(self, place: str) -> str:
        """Return the name of a place without what may be secret in it: a place in a config is named by its keys."""
        found = _disjoint(self._found(place))
        for item in reversed(found):
            place = place[: item.start] + _mask(item.name) + place[item.end :]
        return place

    def _note(self, notes: list[Masked], columns: list[int]) -> None:
        with self._lock:
            for entry in zip(notes, columns, strict=True):
                if len(self._seen) >= MAX_PLACES * 10:
                    self.count += 1
                elif entry not in self._seen:
                    self._seen.add(entry)
                    self.count += 1
                    if len(self._places) < MAX_PLACES:
                        self._places.append(entry[0])


def _is_new(name: str, before: Mapping[Any, Any], now: Mapping[Any, Any]) -> bool:
    key: Any = name if name in now else os.fsencode(name)
    return before.get(key) != now.get(key)


def _spot(place: str) -> str:
    """Return a place as a summary names it: a file by its name, anything else without what it is inside of it.

    >>> _spot("code/train.py"), _spot("code.patch"), _spot("config.db.password"), _spot("argv[2]")
    ('train.py', 'code.patch', 'config', 'argv')
    """
    if place == "code.patch":
        return place
    if not place.startswith("code/"):
        return re.split(r"[.\[]| \(", place)[0]
    path = place.removeprefix("code/")
    return path if len(path) <= 30 else f"…/{path.rpartition('/')[2]}"


def _disjoint(found: Iterable[_Found]) -> list[_Found]:
    """Return the finds in the order of the text, those that overlap as one, under the name of the surest."""
    ranked = sorted(enumerate(found), key=lambda item: (item[1].start, item[0]))
    result: list[tuple[int, _Found]] = []
    for rank, item in ranked:
        if result and item.start < result[-1][1].end:
            last_rank, last = result[-1]
            best = item if rank < last_rank else last
            result[-1] = min(rank, last_rank), _Found(last.start, max(last.end, item.end), best.kind, best.name)
        elif item.end > item.start:
            result.append((rank, item))
    return [item for _, item in result]


def _mask(name: str) -> str:
    return f"<masked:{_plain(name)}>"


def _masked(text: str, name: str) -> str:
    """Return a mask for each line of the text, and its line breaks."""
    return _LINE.sub(_mask(name), text)


def _plain(name: str) -> str:
    return _NOT_IN_A_MASK.sub("-", name).strip("-")[:60] or "secret"


def _is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"

"""Secrets whose name stands further off: on the line before, in the cell beside, in an attribute, in a command."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from trackexp.tracking.secrets.names import Telling, telling
from trackexp.tracking.secrets.values import is_secret
from trackexp.tracking.secrets.words import Words, places

Span = tuple[int, int, str]
_HOLDS = r"(?:value|val|default|content|data|secret|text)"
# What stands between a name with its `:` or `=` and a value that does not follow at once: the end of the line, a sign
# of a block or a line that goes on, brackets that open, a key that only says "here is the value".
BEHIND = re.compile(
    r"(?:[ \t]*(?:[|>][+-]?\d?|\\|\([ \t]*|\[[ \t]*|\{[ \t]*)?[ \t]*\r?\n[ \t]{0,40}+(?:-[ \t]+)?)?+"
    r"[ \t]*(?:[(\[{][ \t]*)?+(?:[\"']?" + _HOLDS + r"[\"']?[ \t]*(?::=|=>|[:=])[ \t]*)?+"
)
# Each begins with plain letters, for which Python's search is fast.
_VALUE_OF = re.compile(r"alue[\"']?\]?[ \t]*(?:=>|:=|[:=])[ \t\r\n]*[\"']?([^\s\"',;}<>]{4,400})")
_NAME_BEFORE = re.compile(
    r"(?:name|key|variable|var|env|field|param|id|label|header)[\"']?[ \t]*(?:=>|:=|[:=])[ \t]*"
    r"[\"']?([\w.-]{2,60})[\"']?"
    r"[ \t]*(?:[,;][ \t]*)?(?:\r?\n[ \t-]*)?[\"'\[{ \t]*v$"
)
_DEFAULT = re.compile(r"efault(?:_value)?[\"']?[ \t]*(?:=>|:=|[:=])[ \t\r\n]*[rbf]?[\"']([^\"'\n]{4,400})[\"']")
_DECLARED = re.compile(r"[\"']-{0,2}([A-Za-z][\w-]{2,60})[\"']|\b([A-Za-z]\w{2,60})[ \t]*[:=]")
_INPUT = re.compile(r"<input\b[^>]{0,600}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w-]{1,30})[ \t]*=[ \t]*(?:\"([^\"]{0,400})\"|'([^']{0,400})')")
_NEXT_CELL = re.compile(
    r"</(?:t[dh]|key|dt|label|b|strong)>\s{0,40}<(?:t[dh]|string|dd|code|span)[^>]{0,80}>([^<\n]{4,400})<"
)
_CELL = re.compile(r">[ \t]*([^<>\n]{2,60}?)[ \t:]*$")
# A user and a password as two texts: `auth=('u', 'pw')`, `HTTPBasicAuth("u", "pw")`, `server.login('u', 'pw')`.
_PAIRS = tuple(
    (
        word,
        re.compile(
            word + r"[\"']?[ \t]{0,3}[=:]?[ \t]{0,3}[(\[][ \t\r\n]{0,40}[rbf]?[\"'][^\"'\n]{0,100}[\"'][ \t\r\n]{0,20},"
            r"[ \t\r\n]{0,40}[rbf]?[\"']([^\"'\n]{3,400})[\"']"
        ),
    )
    for word in ("uth", "ogin", "uthenticate", "redentials")
)
_CALLED = re.compile(r"assword\([ \t]*[rbf]?[\"']([^\"'\n]{4,400})[\"'][ \t]*\)")
_SQL = re.compile(
    r"(?i)(?:identified by(?: password)?|(?:with|encrypted|login|user \S{1,60}|role \S{1,60}) password"
    r"|set password for \S{1,100} ?=)[ \t]*"
    r"'([^'\n]{3,200})'"
)
_SQL_WORD = re.compile(r"(?:identified by|password)[ \t]")
_WANDB_LOGIN = re.compile(
    r"wandb[\"', \t]{1,6}login(?:[\"', \t]{1,6}--?[\w-]{2,20}(?:=[^\s\"']{1,100})?){0,5}"
    r"[\"', \t]{1,6}([A-Za-z0-9_-]{20,200})"
)
_LOGIN_KEY = re.compile(r"login\([^()\n]{0,200}?key[ \t]*=[ \t]*[\"']([A-Za-z0-9_-]{20,200})[\"']")
_BASIC = re.compile(r"asic ([A-Za-z0-9+/_-]{8,}={0,2})")
_GAP = r"(?:[\"']?[ \t]+[\"']?|[\"'], ?[\"']|=)"
# Programs whose short option is a password: the option's letter, and whether the value may stand at it (None: must).
_PROGRAMS = (
    ("mysql", "p", None), ("mariadb", "p", None), ("sshpass", "p", True), ("mongo", "p", False), ("login", "p", False),
    ("redis-cli", "a", False), ("sqlcmd", "P", True), ("bcp", "P", True), ("ldapsearch", "w", False),
    ("ldapmodify", "w", False), ("cqlsh", "p", False), ("rabbitmqadmin", "p", False), ("zip", "P", False),
    ("7z", "p", True), ("unrar", "p", True), ("plink", "pw", False), ("pscp", "pw", False), ("xfreerdp", "p:", True),
    ("influx", "password", False), ("ansible-vault", "p", False), ("ipmitool", "P", False), ("kinit", "p", False),
    ("http", "a", False),
)  # fmt: skip
_OPTIONS = tuple(
    (
        name,
        re.compile(
            re.escape(name)
            + r"(?=dump|admin|import|sh|[\s\"'])[\w.-]{0,10}\b[^\n|;&]{0,200}?[\s\"',]-"
            + re.escape(letter)
            + (r"[\"']?" if joined is None else rf"(?:{_GAP}|[\"']?)" if joined else _GAP)
            + r"(?!-)([^\s\"',]{4,200})"
        ),
    )
    for name, letter, joined in _PROGRAMS
)
_PASS_LINE = re.compile(r"^[\w.*-]+:(?:\d{2,5}|\*):[\w.*-]+:[\w.*-]+:([^\s:]{4,200})$", re.MULTILINE)
_ORACLE = re.compile(r"(?:thin:|sqlplus[ \t]+(?:-\w+[ \t]+)*)[\w.-]{1,60}/([^\s@/\"']{3,200})@")
_SMB = re.compile(r"(?:-U|--user)[ =][\"']?[\w.\\-]{1,60}%([^\s\"']{4,200})")
_PIPED = re.compile(
    r"(?:echo|printf|<<<)[ \t]+[\"']?([^\s\"'|$]{6,200})[\"']?[^\n|]{0,20}\|[^\n]{0,80}(?:-stdin|with-token|sudo -S)"
)
_WITH_MARKS = (
    (_ORACLE, ("thin", "sqlplus"), ("thin:", "sqlplus")),
    (_SMB, ("smb",), ("smb",)),
    (_PIPED, ("-stdin", "with-token", "sudo"), ("-stdin", "with-token", "sudo -s")),
)
_JWK = re.compile(r"[\"'](?:d|k|p|q|dp|dq|qi)[\"'][ \t]*:[ \t]*[\"']([A-Za-z0-9_-]{16,4000})[\"']")
# `kaggle.json`, and others in which a user's key stands.
_WITH_USERNAME = re.compile(
    r"username[\"']?[ \t]*[:=][ \t]*[\"'][^\"'\n]{0,100}[\"'][ \t]*,\s{0,40}"
    r"[\"']?key[\"']?[ \t]*[:=][ \t]*[\"']([^\"'\n]{16,400})[\"']"
)
_KUBERNETES = re.compile(
    r"^(?P<indent>[ \t]*)(?:string)?data:[ \t]*\n(?P<body>(?:(?P=indent)[ \t]+[^\n]*\n?){1,100})",
    re.MULTILINE | re.IGNORECASE,
)
_KUBERNETES_ENTRY = re.compile(r"^[ \t]+[\"']?[\w.-]{1,100}[\"']?:[ \t]*[\"']?([^\s\"'#]{4,16384})", re.MULTILINE)


def across(words: Words) -> Iterator[Span]:
    """Yield the secrets of a text whose name does not stand right before them."""
    yield from _named_values(words)
    if "<" in words.text:
        yield from _in_markup(words.text, words.low)
    yield from _defaults(words)
    yield from _calls(words)
    yield from _commands(words)
    yield from _keys_of_users(words)
    yield from _documents(words)
    yield from _columns(words)


def _named_values(words: Words) -> Iterator[Span]:
    """Yield X of `{"name": "API_KEY", "value": X}`, in JSON, in YAML, and over a line's end."""
    text, low = words.text, words.low
    for match in words.matches(_VALUE_OF, "alue", low=True):
        name = _NAME_BEFORE.search(low[max(0, match.start() - 160) : match.start()])
        if name:
            begin = match.start() - (len(low[max(0, match.start() - 160) : match.start()]) - name.start(1))
            word = text[begin : begin + len(name[1])]
            if is_secret(text[slice(*match.span(1))], telling(word), literal=True):
                yield *match.span(1), word


def _defaults(words: Words) -> Iterator[Span]:
    """Yield X of `add_argument("--api-key", default=X)`, `Field(default=X)`, `variable "password" { default = X }`."""
    for match in words.matches(_DEFAULT, "efault", low=True):
        before = words.text[max(0, match.start() - 200) : match.start()]
        before = before[max(before.rfind(end) for end in (")\n", "}\n", ";", "\n\n")) + 1 :]
        for name in reversed(_DECLARED.findall(before)):
            word = name[0] or name[1]
            if telling(word):
                if is_secret(words.text[slice(*match.span(1))], telling(word), literal=True):
                    yield *match.span(1), word
                break


def _in_markup(text: str, low: str) -> Iterator[Span]:
    for match in _INPUT.finditer(text) if "<input" in low else ():
        attributes = {found[1].lower(): found for found in _ATTRIBUTE.finditer(text, *match.span())}
        words = {name: found[2] or found[3] or "" for name, found in attributes.items()}
        level = max(telling(words.get("name", "")), telling(words.get("id", "")))
        level = Telling.PASSWORD if words.get("type", "").lower() == "password" else level
        if level and "value" in words and is_secret(words["value"], level, literal=True):
            group = 2 if attributes["value"][2] is not None else 3
            yield *attributes["value"].span(group), words.get("name") or "password"
    for match in _NEXT_CELL.finditer(text):
        name = _CELL.search(text, max(0, match.start() - 100), match.start())
        if name and is_secret(match[1], telling(name[1]), literal=True):
            yield *match.span(1), name[1]


def _calls(words: Words) -> Iterator[Span]:
    for begins, pattern in _PAIRS:
        for match in words.matches(pattern, begins):
            if is_secret(match[1], Telling.PASSWORD, literal=True):
                yield *match.span(1), "password"
    for found in (words.matches(_CALLED, "assword"), _SQL.finditer(words.text) if _may_be_sql(words) else ()):
        for match in found:
            if "://" not in match[1] and is_secret(match[1], Telling.PASSWORD, literal=True):
                yield *match.span(1), "password"


def _may_be_sql(words: Words) -> bool:
    return (words.has_low("identified") or words.has_low("password")) and _SQL_WORD.search(words.low) is not None


def _commands(words: Words) -> Iterator[Span]:
    if words.has("login"):
        for match in (*words.matches(_WANDB_LOGIN, "wandb"), *words.matches(_LOGIN_KEY, "login")):
            if is_secret(match[1], Telling.KEY, literal=True):
                yield *match.span(1), "login-key"
    for match in words.matches(_BASIC, "asic"):
        if _is_user_and_password(match[1]):
            yield *match.span(1), "authorization"
    for found in _programs(words):
        for match in found:
            if is_secret(match[1], Telling.PASSWORD, literal=True) and not match[1].isdigit():
                yield *match.span(1), "password"


def _programs(words: Words) -> Iterator[Iterator[re.Match[str]]]:
    """Yield what the patterns of the programs find that a text names."""
    for name, pattern in _OPTIONS if "-" in words.text else ():
        if words.has(name):
            yield words.matches(pattern, name)
    for pattern, parts, marks in _WITH_MARKS:
        if words.has_any(parts) and any(mark in words.low for mark in marks):
            yield pattern.finditer(words.text)


def _keys_of_users(words: Words) -> Iterator[Span]:
    for match in words.matches(_WITH_USERNAME, "username"):
        if is_secret(match[1], Telling.KEY, literal=True):
            yield *match.span(1), "key"


def _documents(words: Words) -> Iterator[Span]:
    """Yield the secrets of documents that are known by their kind: a JSON web key, a Kubernetes secret, a `.pgpass`."""
    text, low = words.text, words.low
    if words.has("kty") and '"kty"' in low:
        for match in _JWK.finditer(text):
            yield *match.span(1), "json-web-key"
    if words.has("kind") and ("kind: secret" in low or '"kind": "secret"' in low):
        for block in _KUBERNETES.finditer(text):
            for match in _KUBERNETES_ENTRY.finditer(text, *block.span("body")):
                yield *match.span(1), "kubernetes-secret"
    if ":*:" in low or ":5432:" in low:
        for match in _PASS_LINE.finditer(text):
            yield *match.span(1), "pgpass"


_FRAMES = "|│┃║"
_MOST_ROWS = 200
_HEAD_WORDS = ("passw", "token", "secret", "api_key", "apikey", "pwd", "credential", "api key")
_SEPARATED = re.compile(r"\"?[\w.-]{1,60}\"?([,;\t])\"?[\w.-]{1,60}\"?(?:\1\"?[\w.-]{1,60}\"?)*")


def _columns(words: Words) -> Iterator[Span]:
    """Yield the cells below a telling head, in tables of lines and of separated values."""
    text, low = words.text, words.low
    looked_at = -1
    for place in places(low, tuple(word for word in _HEAD_WORDS if words.has_low(word.partition(" ")[0]))):
        if place < looked_at:
            continue
        begin, end = low.rfind("\n", 0, place) + 1, low.find("\n", place)
        end = len(low) if end < 0 else end
        looked_at = end
        line = text[begin:end].rstrip("\r") if end - begin < 1000 else ""
        frame = next((frame for frame in _FRAMES if frame in line), "")
        separated = None if frame else _SEPARATED.fullmatch(line)
        if frame or separated:
            yield from _cells(text, line, end + 1, frame or (separated[1] if separated else ","))


def _cells(text: str, head: str, position: int, mark: str) -> Iterator[Span]:
    names = [cell.strip().strip('"') for cell in head.split(mark)]
    levels = [telling(name) if re.fullmatch(r"[\w .-]{2,60}", name) else Telling.NOTHING for name in names]
    if not any(levels) or sum(bool(re.fullmatch(r"[\w .-]{2,60}", name)) for name in names) < 2:
        return
    for _ in range(_MOST_ROWS):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        line = text[position:end]
        cells = line.split(mark)
        if mark not in line and not re.fullmatch(r"[\s+─━═┼┿╪├┤╞╡┡┩+=-]+", line):
            return
        if len(cells) == len(names):
            place = position
            for cell, name, level in zip(cells, names, levels, strict=True):
                value = cell.strip().strip("\"'")
                if level and value and is_secret(value, level, literal=mark in _FRAMES):
                    begin = place + cell.index(value)
                    yield begin, begin + len(value), name
                place += len(cell) + len(mark)
        position = end + 1
        if position > len(text):
            return


def _is_user_and_password(value: str) -> bool:
    """Return whether a text is `user:password` in base64, as HTTP's basic login has it."""
    try:
        plain = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("utf-8")
    except (ValueError, UnicodeDecodeError):
        return False
    return ":" in plain and plain.isprintable()

"""Secrets that stand beside a name which tells: assignments, arguments, headers, connection strings, URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trackexp.tracking.secrets.across import BEHIND, across
from trackexp.tracking.secrets.names import FOREIGN, Telling, owns_a_plain_token, telling
from trackexp.tracking.secrets.reach import Reach
from trackexp.tracking.secrets.values import is_placeholder, is_secret, looks_random
from trackexp.tracking.secrets.words import Words, places

Span = tuple[int, int, str]  # start and end of the value, and the name beside it
# Possessive throughout: whatever the text, each letter is looked at a bounded number of times. The tail may be short:
# the last word of a name is what tells, and a search begins anew at each.
_NAME = re.compile(
    r"(?:passw|passp|passc|pass|pwd|pw(?![a-z])|secret|token|key|credential|auth|cookie|bearer|signature)[a-z0-9_-]{0,24}+"
    r"(?:\\{0,3}+[\"'`]\]?+|&quot;|&#39;|\*\*|\[\])?+[ \t]{0,20}+(?:\{ ?get;[a-z ;]{0,20}\}[ \t]{0,4}+)?+"
    r"(?P<operator>:=|=>|<-|={1,3}|!==?|:|%3d|,(?=[ \t]*[\"'\\rbf])|>(?=(?:<!\[cdata\[)?[^\s<>]+>?</)|[|│┃║](?=[ \t])"
    r"|(?<=[ \t])(?:is|was)[ \t]?:"
    r"|(?<=[ \t])(?:(?:is|was)[ \t]+)?+(?=[\"'`]?(?!--)[A-Za-z0-9+/=_.~-]{16}))"
    # `password: str = "…"`
    r"(?P<annotation>[ \t]{0,4}+&?(?:'static )?[A-Za-z_][\w.]{0,30}+(?:\[[\w., ]{0,40}\])?+"
    r"(?:[ \t]{0,2}\|[ \t]{0,2}\w{1,20})?+[ \t]{0,4}+=(?!=))?+"
    r"[ \t]{0,20}+"
    # What YAML, HTML, XML and Markdown put before a value.
    r"(?:&[\w-]{1,40}[ \t]+|!!?(?:str|binary)[ \t]+|&(?:quot|apos|#3[49]|#x2[27]);|<!\[cdata\[|\*\*[ \t]*)?+"
)
_TAG = re.compile(r"![A-Za-z][\w:/.-]*[ \t]+\S")  # `!vault x`, `!Ref x`: YAML's way to say where the value is
# `token = settings.token or "…"`, `a || b`: what is taken where there is none.
_FALLBACK = re.compile(
    r"[^\n;\"'`]{0,80}?(?:[\"'][^\"'\n]{0,60}[\"'][^\n;\"'`]{0,20}?)??(?:\|\||\?\?|\bor\b)[ \t]*(?=[\"'`])"
)
_WRAPPED = re.compile(r"[\w.:]{1,60}\([rbf]?([\"'])([^\"'\n]{8,400})\1[ \t]*,?[ \t]*\)")  # `SecretStr("…")`
_WORD_IN_LIST = re.compile(r"[\"'][A-Za-z_ -]{1,40}[\"'](,?[ \t\r\n]*[\"'])?")
_ITEM_BEFORE = re.compile(r"[\"'][ \t]*,[ \t\r\n]*[rbf]?[\"']$")
_REST_OF_LINE = re.compile(r"(?=[^\s\"'`,;&<>(){}\[\]\\|]{0,40}\d)[^\s\"'`,;&<>(){}\[\]\\|]+[ \t\r]*$", re.MULTILINE)
_NAMES_BEFORE = re.compile(r"[ \t+-]{0,60}(?:[\w.]+[ \t]*,[ \t]*){1,8}")
_VALUE_BEFORE = re.compile(r"(?:\"[^\"\n]*\"|'[^'\n]*'|[\w.]+)[ \t]*,[ \t]*")
_STEMS = ("pass", "pw", "secret", "token", "key", "credential", "auth", "cookie", "bearer", "signature")
_DENSE = 60  # letters for each telling word, below which a search letter by letter is faster
# A word behind the option is a sentence's: `the --password options`.
_OPTION = re.compile(r"--([a-z0-9][a-z0-9_-]{0,60}+)[ \t]++(?![a-z]+(?:[\s.,;:)]|\Z))")
# The word for a password in other languages, those with Latin letters among them.
_LATIN = (
    "contrase",
    "contrasenia",
    "senha",
    "kennwort",
    "parola",
    "wachtwoord",
    "sandi",
    "mot_de_passe",
    "şifre",
    "hasło",
    "heslo",
)
_FOREIGN = re.compile(
    rf"(?:contrase[nñ\u0303]{{1,2}}a|{'|'.join((*_LATIN[1:], *(word.replace('_', '[ _]') for word in FOREIGN)))})"
    r"[\w-]{0,20}"
    r"[\"'`]?[ \t]{0,4}(?P<operator>:=|=>|=|:|：|[|│])[ \t]{0,20}"
)
_ASCII = tuple(word for word in _LATIN if word.isascii())
_WITH_ACCENTS = tuple(word for word in _LATIN if not word.isascii())
_OTHER_SCRIPT = re.compile("[\u0370-\u1cff\u3040-\ud7ff][\u0370-\u1cff\u3040-\ud7ff _]*")
_OTHER_LETTERS = (*FOREIGN, *(word.replace("_", " ") for word in FOREIGN if "_" in word))
# `password : hunter2x` of prose has a name before it; a token that is the first of a text is none.
_WORD_BEFORE = re.compile(r"([a-z]+)[ \t]+$")
_HEAD = re.compile(r"[a-z0-9_-]*(?: (?=(?:ipa|ssecca|terces|etavirp|htua|rebutsr)\b)[a-z]+)?")
# What stands behind a quote that closes.
_CODE = frozenset(" ,+);")
_CALLS = frozenset("([")
_URL_PASSWORD = re.compile(r"://([^\s/?#@:'\"<>`\\]{0,200}+)(?::([^\s/@'\"<>`\\]{1,400}+))?+@(?=[\w\[$%{.-])")
# Raw `@` and `/` in a password: up to the last `@` of the word that a host follows.
_WORD_OF_URL = re.compile(r"[^\s'\"<>`\\]{1,300}")
_HOST = re.compile(r"[a-zA-Z0-9.-]{1,253}(?::\d{1,5})?(?:[/?),;]|$)")
_WHOLE_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?|localhost(?::\d+)?")
# What each begins with, for which a text is looked through ten times as fast; the pattern; what it finds.
_AFTER = (
    *(
        (word, re.compile(word + r" ([A-Za-z0-9._~+/=-]{12,}+)"), "authorization")
        for word in ("earer", "oken", "piKey")
    ),
    ("login", re.compile(r"login[ \t]+[^\s]{1,100}+\s{1,20}+password[ \t]+([^\s\"']{3,400}+)"), "password"),
    (
        "-u",
        re.compile(r"-u(?<=[\s\"']-u)(?:[ =]|[\"'], ?)?[\"']?(?!\d+:\d+\b)[\w.@-]{1,80}+:(?!//)([^\s\"'`]{4,400}+)"),
        "password",
    ),
    (
        "user",
        re.compile(r"user[ =][\"']?(?<=-user.|user.[\"'])(?!\d+:\d+\b)[\w.@-]{1,80}+:(?!//)([^\s\"'`]{4,400}+)"),
        "password",
    ),
    ("key", re.compile(r"key=(?<=[?&]key=)([A-Za-z0-9_.-]{16,400}+)"), "url-key"),
    *(
        (
            word,
            re.compile(
                rf"{word}(?<=[\s\"']{word})(?:word|wd|phrase)?[ \t]+[\"']?(?=[^\s\"']{{0,40}}\d)([^\s\"']{{4,400}})"
            ),
            "password",
        )
        for word in ("-pass", "-secret", "-token")
    ),
    ("login", re.compile(r"login\((?:key ?= ?)?[\"']([A-Za-z0-9_-]{20,200}+)[\"']"), "login-key"),
)


def beside_names(words: Words) -> Iterator[Span]:
    """Yield the secrets of a text that something beside them betrays."""
    text, low = words.text, words.low
    reach = Reach(text)
    for match in _names(words):
        start = match.start()
        head = _HEAD.match(low[max(0, start - 60) : start][::-1])
        begin = start - (head.end() if head else 0)
        name = text[begin : match.start("operator")].partition("{")[0].rstrip(" \t\"'`[]\\*;")
        level = telling(name)
        if level and not _ends_a_string(text, begin, match) and not _is_word_of_a_model(low, begin, name):
            yield from _value(text, reach, match, begin, name, level)
    yield from _foreign(words, reach)
    if "://" in text:
        yield from _in_urls(text)
        yield from _raw_passwords(text)
    yield from _on_command_lines(words)
    yield from across(words)


def _names(words: Words) -> Iterator[re.Match[str]]:
    """Yield what `_NAME` finds; where its words are few, it is tried at these alone."""
    low = words.low
    stems = tuple(stem for stem in _STEMS if words.has_low(stem))
    if sum(map(low.count, stems)) > len(low) // _DENSE:
        yield from _NAME.finditer(low)
        return
    end = 0
    for start in places(low, stems):
        match = _NAME.match(low, start) if start >= end else None
        if match:
            yield match
            end = match.end()


def _is_word_of_a_model(low: str, begin: int, name: str) -> bool:
    """Return whether the word before says that it is a model's token: the first token, a padding token."""
    if not name.lower().endswith(("token", "tokens")):
        return False
    before = _WORD_BEFORE.search(low, max(0, begin - 40), begin)
    return before is not None and owns_a_plain_token(before[1])


def _foreign(words: Words, reach: Reach) -> Iterator[Span]:
    text, low = words.text, words.low
    if words.has_any(_ASCII) or (not low.isascii() and _has_foreign_word(low)):
        for match in _FOREIGN.finditer(low):
            name = text[match.start() : match.start("operator")].strip(" \t\"'`")
            yield from _judged(text, reach, match.end(), name, Telling.PASSWORD, literal=True)


def _on_command_lines(words: Words) -> Iterator[Span]:
    """Yield what follows an option, a login, a user's name, the word Bearer."""
    text = words.text
    reach = Reach(text)
    for match in words.matches(_OPTION, "--", low=True):
        yield from _judged(text, reach, match.end(), match[1], telling(match[1]), literal=True)
    for begins, pattern, name in _AFTER:
        for match in words.matches(pattern, begins):
            if is_secret(match[1], Telling.PASSWORD if name == "password" else Telling.KEY, literal=True):
                yield *match.span(1), name


def _value(text: str, reach: Reach, match: re.Match[str], begin: int, name: str, level: Telling) -> Iterator[Span]:
    operator, before = match["operator"], text[match.start("operator") - 1 : match.start("operator")]
    if operator.startswith(",") and before not in "\"'`":
        return  # f(token, key): two variables
    if operator.startswith(",") and _is_list_of_words(text, begin, match.end()):
        return
    if operator.strip(" \tiswa") == "" and level is Telling.PASSWORD:
        level = Telling.KEY  # "password is …", in prose: only what looks random
    if (
        operator in ("|", "│", "┃", "║")
        and text[max(0, text.rfind("\n", 0, match.start()) + 1) :][:40].strip()[:1] not in "|│┃║"
    ):
        level = Telling.KEY  # no table: a pipe of a shell
    start = match.end()
    if operator == ":" and _TAG.match(text, start):
        return
    if operator == "=":
        start = _own_value(text, begin, start)
    joined = operator == "=" and not match["annotation"] and match[0].endswith("=")
    shell = joined and (name.isupper() or name.startswith("--") or text[begin - 1 : begin] in ("&", "?"))
    shell = shell or (level is Telling.PASSWORD and _is_setting(text, begin, start, joined=joined or operator == ":"))
    yield from _judged(text, reach, start, name, level, literal=shell)
    if not text.startswith(("'", '"', "`"), start):
        yield from _wrapped(text, reach, start, name, level)


def _is_list_of_words(text: str, begin: int, start: int) -> bool:
    """Return whether the name is one of several words: `("user", "password", "email")`; an option's value is none."""
    word = _WORD_IN_LIST.match(text, start)
    if word is None or text[begin : begin + 1] == "-":
        return False
    return word[1] is not None or _ITEM_BEFORE.search(text, max(0, begin - 60), begin) is not None


def _is_setting(text: str, begin: int, start: int, *, joined: bool) -> bool:
    """Return whether the name and its value are a line of their own, as in YAML and INI: the value is no variable."""
    line = text.rfind("\n", 0, begin) + 1
    return (
        joined
        and not text[max(line, begin - 60) : begin].strip(" \t+-")
        and _REST_OF_LINE.match(text, start) is not None
    )


def _own_value(text: str, begin: int, start: int) -> int:
    """Return where the value of a name begins that is one of several: `user, password = "ada", "…"`."""
    line = text.rfind("\n", 0, begin) + 1
    names = _NAMES_BEFORE.fullmatch(text, max(line, begin - 200), begin)
    for _ in range(names[0].count(",") if names else 0):
        value = _VALUE_BEFORE.match(text, start)
        if value is None:
            break
        start = value.end()
    return start


def _wrapped(text: str, reach: Reach, start: int, name: str, level: Telling) -> Iterator[Span]:
    """Yield the secret in `SecretStr("…")` or behind `or`, where the value itself is a piece of code."""
    wrapped = _WRAPPED.match(text, start)
    if wrapped and is_secret(wrapped[2], Telling.KEY, literal=True):
        yield *wrapped.span(2), name
    fallback = _FALLBACK.match(text, start)
    if fallback:
        begin, end, _ = reach.value(fallback.end()) or (0, 0, False)
        if is_secret(text[begin:end], level, literal=True):
            yield begin, end, name


def _ends_a_string(text: str, begin: int, match: re.Match[str]) -> bool:
    """Return whether the quote behind the name closes a string that began before it, as in `"password="`."""
    quote = text[begin - 1 : begin]
    inside = quote not in text[match.start() : match.start("operator")]
    return inside and quote in "\"'`" and text.startswith(quote, match.end())


def _judged(text: str, reach: Reach, start: int, name: str, level: Telling, *, literal: bool) -> Iterator[Span]:
    """Yield the value at `start`, if it is a secret."""
    further = BEHIND.match(text, start)
    behind = further is not None and further.end() > start
    if behind and further is not None:
        start = further.end()
    value = reach.value(start)
    if value is None:
        return
    begin, end, quoted = value
    if behind and not quoted and not _stands_alone(text, end):
        return
    if quoted:
        if text[begin : begin + 1] not in _CODE and is_secret(text[begin:end], level, literal=True):
            yield begin, end, name
    elif text[end : end + 1] not in _CALLS:
        while text[end - 1] in ".:!?" and end - begin > 1:
            end -= 1
        if is_secret(text[begin:end], level, literal=literal):
            yield begin, end, name


def _has_foreign_word(low: str) -> bool:
    foreign = " ".join(_OTHER_SCRIPT.findall(low))
    return any(word in foreign for word in _OTHER_LETTERS) or any(word in low for word in _WITH_ACCENTS)


def _stands_alone(text: str, end: int) -> bool:
    """Return whether a word on a line of its own, or between brackets, ends there: prose and code go on."""
    rest = text[end : end + 40].lstrip(" \t")
    return rest[:1] in ("", "\n", "\r", "}", "]", ")", ",", "<") and text[end - 1 : end] not in (":", ",")


def _in_urls(text: str) -> Iterator[Span]:
    for match in _URL_PASSWORD.finditer(text):
        user, password = match[1], match[2]
        if password is None:
            if looks_random(user):  # https://<token>@host
                yield *match.span(1), "url-user"
        elif not is_placeholder(password) and password[0] not in "{$%<":
            yield *match.span(2), "url-password"
            if looks_random(user) and len(user) >= 20:
                yield *match.span(1), "url-user"
        elif looks_random(user) and len(user) >= 20:  # https://<token>:x-oauth-basic@host
            yield *match.span(1), "url-user"


def _raw_passwords(text: str) -> Iterator[Span]:
    for match in re.finditer("://", text) if "@" in text else ():
        word = _WORD_OF_URL.match(text, match.end())
        before, at, after = word[0].rpartition("@") if word else ("", "", "")
        user, colon, password = before.partition(":")
        if not (at and colon and user and any(mark in password for mark in "/@#?")) or any(m in user for m in "/?#@"):
            continue
        host, slash, rest = password.partition("@")[2].partition("/")
        # `user:pw@example.org/x@v1`: the host is there already, and the rest a path; `host:80/x@v1` has no password
        is_path = (slash and rest and _WHOLE_HOST.fullmatch(host)) or re.match(r"\d{1,5}(?:[/?#]|$)", password)
        if not is_path and _HOST.match(after) and not is_placeholder(password) and password[0] not in "{$%<":
            begin = match.end() + len(user) + 1
            yield begin, begin + len(password), "url-password"

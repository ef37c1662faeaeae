"""Secrets that stand beside a name which tells: assignments, arguments, headers, connection strings, URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trackexp.tracking.secrets.names import Telling, telling
from trackexp.tracking.secrets.reach import Reach
from trackexp.tracking.secrets.values import is_placeholder, is_secret, looks_random

Span = tuple[int, int, str]  # start and end of the value, and the name beside it
# Possessive throughout: whatever the text, each letter is looked at a bounded number of times. The tail may be short:
# the last word of a name is what tells, and a search begins anew at each.
_NAME = re.compile(
    r"(?:passw|passp|passc|pass|pwd|secret|token|key|credential|auth|cookie|bearer|signature)[a-z0-9_-]{0,24}+"
    r"(?:\\{0,3}+[\"'`]\]?+)?+[ \t]{0,20}+"
    r"(?P<operator>:=|=>|={1,3}|!==?|:|,(?=[ \t]*[\"'\\rbf])|>(?=[^\s<>]+</)"
    r"|(?<=[ \t])(?:(?:is|was)[ \t]+)?+(?=[\"'`]?(?!--)[A-Za-z0-9+/=_.~-]{16}))"
    # `password: str = "…"`
    r"(?P<annotation>[ \t]{0,4}+[A-Za-z_][\w.]{0,30}+(?:\[[\w., ]{0,40}\])?+"
    r"(?:[ \t]{0,2}\|[ \t]{0,2}\w{1,20})?+[ \t]{0,4}+=(?!=))?+"
    r"[ \t]{0,20}+"
)
# A word behind the option is a sentence's: `the --password options`.
_OPTION = re.compile(r"--([a-z0-9][a-z0-9_-]{0,60}+)[ \t]++(?![a-z]+(?:[\s.,;:)]|\Z))")
_HEAD = re.compile(r"[a-z0-9_-]*(?: (?=(?:ipa|ssecca|terces|etavirp|htua|rebutsr)\b)[a-z]+)?")
# What stands behind a quote that closes.
_CODE = frozenset(" ,+);")
_CALLS = frozenset("([")
_URL_PASSWORD = re.compile(r"://([^\s/?#@:'\"<>`\\]{0,200}+)(?::([^\s/@'\"<>`\\]{1,400}+))?+@(?=[\w\[$%{.-])")
# Each begins with plain letters, for which Python's search is ten times as fast.
_AFTER = (
    *(
        (re.compile(word + r" ([A-Za-z0-9._~+/=-]{12,}+)"), "authorization")
        for word in ("earer", "asic", "oken", "piKey")
    ),
    (re.compile(r"login[ \t]+[^\s]{1,100}+\s{1,20}+password[ \t]+([^\s\"']{3,400}+)"), "password"),
    (re.compile(r"-u(?<=[\s\"']-u)[ =]?[\"']?[\w.@-]{1,80}+:([^\s\"'`]{4,400}+)"), "password"),
    (re.compile(r"login\((?:key ?= ?)?[\"']([A-Za-z0-9_-]{20,200}+)[\"']"), "login-key"),
)


def beside_names(text: str) -> Iterator[Span]:
    """Yield the secrets of a text that something beside them betrays."""
    low, reach = _lower(text), Reach(text)
    for match in _NAME.finditer(low):
        start = match.start()
        head = _HEAD.match(low[max(0, start - 60) : start][::-1])
        begin = start - (head.end() if head else 0)
        name = text[begin : match.start("operator")].rstrip(" \t\"'`]\\")
        level = telling(name)
        if level and not _ends_a_string(text, begin, match):
            yield from _value(text, reach, match, name, level)
    yield from _in_urls(text)
    yield from _on_command_lines(text, low)


def _on_command_lines(text: str, low: str) -> Iterator[Span]:
    """Yield what follows an option, a login, a user's name, the word Bearer."""
    reach = Reach(text)
    for match in _OPTION.finditer(low):
        yield from _judged(text, reach, match.end(), match[1], telling(match[1]), literal=True)
    for pattern, name in _AFTER:
        for match in pattern.finditer(text):
            if is_secret(match[1], Telling.PASSWORD if name == "password" else Telling.KEY, literal=True):
                yield *match.span(1), name


def _value(text: str, reach: Reach, match: re.Match[str], name: str, level: Telling) -> Iterator[Span]:
    operator, before = match["operator"], text[match.start("operator") - 1 : match.start("operator")]
    if operator.startswith(",") and before not in "\"'`":
        return  # f(token, key): two variables
    if operator.strip(" \tiswa") == "" and level is Telling.PASSWORD:
        level = Telling.KEY  # "password is …", in prose: only what looks random
    shell = operator == "=" and not match["annotation"] and name.isupper() and match[0].endswith("=")
    yield from _judged(text, reach, match.end(), name, level, literal=shell)


def _ends_a_string(text: str, begin: int, match: re.Match[str]) -> bool:
    """Return whether the quote behind the name closes a string that began before it, as in `"password="`."""
    quote = text[begin - 1 : begin]
    inside = quote not in text[match.start() : match.start("operator")]
    return inside and quote in "\"'`" and text.startswith(quote, match.end())


def _judged(text: str, reach: Reach, start: int, name: str, level: Telling, *, literal: bool) -> Iterator[Span]:
    """Yield the value at `start`, if it is a secret."""
    value = reach.value(start)
    if value is None:
        return
    begin, end, quoted = value
    if quoted:
        if text[begin : begin + 1] not in _CODE and is_secret(text[begin:end], level, literal=True):
            yield begin, end, name
    elif text[end : end + 1] not in _CALLS:
        while text[end - 1] in ".:!?" and end - begin > 1:
            end -= 1
        if is_secret(text[begin:end], level, literal=literal):
            yield begin, end, name


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


def _lower(text: str) -> str:
    """Return the text in small letters, each at its place: one letter alone becomes two when lowered."""
    return text.replace("\u0130", "I").lower()

"""Whether a value beside a telling name is a secret, or a placeholder, a reference, a word, a number."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

from trackexp.tracking.secrets.names import Telling

# Bits a letter. Twenty random hexadecimal digits have about 3.5, a long identifier as many: entropy alone tells the
# two apart from `00000000-1`, no more, which is why pieces that are words are looked for first.
MIN_ENTROPY = 2.5
# The letters that tell what a value is; what is encoded may be long.
_ENOUGH = 300
_PLACEHOLDER = re.compile(
    r"(?i:<[^<>]*>.{0,3}|\[[^\[\]]*\]|\{.*\}|%\(.*\)s|%\w+%|@\w*\{.*\}|[*:]+|x{3,}[-x]*|\.{2,}|…+|(.)\1*|[-_=#/]+|\d{1,3}"
    r"|(?:str|string|number|bool|boolean)(?:[?!]|\[\])|none|null|nil|true|false|undefined|unset|empty|required|optional|str|string|int|bytes|bool|any|object|tests?|testing"
    r"|foo|bar|baz|foobar|abc|users?|username|admin|default|value|secrets?|pass|passwd|passwords?|pw|pwd|root"
    r"|tokens?|keys?|api[-_ ]?key|n/?a|env|file|yes|no|on|off|auto|basic|bearer|digest|oauth2?|jwt|self"
    r"|(?:option|arg|argument|param|parameter|value|flag|field|item|name|string|text|word|key|token)s?[-_]?\d{1,2})"
    r"|[\w.-]+\.(?:env|json|ya?ml|toml|ini|cfg|txt|pem|key|crt|py|sh)"
    r"|\$\{.*|\$\(.*|\$[A-Z_][A-Z0-9_]*|\$[a-z_]+"
)
_TO_BE_FILLED_IN = re.compile(
    r"(?i)your|change[-_ ]?me|changeit|placeholder|example|dummy|redacted|replace|masked|todo|fixme|sample|fake|mock"
    r"|not[-_ ](?:set|real|needed|used|a[-_ ])|[-_]here\b|enter[-_ ]|\binsert[-_ ]|\bput[-_ ]|\.\.\.|x{5,}"
)
# No key has these letters: a word piece (`##ing`), a molecule (`CC(=O)O`), a call, an address of a file.
_NO_KEY = re.compile(r"[()\[\]<>#▁Ġ]|=(?=[^=&])|^[./~]*/(?:[\w.-]+/)*[\w.-]*$")
_PATH = re.compile(r"(?:\.{1,2}|~)?/(?:[a-z][\w.-]*/?)+")
_REFERENCE = re.compile(
    r"[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+|_*+[a-z]?(?:[A-Z]?[a-z]{2,}+|[A-Z]{2,}+|_++[A-Za-z]?)*+\d{0,3}|[A-Z][A-Z0-9_]*"
)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
# `RpcGroupManagementToken`, `hipPointerAttributeP2pTokens`.
_CAMEL = re.compile(r"[A-Za-z][a-z]*(?:[A-Z]{1,3}[a-z]{3,}|[A-Z]\d[a-z]{1,2})+")
_PIECE = re.compile(r"[-_./:,+ |~<>()\[\]{}'’]+")
# `bert`, `Llama`, `uncased`, `7b`, `v1`, `2024`, `opt125m`.
_WORDLIKE = re.compile(
    r"[A-Z]?[a-z]*|[A-Z]+|\d{1,8}|[A-Za-z]{1,9}\d{1,3}[a-z]?|\d{1,3}[A-Za-z]{1,3}|v\d+|[A-Z]?[a-z]+[A-Z][a-z]+"
)


def is_secret(value: str, level: Telling, *, literal: bool) -> bool:
    """Return whether the value beside a name of this level is a secret.

    Args:
        value: What stands beside the name.
        level: What the name says of it.
        literal: The value stood in quotes, or is a piece of data: it is no name of a variable.
    """
    value = value.strip()[:_ENOUGH]
    if level is Telling.NOTHING or len(value) < 4 or is_placeholder(value):
        return False
    if not literal and (_REFERENCE.fullmatch(value) or not _has_letter_and_digit_or_symbol(value)):
        return False
    if level is Telling.PASSWORD:
        return not _is_sentence(value) and not _VARIABLE.fullmatch(value) and not _PATH.fullmatch(value)
    return looks_random(value) and not _NO_KEY.search(value)


def is_placeholder(value: str) -> bool:
    """Return whether the value stands for one that is to be filled in, or is a word that means nothing secret."""
    if _PLACEHOLDER.fullmatch(value):
        return True
    return _TO_BE_FILLED_IN.search(value) is not None and _is_wordlike(value)


def looks_random(value: str) -> bool:
    """Return whether nobody would think of the value as a word, a path or a number.

    >>> looks_random("9fK2" + "xQ7bL0pZ"), looks_random("bert-base-uncased"), looks_random("meta-llama/Llama-2-7b-hf")
    (True, False, False)
    """
    if len(value) < 8 or " " in value or _VARIABLE.fullmatch(value) or _CAMEL.fullmatch(value):
        return False
    if "\\x" in value and len(value) < 40:  # the first bytes of a kind of file: a key has at least ten
        return False
    if not any(letter.isdigit() for letter in value):
        return len(value) >= 20 and _mixes_case(value) and entropy(value) >= 3.5
    if not any(letter.isalpha() for letter in value) and len(value) < 16:
        return False
    if _is_wordlike(value):
        return False
    return entropy(value) >= min(MIN_ENTROPY, math.log2(len(value)) - 0.6)


def entropy(value: str) -> float:
    """Return Shannon's entropy of the value's letters, in bits a letter."""
    counts, total = Counter(value).values(), len(value)
    return -sum(count / total * math.log2(count / total) for count in counts)


def _is_wordlike(value: str) -> bool:
    """Return whether every piece between hyphens, dots and the like is a word, a number or a name such as `v2`."""
    return all(_WORDLIKE.fullmatch(piece) for piece in _PIECE.split(value))


def _mixes_case(value: str) -> bool:
    """Return whether capitals stand where no word begins."""
    changes = sum(1 for first, second in pairwise(value) if first.islower() and second.isupper())
    return changes >= max(3, len(value) // 8)


def _has_letter_and_digit_or_symbol(value: str) -> bool:
    return any(letter.isdigit() for letter in value) or any(letter in "!@#%^&*+=~?" for letter in value)


def _is_sentence(value: str) -> bool:
    """Return whether the value is said to people: a prompt or a message, such as "Password must be long"."""
    return value.count(" ") >= 1 and (value[-1] in ".:!?" or value[0].isupper())

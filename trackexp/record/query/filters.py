"""The language of filters: names, numbers, texts and lists, compared, with `and`, `or` and `not`.

    expression  = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation    = "not" negation | comparison
    comparison  = operand [ operator operand ]
    operator    = "<" | "<=" | ">" | ">=" | "==" | "=" | "!=" | [ "not" ] "in" | [ "not" ] "contains"
    operand     = number | text | "true" | "false" | "null" | name | list | "(" expression ")"
    list        = "[" [ operand { "," operand } ] "]"

A value that a run does not have is null: it equals null alone, and no order holds for it. Values of different kinds are
never equal and have no order. Nothing is ever evaluated as Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackexp.errors import FilterError
from trackexp.record.query.operators import OPERATORS, contains
from trackexp.record.query.tokens import Kind, Token, tokens, trouble
from trackexp.record.query.values import getter
from trackexp.record.run_record import RunRecord

Test = Callable[[RunRecord], bool]
_Value = Callable[[RunRecord], Any]

_DEEPEST = 100  # brackets within brackets
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None}


def parse_filter(source: str) -> Test:
    """Return the test that a filter stands for.

    >>> test = parse_filter("config.lr < 0.01 and state in ['finished', 'running']")
    >>> from trackexp.record.run_record import State
    >>> test(RunRecord("a", config={"lr": 0.001}, state=State.FINISHED)), test(RunRecord("b", state=State.FINISHED))
    (True, False)

    Raises:
        FilterError: It does not parse; the message has a caret under the place.
    """
    parser = _Parser(source)
    value = parser.expression()
    parser.expect_end()
    return lambda record: _truth(value(record))


class _Parser:
    """One pass over the words, a method for each line of the grammar."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = list(tokens(source))
        self._place = 0
        self._depth = 0

    def expression(self) -> _Value:
        """Parse alternatives."""
        parts = [self._conjunction()]
        while self._takes("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda record: any(_truth(part(record)) for part in parts)

    def expect_end(self) -> None:
        """Refuse whatever follows a whole expression."""
        if self._next.kind is not Kind.END:
            raise self._trouble("expected `and`, `or` or the end here")

    def _conjunction(self) -> _Value:
        parts = [self._negation()]
        while self._takes("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else lambda record: all(_truth(part(record)) for part in parts)

    def _negation(self) -> _Value:
        if not self._takes("not"):
            return self._comparison()
        inner = self._nested(self._negation)
        return lambda record: not _truth(inner(record))

    def _comparison(self) -> _Value:
        left = self._operand()
        token = self._next
        negated = token.text == "not" and token.kind is Kind.WORD and self._takes("not")
        if self._takes("in"):
            right = self._operand()
            return _compared(left, right, lambda a, b: contains(b, a) is not negated)
        if self._takes("contains"):
            right = self._operand()
            return _compared(left, right, lambda a, b: contains(a, b) is not negated)
        if negated:
            raise self._trouble("expected `in` or `contains` after `not`")
        if token.kind is Kind.OPERATOR:
            self._place += 1
            right = self._operand()
            return _compared(left, right, OPERATORS["==" if token.text == "=" else token.text])
        return left

    def _operand(self) -> _Value:
        token = self._next
        self._place += 1
        if token.kind is Kind.NUMBER:
            return _constant(_number(token.text))
        if token.kind is Kind.TEXT:
            return _constant(token.text)
        if token.kind is Kind.WORD and token.text in _CONSTANTS:
            return _constant(_CONSTANTS[token.text])
        if token.kind is Kind.NAME:
            return self._name(token)
        if token.text in ("(", "["):
            return self._nested(self._bracketed if token.text == "(" else self._list)
        self._place -= 1
        raise self._trouble("expected a name, a number, a text or a list here")

    def _name(self, token: Token) -> _Value:
        try:
            return getter(token.text)
        except FilterError as error:
            raise trouble(self._source, token.place, str(error)) from None

    def _bracketed(self) -> _Value:
        inner = self.expression()
        self._expect(")")
        return inner

    def _list(self) -> _Value:
        parts: list[_Value] = []
        while not self._takes("]"):
            if parts:
                self._expect(",")
            parts.append(self._operand())
        return lambda record: [part(record) for part in parts]

    def _nested(self, inner: Callable[[], _Value]) -> _Value:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._trouble(f"more than {_DEEPEST} levels")
        value = inner()
        self._depth -= 1
        return value

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _takes(self, text: str) -> bool:
        taken = self._next.text == text and self._next.kind in (Kind.WORD, Kind.BRACKET)
        self._place += taken
        return taken

    def _expect(self, text: str) -> None:
        if not self._takes(text):
            raise self._trouble(f"expected {text!r} here")

    def _trouble(self, what: str) -> FilterError:
        return trouble(self._source, self._next.place, what)


def _number(text: str) -> int | float:
    plain = text.replace("_", "")
    return int(plain) if plain.lstrip("+-").isdigit() else float(plain)


def _constant(value: Any) -> _Value:
    return lambda _record: value


def _compared(left: _Value, right: _Value, holds: Callable[[Any, Any], bool]) -> _Value:
    return lambda record: holds(left(record), right(record))


def _truth(value: Any) -> bool:
    return value is not None and value is not False and value != 0 and value != "" and value != []

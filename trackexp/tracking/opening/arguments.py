"""The command line of a script as its own parser has read it: argparse, click, absl or Hydra."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any

from trackexp.tracking.opening.intercept import Interception

logger = logging.getLogger("trackexp")


class SeenArguments:
    """What the parsers of a script have read, from the construction until `undo`; the script gets what it ever got.

    Args:
        more: Called when more has been read.
    """

    def __init__(self, more: Callable[[], None] = lambda: None) -> None:
        self._values: dict[str, Any] = {}
        self._given: dict[str, Any] = {}
        self._more = more
        self._interceptions: list[Interception] = []
        self._watch(argparse.ArgumentParser.parse_known_args, self._parse)
        click = sys.modules.get("click")  # imported by our own command line
        if click is not None:
            self._watch(click.Command.invoke, self._invoke)

    def undo(self) -> None:
        """Leave the parsers as they were."""
        while self._interceptions:
            self._interceptions.pop().undo()

    def config(self) -> dict[str, Any]:
        """Return all values by name, defaults too."""
        return {**self._values, **_safely(_absl_flags)}

    def varying(self) -> dict[str, Any]:
        """Return the values that are not the parser's defaults: what tells this run from others of the script."""
        return {**self._given, **_safely(lambda: _absl_flags(present=True))}

    def _watch(self, function: Any, handle: Callable[..., Any]) -> None:
        try:
            self._interceptions.append(Interception(function, handle))
        except TypeError:  # somebody has put something else there
            logger.debug("%r cannot be watched", function, exc_info=True)

    def _parse(self, original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        found = original(*args, **kwargs)
        try:
            parser = args[0]
            words = kwargs.get("args", args[1] if len(args) > 1 else None)
            if hasattr(found[0], "hydra_help"):  # Hydra's parser: what is the script's stands in its overrides
                values = _hydra_overrides(list(found[0].overrides))
                self._take(values, set(values))
            elif words is None or list(words) in ([], sys.argv[1:]):
                values = dict(vars(found[0]))
                self._take(values, {name for name in values if values[name] != parser.get_default(name)})
        except Exception:
            logger.debug("the arguments cannot be read", exc_info=True)
        return found

    def _invoke(self, original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            context = args[1] if len(args) > 1 else kwargs["ctx"]
            sources = {name: getattr(context.get_parameter_source(name), "name", "") for name in context.params}
            self._take(dict(context.params), {name for name, source in sources.items() if "DEFAULT" not in source})
        except Exception:
            logger.debug("click's parameters cannot be read", exc_info=True)
        return original(*args, **kwargs)

    def _take(self, values: Mapping[str, Any], given: set[str]) -> None:
        plain = {str(name): value for name, value in values.items() if _is_plain(value)}
        self._values |= plain
        self._given |= {name: value for name, value in plain.items() if name in given}
        self._more()


def _absl_flags(*, present: bool = False) -> dict[str, Any]:
    """Return the flags that the script itself defines, or those that stand on the command line."""
    absl = sys.modules.get("absl.flags")
    if absl is None or not absl.FLAGS.is_parsed():
        return {}
    own = absl.FLAGS.flags_by_module_dict().get(sys.argv[0], [])
    return {flag.name: flag.value for flag in own if _is_plain(flag.value) and (flag.present or not present)}


def _hydra_overrides(words: list[str]) -> dict[str, Any]:
    """Return what was set on Hydra's command line, read as it reads it."""
    import yaml

    pairs = [word.partition("=") for word in words if not word.lstrip("+~").startswith("hydra")]
    return {name.lstrip("+~"): yaml.safe_load(value) for name, sign, value in pairs if sign}


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str) or hasattr(value, "__fspath__")


def _safely(read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return read()
    except Exception:  # a library that has moved what is read here
        logger.debug("arguments cannot be read", exc_info=True)
        return {}

"""Every error that trackexp raises, in one tree.

    TrackexpError
    ├── UsageError (ValueError)            an argument, option or name that cannot be right
    │   ├── UnknownMonitorError            the monitored metric does not exist; lists those that do
    │   ├── MetricKeyError                 a metric name that W&B cannot sort or filter by
    │   ├── FilterError                    a filter, order or column of a listing that cannot be read
    │   ├── RunNotFoundError (LookupError) no run, or more than one, answers to that name
    │   └── RequestError                   rows or a request that a served model cannot answer
    ├── ConfigurationError                 the machine or the environment is not as it must be
    │   ├── MissingExtraError (ImportError)  an optional package is not installed
    │   ├── UnsupportedVersionError        an installed package is outside the supported window
    │   ├── CredentialsError               a key or an entity that the server refuses
    │   └── SecretsFoundError              a secret in what a run would store, under `strict_secrets=True`
    ├── DiagnosisError                     a finding as severe as `track(fail_on=…)` said
    ├── UnreadableRunError                 a file that is no W&B run at all
    ├── LedgerError                        a registry's ledger that was changed, or that contradicts itself
    ├── CrossValidationError               not one fold of a cross-validation could be trained
    ├── ServerError                        the W&B server cannot be reached, or does not do what was asked
    └── TrackingError                      recording failed, and `strict=True` asked to hear of it

A message says what was seen, what was expected, the nearest valid value, and what to do. The command line exits
with 2 for all of them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ConfigurationError",
    "CredentialsError",
    "CrossValidationError",
    "DiagnosisError",
    "FilterError",
    "LedgerError",
    "MetricKeyError",
    "MissingExtraError",
    "RequestError",
    "RunNotFoundError",
    "SecretsFoundError",
    "ServerError",
    "TrackexpError",
    "TrackingError",
    "UnknownMonitorError",
    "UnreadableRunError",
    "UnsupportedVersionError",
    "UsageError",
    "first_line",
    "nearest",
    "written_out",
]


class TrackexpError(Exception):
    r"""The root: `except TrackexpError` catches everything that trackexp raises on purpose.

    Titles, paths and a server's words in a message cannot steer a terminal or a log: as text it is one line, in which
    control characters and those that turn the direction of writing are written out.

    >>> str(TrackexpError("no run in \x1b[2J\n"))
    'no run in \\x1b[2J\\n'
    """

    _has_lines = False  # whether the message is laid out in lines, of which no foreign text can begin one

    def __str__(self) -> str:
        return written_out(super().__str__(), lines=self._has_lines)


class UsageError(TrackexpError, ValueError):
    """An argument, an option or a name cannot be right, for example `track(mode="ofline")`."""


class UnknownMonitorError(UsageError):
    """The metric to monitor is not among those that the training reports, for example `monitor="val_los"`."""


class MetricKeyError(UsageError):
    """W&B stores a metric of this name and can then neither sort nor filter by it, for example `"bad key!"`."""


class FilterError(UsageError):
    """A filter, an order or a column of a listing cannot be read, for example `config.lr <`; a caret is under it."""

    _has_lines = True


class RunNotFoundError(UsageError, LookupError):
    """No run answers to the name that was given, or more than one does."""


class RequestError(UsageError):
    """A served model cannot answer a request: a row of another shape, a text for a number, too much at once.

    Args:
        message: One sentence that holds neither data nor paths: it is told to whoever asked.
        status: Of the HTTP answer.
        place: Where in the request, such as `inputs[3].age`.
        detail: For the log alone.
        retry_after: Seconds after which it may be tried again.
    """

    def __init__(
        self, message: str, *, status: int = 422, place: str = "", detail: str = "", retry_after: int | None = None
    ) -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.status, self.place, self.detail, self.retry_after = status, place, detail, retry_after


class ConfigurationError(TrackexpError):
    """The machine or its environment is not as it must be."""


class MissingExtraError(ConfigurationError, ImportError):
    """An optional package is not installed; the message is the command that installs it."""


class UnsupportedVersionError(ConfigurationError):
    """An installed package is outside the versions that trackexp works with, for example Keras 2."""


class CredentialsError(ConfigurationError):
    """The server refuses the key or does not know the entity; the message says which and where it was read from."""


class SecretsFoundError(ConfigurationError):
    """A secret is in what the run would store; raised only under `track(strict_secrets=True)`, before it starts."""


class DiagnosisError(TrackexpError):
    """A finding is as severe as `track(fail_on=…)` said; raised where it is made, mostly before the first epoch."""


class UnreadableRunError(TrackexpError):
    """The file is no W&B run at all: a run that is only cut or corrupt is read, with its damage noted."""


class LedgerError(TrackexpError):
    """The ledger of a model was cut, edited or renamed, or two machines moved one alias differently."""


class CrossValidationError(TrackexpError):
    """Not one fold of a cross-validation could be trained; the message names the folds, with why and their logs."""


class ServerError(TrackexpError):
    """The W&B server could not be reached, or did not do what it was asked, after several tries."""


class TrackingError(TrackexpError):
    """Recording failed while the script ran; raised only under `track(strict=True)`."""


def written_out(text: str, *, lines: bool = False, most: int = 20_000) -> str:
    """Return a text that cannot steer a terminal or a log: what does not print is written out as an escape.

    Args:
        text: The text.
        lines: Whether its line breaks and tabs stay.
        most: Characters after which it ends in an ellipsis.
    """
    text = text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"
    if text.isprintable():
        return text
    kept = "\n\t" if lines else ""
    return "".join(one if one in kept or one.isprintable() else repr(one)[1:-1] for one in text)


def nearest(seen: str, valid: Iterable[str]) -> str:
    """Return `" (did you mean 'x'?)"` for the valid value nearest to `seen`, or nothing when none is near."""
    import difflib  # on first use: errors stands under everything, also under `import trackexp`

    matches = difflib.get_close_matches(seen, list(valid), n=1, cutoff=0.6)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def first_line(error: BaseException | str, most: int = 300) -> str:
    r"""Return the first line of a message that holds anything, at most so many characters of it.

    An exception without a message is named by its class, as `KeyboardInterrupt()` would be.

    >>> first_line(ValueError("\n  no such layer: dense_3\n(a page of config)")), first_line(TimeoutError())
    ('no such layer: dense_3', 'TimeoutError')
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if lines:
        return lines[0][:most]
    return type(error).__name__ if isinstance(error, BaseException) else "no message"

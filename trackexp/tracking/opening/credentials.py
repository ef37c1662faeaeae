"""Which key, read from where, and whether the server takes it: known before `wandb.init`, which cannot tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from trackexp.errors import CredentialsError
from trackexp.settings import Environment
from trackexp.tracking import wandb_private
from trackexp.tracking.failures import OutOfTimeError, in_time
from trackexp.tracking.opening.environment import source_of

if TYPE_CHECKING:
    import requests

CONNECT_SECONDS, ANSWER_SECONDS, VERIFY_SECONDS = 3.0, 5.0, 6.0
_VIEWER = "viewer { username entity teams { edges { node { name } } } }"
_ENTITY = "entity(name: $entity) { name }"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key and the place it was read from; the key itself is never shown."""

    source: str
    base_url: str
    app_url: str
    key: str | None = field(default=None, repr=False)


class ServerUnreachableError(Exception):
    """The server did not answer, or not as W&B does: weather, no mistake of the user's."""


def find(environment: Environment, settings: Any, passed: str | None = None) -> Credentials | None:
    """Return the credentials that W&B would use, in its own order of places; None where there are none.

    Args:
        environment: Where WANDB_API_KEY and WANDB_IDENTITY_TOKEN_FILE stand.
        settings: W&B's before any run: they name the server, and may hold a key themselves.
        passed: The key in the argument `settings`, which beats all others.

    Raises:
        CredentialsError: A key is there and cannot be one.
    """
    from wandb.errors import AuthenticationError

    base_url = str(settings.base_url).rstrip("/")
    app_url = str(settings.app_url).rstrip("/")
    if environment.identity_token_file and not environment.api_key and not passed:
        return Credentials(source_of("WANDB_IDENTITY_TOKEN_FILE"), base_url, app_url)
    if passed:
        source, key = "the argument settings", passed
    elif environment.api_key:
        source, key = source_of("WANDB_API_KEY"), environment.api_key
    else:
        try:
            entry = wandb_private.netrc_key(base_url)
        except AuthenticationError as error:
            raise CredentialsError(f"the key for {base_url} in the netrc file cannot be one: {error}") from None
        if entry is None and not settings.api_key:
            return None
        key, source = entry or (settings.api_key, "W&B's settings")
    problem = wandb_private.key_problem(key)
    if problem:
        raise CredentialsError(
            f"the W&B key read from {source} cannot be one: {problem} Copy it anew from {app_url}/authorize, "
            "or unset it to record offline"
        )
    return Credentials(source, base_url, app_url, key)


def verify(credentials: Credentials, entity: str | None) -> None:
    """Ask the server whether it takes the key and knows the entity.

    Raises:
        CredentialsError: It refuses the key, or does not know the entity.
        ServerUnreachableError: There was no answer in time.
    """
    if credentials.key is None:  # an identity token: W&B exchanges it itself during init
        return
    try:
        # A request's own limits are for one connection and one read: not the look-up of the name, nor answers in drops.
        answer = in_time(lambda: _ask(credentials, entity), VERIFY_SECONDS, name="verify")
    except OutOfTimeError:
        raise ServerUnreachableError(f"no answer within {VERIFY_SECONDS:.0f} s") from None
    if answer is None:
        return
    viewer = answer.get("viewer")
    if not viewer:
        raise CredentialsError(_refused(credentials))
    if entity and not answer.get("entity"):
        teams = [edge["node"]["name"] for edge in (viewer.get("teams") or {}).get("edges", [])]
        known = sorted({viewer.get("username") or "", viewer.get("entity") or "", *teams} - {""})
        raise CredentialsError(
            f"entity {entity!r} is not known to {credentials.base_url} or not open to the key read from "
            f"{credentials.source}; it can write to: {', '.join(known)}"
        )


def post(
    credentials: Credentials, query: str, variables: dict[str, Any], seconds: float = ANSWER_SECONDS
) -> requests.Response:
    """Return the server's response to a GraphQL query, whatever its status.

    Raises:
        requests.RequestException: There was none.
    """
    import requests

    return requests.post(
        f"{credentials.base_url}/graphql",
        json={"query": query, "variables": variables},
        auth=("api", credentials.key or ""),
        timeout=(CONNECT_SECONDS, seconds),
    )


def _ask(credentials: Credentials, entity: str | None) -> dict[str, Any] | None:
    """Return the server's answer; None when it is a W&B server that cannot say (an older one, or one that is busy)."""
    import requests

    query = (
        f"query Trackexp($entity: String) {{ {_VIEWER} {_ENTITY} }}" if entity else f"query Trackexp {{ {_VIEWER} }}"
    )
    try:
        response = post(credentials, query, {"entity": entity} if entity else {})
        if response.status_code in (401, 403):
            raise CredentialsError(_refused(credentials))
        if response.status_code in (404, 405, 410):
            raise ServerUnreachableError(f"answers {response.status_code} at /graphql: is this a W&B server?")
        if 400 <= response.status_code < 500:
            return None
        response.raise_for_status()
        data = response.json()["data"]
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise ServerUnreachableError(type(error).__name__) from error
    if not isinstance(data, dict):
        raise ServerUnreachableError("the answer is not W&B's")
    return data


def _refused(credentials: Credentials) -> str:
    return (
        f"{credentials.base_url} refuses the key read from {credentials.source}. Copy it anew from "
        f"{credentials.app_url}/authorize, or set WANDB_MODE=offline to record on this disk"
    )

"""What the server holds of a run, by its own word: one query, page by page where there is much."""

from __future__ import annotations

from dataclasses import dataclass, field
from string import Template
from typing import TYPE_CHECKING, Any

from trackexp.tracking.opening.credentials import Credentials, ServerUnreachableError, post

if TYPE_CHECKING:
    from trackexp.tracking.arrival.sent import Sent

ANSWER_SECONDS = 10.0
_PAGE = 500
_QUERY = Template("""
query TrackexpArrival($$entity: String, $$project: String!, $$run: String!, $$files: String, $$artifacts: String) {
  project(name: $$project, entityName: $$entity) {
    run(name: $$run) {
      historyLineCount
      historyKeys
      files(first: $page, after: $$files) { edges { node { name md5 } } pageInfo { hasNextPage endCursor } }
      outputArtifacts(first: $page, after: $$artifacts) {
        edges { node { digest state artifactSequence { name } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
""").substitute(page=_PAGE)
_ARTIFACT = """
query TrackexpArtifact($entity: String, $project: String!, $artifact: String!) {
  project(name: $project, entityName: $entity) { artifact(name: $artifact) { digest state } }
}
"""


@dataclass(slots=True)
class Held:
    """A run as the server has it.

    Args:
        rows: How many rows of history, doubled ones counted twice.
        last_step: W&B's step of the last row; -1 where there is none.
        files: Base64 MD5 by name.
        artifacts: Name and digest of those that are committed.
    """

    rows: int = 0
    last_step: int = -1
    files: dict[str, str] = field(default_factory=dict)
    artifacts: set[tuple[str, str]] = field(default_factory=set)


def held_by(credentials: Credentials, entity: str, project: str, run_id: str) -> Held | None:
    """Return what the server holds of a run; None where it does not know the run.

    Raises:
        ServerUnreachableError: It does not answer, or not as W&B does.
    """
    held = Held()
    cursors: dict[str, str | None] | None = {"files": None, "artifacts": None}
    while cursors is not None:
        variables = {"entity": entity or None, "project": project, "run": run_id, **cursors}
        run = (_ask(credentials, _QUERY, variables) or {}).get("run")
        if not run:
            return None
        try:
            cursors = _add_page(held, run, cursors)
        except (KeyError, TypeError, ValueError) as error:  # not as W&B answers
            raise ServerUnreachableError(type(error).__name__) from error
    return held


def _add_page(held: Held, run: dict[str, Any], cursors: dict[str, str | None]) -> dict[str, str | None] | None:
    """Add a page of the answer, and return where the next one begins; None where this was the last."""
    held.rows = int(run.get("historyLineCount") or 0)
    held.last_step = int((run.get("historyKeys") or {}).get("lastStep", -1)) if held.rows else -1
    held.files.update({node["name"]: node.get("md5") or "" for node in _nodes(run["files"])})
    held.artifacts.update(
        (node["artifactSequence"]["name"], node["digest"])
        for node in _nodes(run["outputArtifacts"])
        if node["state"] == "COMMITTED"
    )
    pages = {"files": run["files"]["pageInfo"], "artifacts": run["outputArtifacts"]["pageInfo"]}
    if not any(page["hasNextPage"] for page in pages.values()):
        return None
    return {name: page["endCursor"] or cursors[name] for name, page in pages.items()}


def held_of(sent: Sent, credentials: Credentials) -> Held | None:
    """Return what the server holds of the run that a session belongs to.

    An artifact that another run logged with the same content is that one's; this run's are then found by their digest.

    Raises:
        ServerUnreachableError: It does not answer, or not as W&B does.
    """
    project = sent.project or "uncategorized"
    held = held_by(credentials, sent.entity, project, sent.run_id)
    if held is not None:
        for name, digest in {(artifact.name, artifact.digest) for artifact in sent.artifacts} - held.artifacts:
            variables = {"entity": sent.entity or None, "project": project, "artifact": f"{name}:{digest}"}
            found = (_ask(credentials, _ARTIFACT, variables) or {}).get("artifact") or {}
            if found.get("state") == "COMMITTED" and found.get("digest") == digest:
                held.artifacts.add((name, digest))
    return held


def _nodes(connection: dict[str, Any]) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


def _ask(credentials: Credentials, query: str, variables: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the server answers of the project; None where it knows none."""
    import requests

    try:
        response = post(credentials, query, variables, ANSWER_SECONDS)
        response.raise_for_status()
        project: dict[str, Any] | None = response.json()["data"]["project"]
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise ServerUnreachableError(type(error).__name__) from error
    return project or None

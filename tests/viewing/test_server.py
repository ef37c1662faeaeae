from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from trackexp.errors import UsageError
from trackexp.viewing import Board, Server


def ask(server: Server, path: str, *, host: str | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{server.port}")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def with_token(server: Server, path: str) -> str:
    """Return a path with what the link has."""
    return f"{path}{'&' if '?' in path else '?'}token={server.guard.token}"


@pytest.mark.parametrize("path", ["/", "/api/events", "/api/run/firstrun", "/api/columns", "/pages/compare"])
@pytest.mark.parametrize("token", ["", "?token=", "?token=wrong", "?token=%C3%BC"])
def test_nothing_but_the_pages_own_code_is_told_without_the_token(server: Server, path: str, token: str):
    """A process of another user on this machine learns nothing."""
    status, _, body = ask(server, path + token)

    assert 403 == status
    assert b"firstrun" not in body


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::2]:80"])
def test_a_name_that_is_not_this_machines_is_refused_even_with_the_token(server: Server, host: str):
    """A page that makes its own name mean 127.0.0.1 gets nothing."""
    status, _, body = ask(server, with_token(server, "/api/columns"), host=host or " ")

    assert (421, False) == (status, b"config" in body)


def test_the_link_gives_a_cookie_of_this_site_alone(server: Server):
    """Later requests need no token in their address."""
    _, headers, _ = ask(server, with_token(server, "/"))
    cookie = headers["Set-Cookie"]
    status, _, _ = ask(server, "/api/columns", Cookie=cookie.partition(";")[0])

    assert 200 == status
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_every_answer_says_what_a_page_may_do(server: Server):
    """Nothing from outside, nothing inline."""
    _, headers, _ = ask(server, with_token(server, "/"))
    policy = headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert ("nosniff", "no-referrer") == (headers["X-Content-Type-Options"], headers["Referrer-Policy"])


@pytest.mark.parametrize("name", ["../server.py", "..%2fserver.py", "/etc/passwd", "%2e%2e/board.py", "nothing.js", ""])
def test_no_name_of_a_part_of_the_page_leads_out_of_its_folder(server: Server, name: str):
    """Only what was shipped for the page is there."""
    status, _, body = ask(server, f"/assets/{name}")

    assert (404, b"") == (status, body)


@pytest.mark.parametrize("name", ["../run-firstrun.wandb", "/etc/passwd", "nothing.txt", "requirements.txt/.."])
def test_only_files_that_a_run_lists_are_shown(server: Server, name: str):
    """A name from a link is looked up, never joined to a path."""
    status, _, body = ask(server, with_token(server, f"/api/file/firstrun?name={quote(name, safe='')}"))

    assert (404, True) == (status, b"no file" in body)


def test_a_page_of_a_run_is_shown_in_an_origin_of_its_own(server: Server, folder: Path):
    """A run from a stranger may bring any HTML: it must not read the view."""
    media = folder / "offline-run-20260101_120000-firstrun" / "files" / "media" / "html"
    media.mkdir(parents=True)
    (media / "report.html").write_text("<script>fetch('/api/columns')</script>", encoding="utf-8")
    status, headers, _ = ask(server, with_token(server, "/api/file/firstrun?name=media/html/report.html"))

    assert 200 == status
    assert "sandbox allow-scripts" in headers["Content-Security-Policy"]
    assert "allow-same-origin" not in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_a_run_tells_its_curves_from_some_point_on(server: Server):
    """What the page has is not sent again."""
    _, _, body = ask(server, with_token(server, "/api/run/firstrun"))
    curve = json.loads(body)["charts"][0]["curves"][0]
    parts = []
    for begin in (0, curve["points"] - 1):
        path = f"/api/series/firstrun?name={quote(curve['key'], safe='')}&from={begin}"
        parts.append(json.loads(ask(server, with_token(server, path))[2])["curves"][0])
    whole, rest = parts

    assert curve["points"] == whole["total"] == len(whole["x"])
    assert (whole["x"][-1:], whole["y"][-1:]) == (rest["x"], rest["y"])


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/run/nobody", 404, "no run 'nobody'"),
        ("/api/series/firstrun?name=nothing", 400, "is no metric of this run"),
        ("/api/series/firstrun?axis=sideways", 400, "expected step, epoch or time"),
        ("/api/check?filter=config.lr+%3C", 400, "filter"),
        ("/api/check?column=nothing", 400, "no run has 'nothing'"),
        ("/pages/compare?runs=firstrun", 400, "two runs"),
        ("/pages/compare?runs=firstrun,gone", 404, "gone"),
    ],
)
def test_a_mistake_is_said_in_words(server: Server, path: str, status: int, said: str):
    """The page shows them as they are."""
    seen, _, body = ask(server, with_token(server, path))

    assert status == seen
    assert said in json.loads(body)["error"]


def test_selected_runs_are_compared_by_the_page_that_is_there(server: Server):
    """The verdict comes first."""
    status, _, body = ask(server, with_token(server, "/pages/compare?runs=firstrun,otherrun"))

    assert 200 == status
    assert b"Verdict" in body


def test_a_taken_port_is_said_with_what_to_do(server: Server, board: Board):
    """Without one the next free port is taken."""
    with pytest.raises(UsageError, match=f"port {server.port} .*--port"):
        Server(board, port=server.port)


def test_two_views_live_side_by_side(server: Server, board: Board):
    """Each has its own port, token and cookie."""
    with Server(board) as one, Server(board) as other:
        ports = {server.port, one.port, other.port}
        cookies = {server.guard.cookie, one.guard.cookie, other.guard.cookie}

        assert (3, 3) == (len(ports), len(cookies))
        assert 403 == ask(other, f"/api/columns?token={one.guard.token}")[0]


def test_news_are_streamed_as_they_come(server: Server, add_run: Callable[..., Path]):
    """The first event has the whole table; a run that appears comes as a row alone."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", with_token(server, "/api/events"))
    answer = connection.getresponse()

    def next_rows() -> dict[str, object]:
        while not (line := answer.readline()).startswith(b"data: {"):
            assert line
        return dict(json.loads(line.removeprefix(b"data: ")))

    whole = next_rows()
    add_run("thirdrun")
    later = next_rows()
    connection.close()

    assert (True, ["firstrun", "otherrun"]) == (whole["whole"], [row[0] for row in whole["rows"]])  # type: ignore[attr-defined]
    assert (False, ["thirdrun"]) == (later["whole"], [row[0] for row in later["rows"]])  # type: ignore[attr-defined]


def test_closing_ends_streams_at_once(board: Board):
    """Nobody waits for a heartbeat."""
    with Server(board, port=0) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", with_token(server, "/api/events"))
        answer = connection.getresponse()
        answer.readline()
        board.close()
        rest = answer.read()
        connection.close()

    assert b"event: end" in rest

"""Who may ask the view: this machine, under a name that is its own, with the token that was printed."""

from __future__ import annotations

import hmac
import secrets
from http.cookies import CookieError, SimpleCookie

LOOPBACK = "127.0.0.1"
_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})  # an `ssh -L` keeps these, with another port

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
# Of pages that trackexp makes anew from records: they name their own script and style by hash, and add nothing to this.
OWN_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
# Files of a run are somebody's: nothing in them runs, or it does so in an origin of its own that reaches nobody.
FILE_POLICY = "default-src 'none'; sandbox"
REPORT_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; sandbox allow-scripts"
)


class Guard:
    """The token of one server, and the rules of who is let in.

    Args:
        token: What the link has; default a new one.
    """

    def __init__(self, token: str | None = None) -> None:
        self.token = token or secrets.token_urlsafe(24)
        # Cookies know no ports: two views on one machine must not take each other's.
        self.cookie = f"trackexp-view-{secrets.token_hex(4)}"

    def is_our_name(self, host: str | None) -> bool:
        """Return whether a Host header names this machine: a page that rebinds its own name has another.

        >>> Guard("t").is_our_name("localhost:8765"), Guard("t").is_our_name("evil.example:8765")
        (True, False)
        """
        if host is None:
            return False
        name, colon, port = host.rpartition(":")
        if not colon or not port.isdigit():
            name = host
        return name.lower() in _NAMES

    def is_known(self, given: str | None, cookies: str | None, header: str | None) -> bool:
        """Return whether the token came along: in the link, in our cookie, or in an Authorization header."""
        candidates = [given, self._from_cookies(cookies), (header or "").removeprefix("Bearer ") or None]
        return any(one is not None and hmac.compare_digest(one.encode(), self.token.encode()) for one in candidates)

    def _from_cookies(self, text: str | None) -> str | None:
        try:
            found = SimpleCookie(text or "").get(self.cookie)
        except CookieError:
            return None
        return None if found is None else found.value

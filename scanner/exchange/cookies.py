"""The cookies of one visit, kept and sent back as a browser does, in memory, until the visit ends.

- Some sites show nothing to a visitor without cookies: they set one and redirect to the same page.
- A cookie goes back to the host that set it and to no other: `Domain` is ignored.
- Bounds: 50 cookies a host, 4 KiB each, 8 KiB in one request. The oldest beyond that are dropped. None is ever logged.

Source: RFC 6265, sections 5.2 to 5.4.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Final

from config.clock import Clock, utc_now
from scanner.authority.permit import Permit

COOKIES_MOST: Final = 50
COOKIE_BYTES_MOST: Final = 4_096
HEADER_BYTES_MOST: Final = 8_192
HOSTS_MOST: Final = 64
_LINES_MOST: Final = 100
_PAIR: Final = re.compile(
    r"[ \t]*([^\x00-\x20\x7f-\uffff;=\"(),/:<>?@\[\\\]{}]+)[ \t]*=[ \t]*([\x21-\x3a\x3c-\x7e]*)[ \t]*"
)

_Key = tuple[str, str]
"""Name and path."""


@dataclass(slots=True)
class Jar:
    """Safe to call from several threads. Its `repr` shows no cookie."""

    clock: Clock = utc_now
    changes: int = 0
    """Count of changes to the cookies. A page that redirects to itself may be fetched again after a change."""
    _hosts: dict[str, dict[_Key, str]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def header(self, permit: Permit) -> str:
        """Return the `Cookie` value for this request, longer paths first; empty for none."""
        with self._lock:
            kept = list(self._hosts.get(permit.host, {}).items())
        path = permit.target.partition("?")[0]
        fitting = sorted((key, value) for key, value in kept if _covers(key[1], path))
        return _joined(f"{name}={value}" for (name, _), value in sorted(fitting, key=lambda item: -len(item[0][1])))

    def take(self, permit: Permit, untrusted_lines: Iterable[str]) -> None:
        """Keep, renew or drop cookies as a response's `Set-Cookie` lines say."""
        for _, line in zip(range(_LINES_MOST), untrusted_lines, strict=False):
            with self._lock:
                self._take(permit, line)

    def _take(self, permit: Permit, untrusted_line: str) -> None:
        pair, *attributes = untrusted_line[: 2 * COOKIE_BYTES_MOST].split(";")
        found = _PAIR.fullmatch(pair)
        if found is None or len(pair) > COOKIE_BYTES_MOST:
            return
        said = {
            name.strip().lower(): value.strip()
            for name, _, value in (attribute.partition("=") for attribute in attributes)
        }
        path = said["path"] if said.get("path", "").startswith("/") else _folder(permit.target)
        if permit.host not in self._hosts and len(self._hosts) >= HOSTS_MOST:
            return
        host = self._hosts.setdefault(permit.host, {})
        before = host.pop((found[1], path), None)
        if not self._expired(said):
            host[found[1], path] = found[2]
        self.changes += before != host.get((found[1], path))
        while len(host) > COOKIES_MOST:
            del host[next(iter(host))]

    def _expired(self, said: dict[str, str]) -> bool:
        """Return True if the line removes the cookie. `Max-Age` outranks `Expires`; a malformed one is ignored."""
        if re.fullmatch(r"-?[0-9]{1,18}", said.get("max-age", "")):
            return int(said["max-age"]) <= 0
        try:
            expires = parsedate_to_datetime(said.get("expires", ""))
        except (ValueError, TypeError, IndexError, OverflowError):
            return False
        return (expires if expires.tzinfo else expires.replace(tzinfo=UTC)) <= self._now()

    def _now(self) -> datetime:
        return self.clock()


def _joined(pairs: Iterable[str]) -> str:
    header = ""
    for pair in pairs:
        longer = f"{header}; {pair}" if header else pair
        if len(longer) <= HEADER_BYTES_MOST:
            header = longer
    return header


def _covers(cookie_path: str, path: str) -> bool:
    return path == cookie_path or path.startswith(cookie_path if cookie_path.endswith("/") else f"{cookie_path}/")


def _folder(target: str) -> str:
    """Return the default path of a cookie: the folder of the page that set it."""
    return target.partition("?")[0].rpartition("/")[0] or "/"

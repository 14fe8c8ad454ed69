"""URLs in one reading, from which everything that is sent is built.

Rules: only http and https; the host is plain ASCII without user, password, percent signs or backslashes; a path is
brought to the form that browsers send (dot segments resolved, everything but plain ASCII percent-encoded); the
fragment is dropped. A URL that two parsers might read in two ways is refused. Sources: WHATWG URL; RFC 3986, 5.2.4.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

URL_CHARACTERS_MAX: Final = 8_192
REMEMBERED: Final = 256
"""Size of the cache of parsed URLs: every page of a site links to the same few."""
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_URL: Final = re.compile(
    r"(?P<scheme>[hH][tT][tT][pP][sS]?)://(?P<host>[A-Za-z0-9_.-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?(?:#.*)?",
    re.DOTALL,
)
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SENT_IN_PATH: Final = "/%!$&'()*+,;=:@-._~|[]"
_SENT_IN_QUERY: Final = _SENT_IN_PATH.replace("'", "") + "?\\^`{}"
_HERE: Final = frozenset({".", "%2e"})
_UP: Final = frozenset({"..", ".%2e", "%2e.", "%2e%2e"})
_DECODINGS_MAX: Final = 4


@dataclass(frozen=True, slots=True)
class Malformed:
    """A URL that may not be fetched. `why` is a phrase for people, free of the URL."""

    why: str


@dataclass(frozen=True, slots=True)
class Url:
    """A URL's parts, in the form in which they are sent. `host` is lower case and not yet known to be an onion's."""

    scheme: str
    host: str
    port: int
    path: str
    query: str | None

    @property
    def target(self) -> str:
        """Path and query, in the form of a request."""
        return self.path if self.query is None else f"{self.path}?{self.query}"

    def __str__(self) -> str:
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.target}"


def read_url(untrusted_url: str) -> Url | Malformed:
    """Parse a URL. Nothing is trimmed; a relative reference is malformed."""
    if len(untrusted_url) > URL_CHARACTERS_MAX:
        return Malformed(f"it is longer than {URL_CHARACTERS_MAX} characters")
    return _read(untrusted_url)


@lru_cache(REMEMBERED)
def _read(untrusted_url: str) -> Url | Malformed:
    if _FORBIDDEN.search(untrusted_url):
        return Malformed("it holds control characters")
    found = _URL.fullmatch(untrusted_url)
    if found is None:
        return Malformed("it is not a plain http or https address")
    scheme, path = found["scheme"].lower(), found["path"] or "/"
    port = int(found["port"] or DEFAULT_PORTS[scheme])
    if "\\" in path or not 0 < port < 2**16:
        return Malformed("its path holds a backslash, or its port is none")
    query = None if found["query"] is None else quote(found["query"], safe=_SENT_IN_QUERY)
    return Url(scheme, found["host"].lower(), port, normal_path(quote(path, safe=_SENT_IN_PATH)), query)


def normal_path(path: str) -> str:
    """`path` (beginning with a slash) without dot segments, plain or percent-encoded, as browsers resolve them."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment.lower() in _UP:
            del kept[-1:]
        elif segment.lower() not in _HERE:
            kept.append(segment)
    if segments[-1].lower() in _UP | _HERE:
        kept.append("")
    return "/" + "/".join(kept)


@lru_cache(REMEMBERED)
def within(path: str, prefixes: tuple[str, ...]) -> bool:
    """Return True if every way in which a server may read `path` lies within one of the prefixes.

    A server may decode `%2f` and `%5c` and then resolve dot segments, so the decoded path must be covered too.
    """
    return any(_covers(prefix, path) for prefix in prefixes) and any(
        _covers(prefix, _as_decoded(path)) for prefix in prefixes
    )


def _covers(prefix: str, path: str) -> bool:
    return path == prefix or path.startswith(prefix if prefix.endswith("/") else f"{prefix}/")


def _as_decoded(path: str) -> str:
    """Return the path as the most lenient server reads it; empty (within nothing) if it is encoded repeatedly."""
    for _ in range(_DECODINGS_MAX):
        decoded = unquote(path)
        if decoded == path:
            segments = (segment.split(";")[0] for segment in decoded.replace("\\", "/").split("/"))
            return normal_path("/".join(segments))
        path = decoded
    return ""

"""References of pages and Location headers, made absolute as browsers do it (WHATWG URL, section 4.4).

Browsers trim white space, drop tabs and line ends from the middle, and read a backslash as a slash; a stricter reader
misses pictures. The result has the one form of `scanner.urls.url` if it is a URL at all. Otherwise it is returned
unchanged, so that it can be counted; no permit is ever minted for it.
"""

import re
from typing import Final
from urllib.parse import urljoin

from scanner.urls.url import URL_CHARACTERS_MAX, Url, read_url

_TRIMMED: Final = "".join(map(chr, range(0x21)))
_DROPPED: Final = str.maketrans("", "", "\t\n\r")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HTTP: Final = re.compile(r"(https?):([/\\]*)", re.IGNORECASE)
_NO_HOST: Final = re.compile(r"(?:https?:)?[/\\]{2,}(?:[?#].*)?", re.IGNORECASE | re.DOTALL)
_SLASHES: Final = re.compile(r"[/\\]{2,}")
_OVERLONG: Final = "overlong:"
_SHOWN: Final = 100


def resolve(base_url: str, untrusted_reference: str) -> str:
    """Return a reference on the page at `base_url` as an absolute URL without fragment; if not http, only trimmed.

    A reference longer than any URL may be becomes `overlong:` and its first 100 characters.
    """
    if len(untrusted_reference) > URL_CHARACTERS_MAX:
        return _OVERLONG + untrusted_reference[:_SHOWN]
    reference = untrusted_reference.strip(_TRIMMED).translate(_DROPPED)
    scheme = _SCHEME.match(reference)
    if (scheme and scheme[1].lower() not in {"http", "https"}) or _NO_HOST.fullmatch(reference):
        return reference
    try:
        joined = urljoin(base_url, _as_browsers_read(base_url, reference))
    except ValueError:
        return reference
    url = read_url(joined)
    return str(url) if isinstance(url, Url) else joined


def _as_browsers_read(base_url: str, reference: str) -> str:
    """Backslashes before the query are slashes; more slashes than two before a host count as two."""
    path, mark, rest = _before_query(reference)
    path = path.replace("\\", "/")
    http = _HTTP.match(path)
    if http is None:
        return _SLASHES.sub("//", path, count=1) + mark + rest if path.startswith("//") else path + mark + rest
    same_scheme = base_url.lower().startswith(f"{http[1].lower()}:")
    behind = path[http.end() :]
    if same_scheme and len(http[2]) < len("//"):
        return http[2] + behind + mark + rest
    return f"{http[1]}://{behind}{mark}{rest}"


def _before_query(reference: str) -> tuple[str, str, str]:
    found = re.search(r"[?#]", reference)
    if found is None:
        return reference, "", ""
    return reference[: found.start()], found[0], reference[found.end() :]

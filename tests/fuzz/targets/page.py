"""A page: read by both parsers, or by the second alone, and what it holds survives the worker's pipe as it is.

The first byte says which content type, and whether the second parser reads alone.
"""

from scanner.page.content import PageContent
from scanner.page.worker.answer import answer
from scanner.page.worker.reply import unpack
from scanner.page.worker.request import request

_URL = "http://example.onion/a/"
_TYPES = (
    "text/html",
    "text/html; charset=utf-16",
    "text/css",
    "application/json",
    "application/rss+xml",
    "image/svg+xml",
)


def seeds() -> list[bytes]:
    pages = (
        b"<a href=b>x</a><img src=c.png srcset='d 1x, e 2x'><p style='background:url(f)'><base href=/>",
        b"<iframe srcdoc='&lt;img src=g&gt;'></iframe><img src=data:image/gif;base64,R0lGODlhAQ==><!-- <img src=h> -->",
        b"<svg><image href=i /></svg><meta http-equiv=refresh content='0;url=j'><noscript><img src=k></noscript>",
        b"@import 'a.css'; b { background: url(c.png) image-set('d.png' 1x) }",
        b'{"icons": [{"src": "a.png"}]}',
        b"d8:announce3:abc4:infod4:name1:x12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee",
        b"<rss><channel><item><enclosure url='a.jpg' type='image/jpeg'/></item></channel></rss>",
    )
    return [bytes([kind]) + page for kind in (0, 2, 3, 4, 5, 8) for page in pages]


def check(untrusted: bytes) -> None:
    if untrusted:
        kind, alone = untrusted[0] % len(_TYPES), untrusted[0] >= 2 * len(_TYPES)
        content = unpack(
            answer(bytearray(b"".join(request(untrusted[1:], _URL, _TYPES[kind], second_parser_only=alone))))
        )
        assert isinstance(content, PageContent)


REGRESSIONS: list[bytes] = []

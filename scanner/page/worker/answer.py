"""The page worker's answer to a request."""

import warnings
from typing import Final

from matcher.containers.samples import SAMPLES
from scanner.page.markup import charset
from scanner.page.reading.read_page import read_page
from scanner.page.worker.reply import pack
from scanner.page.worker.request import field

_SAMPLE: Final = b"""<!DOCTYPE html><html><head><meta charset="koi8-r"><base href="/x/"><title>&#169; &eacute;</title>
<style>@import "a.css"; b { background: url(c.png) }</style></head><body style="background:url('d.png')"><p>e<br>
<picture><source srcset="f.webp 1x, g.webp 2x"><img src="data:image/gif;base64,R0lGODlhAQ=="></picture><a href=h>i</a>
<script>j = "k.jpg";</script><iframe srcdoc="&lt;img src=l.jpg&gt;"></iframe><!-- m --><n o><svg><image href=p />
magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567"""
_URL: Final = "http://sample.onion/"


def answer(request_frame: bytearray | memoryview) -> bytes:
    """Read the page in a request and return the packed reply."""
    frame = memoryview(request_frame)
    second_parser_only = frame[0] == 1
    url, rest = field(frame[1:])
    content_type, rest = field(rest)
    return pack(read_page(bytes(rest), url, content_type, second_parser_only=second_parser_only))


def warm_up() -> None:
    """Use every parser once: a confined process can load no module later."""
    warnings.simplefilter("ignore")
    charset.warm_up()
    for container in SAMPLES:
        read_page(container, _URL, "")
        read_page(container[: len(container) * 2 // 3], _URL, "")
    read_page(b"d4:infod12:meta versioni2e6:pieces0:ee", _URL, "")
    read_page(b"--x\r\n\r\nGIF89a\r\n--x--", _URL, "multipart/x-mixed-replace; boundary=x")
    for untrusted_page in (_SAMPLE, _SAMPLE[: len(_SAMPLE) // 2], b"\xff\xfe<\x00i\x00m\x00g\x00>\x00", b"", b"\xff<"):
        for only in (False, True):
            read_page(untrusted_page, _URL, "text/html", second_parser_only=only)

"""A page that shows pictures in every way that browsers know, its parts, and a server on the loopback that logs requests.

Each picture lies below `/p/` under a name that says how it is shown. What is not a picture (fonts, sounds) lies below
`/other/`. Which of all these a browser asks for, it says itself: the server's log is the list.
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f030005fe02fe"
    "a7d6a1f60000000049454e44ae426082"
)
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">
<g id="g"><rect width="5" height="5"/></g></svg>"""

HEAD = """<!doctype html><html><head><meta charset="utf-8"><title>Every way</title>
<link rel="icon" href="/p/icon.png"><link rel="shortcut icon" href="/p/shortcut.ico">
<link rel="apple-touch-icon" href="/p/touch.png"><link rel="apple-touch-icon-precomposed" href="/p/touch2.png">
<link rel="mask-icon" href="/p/mask-icon.svg"><link rel="preload" as="image" href="/p/preload.png">
<link rel="preload" as="image" imagesrcset="/p/preload-1x.png 1x, /p/preload-2x.png 2x">
<link rel="prefetch" href="/p/prefetch.png"><link rel="manifest" href="/app.webmanifest">
<meta property="og:image" content="/p/og.png"><meta name="twitter:image" content="/p/twitter.png">
<meta name="msapplication-TileImage" content="/p/tile.png"><meta itemprop="image" content="/p/itemprop.png">
<meta http-equiv="Link" content="</p/meta-link.png>; rel=preload; as=image">
<script type="application/ld+json">{"image": "/p/json-ld.png", "logo": ["\\/p\\/json-ld-2.jpg"]}</script>
<link rel="stylesheet" href="/style.css"><link rel="alternate stylesheet" title="other" href="/other.css">
<link rel="stylesheet" href="/print.css" media="print">
<link rel="stylesheet" href="data:text/css,.f8{background:url(http://{host}/p/inline-css.png)}">
<style>@import"/no-space.css"; @\\69mport/**/'/escaped-import.css'; @import "/imported.css"; @import url(/imported2.css) screen; @import '/layered.css' layer(x);
@font-face { font-family: f; src: url(/other/font.woff2) }
@namespace svg url(http://www.w3.org/2000/svg);
:root { --picture: url(/p/custom-property.png) }
.b1 { background: url(/p/css-plain.png) } .b2 { background-image: url("/p/css-quoted.png"), url('/p/css-second.png') }
.b3 { background: image-set("/p/set-1x.png" 1x, "/p/set-2x.png" 2x) }
.b4 { background: -webkit-image-set(url(/p/webkit-set.png) 1x) } .b5::before { content: url(/p/content.png) }
.b6 { list-style: square url(/p/list-style.png) } .b7 { border: 5px solid; border-image: url(/p/border.png) 3 }
.b8 { cursor: url(/p/cursor.png), auto } .b9 { mask-image: url(/p/mask.png); -webkit-mask: url(/p/webkit-mask.png) }
.c1 { background: var(--picture) } .c2 { --mine: url(/p/custom-local.png); background: var(--mine) }
@media (min-width: 1px) { .c3 { background: url(/p/media.png) } }
@supports (display: block) { .c4 { background: url(/p/supports.png) } }
.c5 { & .inner { background: url(/p/nested.png) } } .c6:has(b) { background: url(/p/has.png) }
@layer base { .c7 { background: url(/p/layer.png) } } @container (min-width: 1px) { .c8 { background: url(/p/container.png) } }
.c9 { shape-outside: url(/p/shape.png); float: left } .d1 { filter: url(/filter.svg#f) }
.d2 { background: cross-fade(url(/p/cross-1.png), url(/p/cross-2.png), 50%) }
.d3 { background: u\\72l(/p/escaped-name.png) } .d4 { background: url(/p/esc\\61ped-path.png) }
.d5 { background: URL( /p/upper.png ) } .d6 { background: /* url(/x) */ url(/p/behind-comment.png) }
.d7 { background: image-set(url(/p/set-typed.png) type("image/png") 1x) } .d8 { offset-path: url(#a) }
@scope (.d9) { :scope { background: url(/p/scope.png) } } .e1 { background: src("/p/src-function.png") }
.e2 { -webkit-box-reflect: below 0 url(/p/reflect.png) } .e3 { animation: a 9s infinite }
@keyframes a { from { background-image: url(/p/keyframe.png) } to { background-image: url(/p/keyframe-2.png) } }
@property --p { syntax: "<image>"; inherits: false; initial-value: url(/p/property.png) } .e4 { background: var(--p) }
.e5::first-letter { background: url(/p/first-letter.png) } .e6::marker { content: url(/p/marker.png) }
.f1 { background: image-set(linear-gradient(red, blue) 4x, "/p/set-behind-gradient.png" 1x) }
.f2 { background: im\\61ge-set("/p/set-\\65scaped" 1x) } /* url(' */ .f3 { background: url('/p/behind-quote.png') }
.f4 { --u: "/p/string.png"; background: image-set(var(--u) 1x) } .f5 { background: url("/p/contin\\
ued.png") } .f6 { background: url("/p/x\\\\") } .f7 { background: url("/p/behind-backslashes.png") }
@page { background: url(/p/at-page.png) } .e7 { background: url(/p/unclosed.png
}
</style></head>"""

BODY = (
    """<body background="/p/body.png" style="min-height: 10px">
<img src="/p/img.png"><IMG SRC='/p/upper-case.png'><img src=/p/unquoted.png><img src="/p/a&amp;b.png">
<img src=" /p/spaces.png "><img src="/p/tab&#9;bed.png"><img src="\\p\\backslash.png"><image src="/p/image-tag.png">
<img srcset="/p/w-100.png 100w, /p/w-200.png 200w" sizes="100px"><img srcset="/p/x-1.png, /p/x-2.png 2x" src="/p/x-0.png">
<img srcset="/p/comma,1.png 1x,/p/comma2.png 2x"><img loading="lazy" src="/p/lazy.png">
<picture><source srcset="/p/typed.webp" type="image/webp"><source srcset="/p/media-source.png" media="(min-width: 1px)">
<img src="/p/fallback.png"></picture><picture><source srcset="/p/not-this.jxl" type="image/jxl"><img src="/p/this.png"></picture>
<input type="image" src="/p/input.png"><input type=image src=/p/input2.png>
<video poster="/p/poster.png" src="/other/film.webm"><source src="/other/film2.webm"></video>
<audio src="/other/sound.ogg"></audio><object data="/p/object.png" type="image/png">x</object>
<object data="/p/object-svg.svg" type="image/svg+xml"><img src="/p/object-fallback.png"></object>
<object data="/prefixed.xml" type="text/xml; charset=utf-8"></object><iframe src="/prefixed.xml"></iframe>
<iframe src="da&#9;ta:application/xml,<html xmlns='http://www.w3.org/1999/xhtml'><img src='http://{host}/p/inline-xml'/></html>"></iframe>
<img src="/p/legacy?a=1&copy=2&param=3"><img alt=x\u00a0y src=/p/no\u00a0break><object data="/p/object-bare"></object><object data="/object.svg"></object><iframe src="/framed.svg"></iframe>
<embed src="/p/embed.png" type="image/png"><embed src="/p/embed-bare.png">
<iframe src="/frame.html"></iframe><iframe src="/p/framed.png"></iframe>
<iframe srcdoc="<img src=/p/srcdoc.png><style>p{background:url(/p/srcdoc-css.png)}</style><p>x"></iframe>
<iframe srcdoc="&lt;iframe srcdoc='&amp;lt;img src=/p/srcdoc-twice.png&amp;gt;'&gt;"></iframe>
<div style="background: url(/p/style-attribute.png)">x</div><div style='background:url("/p/style-quoted.png")'>x</div>
<div style="background:url(&quot;/p/style-entity.png&quot;)">x</div>
<table background="/p/table.png"><tr background="/p/tr.png"><td background="/p/td.png">x<th background="/p/th.png">y</table>
<svg width="9" height="9"><image href="/p/svg-href.png" width="5" height="5"/><image xlink:href="/p/svg-xlink.png" width="5" height="5"/>
<filter id="f"><feImage href="/p/fe-image.png"/></filter><rect filter="url(#f)" width="5" height="5"/>
<pattern id="pat" width="4" height="4"><image href="/p/pattern.png" width="4" height="4"/></pattern><rect fill="url(#pat)" width="5" height="5"/>
<use href="/sprite.svg#g"/><style>.s { background: url(/p/svg-style.png) }</style>
<foreignObject width="9" height="9"><img src="/p/foreign.png"></foreignObject><mask id="m"><image href="/p/in-mask.png" width="4" height="4"/></mask>
<image width="5" height="5"><animate attributeName="href" values="/p/smil-1.png;/p/smil-2.png" dur="9s"/></image>
<image width="5" height="5"><set attributeName="href" to="/p/smil-set.png"/></image><use href="/used.svg#g"/>
<rect width="5" height="5" mask="url(/p/mask-attribute.png)"/><script href="/other/script.js"></script><a href="/p/svg-link.png"><rect width="1" height="1"/></a></svg>
<math><mtext><img src="/p/math.png"></mtext></math><math href="/p/math-link.png"></math>
<noscript><img src="/p/noscript.png"></noscript><template><img src="/p/template.png"></template>
<div><template shadowrootmode="open"><img src="/p/shadow.png"><style>:host{background:url(/p/shadow-css.png)}</style></template></div>
<details><summary>x</summary><img src="/p/details.png"></details><dialog><img src="/p/dialog.png"></dialog>
<bgsound src="/other/bgsound.wav"><marquee><img src="/p/marquee.png"></marquee>
<a href="/p/direct.jpg">x</a><map><area href="/p/area.png"></map><a href="/pictures.zip">all of them</a>
<img data-src="/p/lazy-data.png"><img data-original="/p/lazy-original.jpg" lowsrc="/p/lowsrc.png">
<portal src="/p/portal.png"></portal><fencedframe src="/p/fenced.png"></fencedframe><img hidden src="/p/hidden.png">
<img style="display:none" src="/p/display-none.png"><button><img src="/p/button.png"></button>
<select><option><img src="/p/option.png"></select><textarea><img src="/p/textarea.png"></textarea><xmp><img src="/p/xmp.png"></xmp>
<img src="//{host}/p/protocol-relative.png"><img src="http://{host}/p/absolute.png"><img src="p/relative.png">
<img src="?/p/query.png"><img src="#/p/fragment.png"><img src="/p/redirected.png"><img alt=">" src="/p/behind-angle.png">
<img/src="/p/slash.png"/><img src="/p/twice.png" src="/p/second-attribute.png"><img
src
=
"/p/new-lines.png"><p title='<img src="/p/in-attribute.png">'>x</p><!-- <img src="/p/comment.png"> -->
<table><img src="/p/foster.png"><tr><td>x</table><svg><desc><img src="/p/desc.png"></desc></svg>
<link rel="stylesheet" href="/in-body.css"><style>.z{background:url(/p/body-style.png)}</style>
"""
    + "".join(
        f'<div class="{letter}{number}">x<b class="inner">y</b></div><ul><li class="{letter}{number}">z</ul>'
        for letter in "bcdef"
        for number in range(1, 10)
    )
    + """<div class="z sheet sheet2 no-space escaped imp imp2 lay imported-svg in-body deep">x</div><img src=/p/last.png"""
)

CSS = "text/css"


def _svg_of(picture: str) -> bytes:
    """An SVG that shows a picture."""
    image = f'<image href="{picture}" width="5" height="5"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{image}</svg>'.encode()


PARTS = {
    "/style.css": (CSS, b".sheet { background: url(p/sheet.png) } @import 'nested.css';@charset 'x';"),
    "/other.css": (CSS, b".sheet { border-image: url(/p/alternate.png) }"),
    "/print.css": (CSS, b".sheet { background: url(/p/print.png) }"),
    "/imported.css": (CSS, b"@import url('deeper.css');.imp { background: url(/p/imported.png) }"),
    "/deeper.css": (CSS, b".deep { list-style-image: url(/p/deeper.png); display: list-item }"),
    "/no-space.css": (CSS, b".no-space { mask-image: url(/p/no-space.png) }"),
    "/escaped-import.css": (CSS, b".escaped { border: 1px solid; border-image: url(/p/escaped-import.png) 1 }"),
    "/beside.css": (CSS, b"* { border: 9px solid; border-image: url(/p/beside-xml.png) 3 }"),
    "/used.svg": ("image/svg+xml", _svg_of("/p/in-used.png").replace(b"<image", b'<image id="g"')),
    "/prefixed.xml": (
        "text/xml",
        b"""<?xml version="1.0"?><?xml-stylesheet href="/beside.css" type="text/css"?>
        <!DOCTYPE h:html [<!ENTITY e "/p/entity"><!ATTLIST s:image l:href CDATA "/p/by-default">]>
        <h:html xmlns:h="http://www.w3.org/1999/xhtml" xmlns:s="http://www.w3.org/2000/svg"
        xmlns:l="http://www.w3.org/1999/xlink"><h:body><h:img src="/p/prefixed"/><h:img src="&e;"/><s:svg>
        <s:image l:href="/p/prefixed-svg" width="5" height="5"/><s:image width="5" height="5"/></s:svg></h:body>
        </h:html>""",
    ),
    "/imported2.css": (CSS, b".imp2 { background: url(/p/imported2.png) }"),
    "/layered.css": (CSS, b".lay { background: url(/p/layered.png) }"),
    "/nested.css": (CSS, b".sheet2 { background: url(/p/never-imported.png) }"),
    "/in-body.css": (CSS, b".in-body { background: url(/p/in-body.png) }"),
    "/app.webmanifest": ("application/manifest+json", b'{"icons": [{"src": "/p/manifest.png", "sizes": "9x9"}]}'),
    "/frame.html": ("text/html", b'<img src="p/in-frame.png"><iframe src="/frame2.html"></iframe>'),
    "/frame2.html": (
        "text/html",
        b'<body background="/p/in-second-frame.png"><link rel=stylesheet href=/framed.css><p>x',
    ),
    "/framed.css": (CSS, b"p { background: url(/p/framed-css.png) }"),
    "/object.svg": ("image/svg+xml", _svg_of("/p/in-object.png")),
    "/framed.svg": ("image/svg+xml", _svg_of("/p/in-framed-svg.png")),
    "/sprite.svg": ("image/svg+xml", SVG),
    "/filter.svg": (
        "image/svg+xml",
        b'<svg xmlns="http://www.w3.org/2000/svg"><filter id="f"><feImage href="/p/in-filter.png"/></filter></svg>',
    ),
}
QUIRKS = b"""<link rel="stylesheet" href="/untyped.css"><body class="untyped">x"""
UNTYPED = b".untyped { background: url(/p/untyped-css.png) }"
LINK = "</p/link-header.png>; rel=preload; as=image"
FRAMESET = b"""<!doctype html><html><frameset cols="50%,50%"><frame src="/frame.html"><frame src="/p/frame.png">
<noframes><img src="/p/noframes.png"></noframes></frameset></html>"""


class EveryWay:
    """Serves the page on 127.0.0.1 and remembers what was asked for. Use as a context manager."""

    def __init__(self) -> None:
        asked: list[str] = []
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked.append(self.path)
                kind, body = answer(self.path)
                self.send_response(200 if kind else 404)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Link", LINK)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

        self.asked = asked
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def answer(self, path: str) -> tuple[str, bytes]:
        """Content type and body; an empty type for what is not there."""
        if path == "/untyped.css":
            return "text/plain", UNTYPED
        if path in PARTS:
            return PARTS[path]
        if path.startswith("/p/"):
            return ("image/svg+xml", SVG) if path.endswith(".svg") else ("image/png", DOT)
        pages = {
            "/": ((HEAD + BODY).replace("{host}", self.url[7:-1])).encode(),
            "/frameset.html": FRAMESET,
            "/quirks.html": QUIRKS,
        }
        return ("text/html; charset=utf-8", pages[path]) if path in pages else ("", b"")

"""A page with every way of embedding a picture that browsers know, and pages that hide one."""

import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.page.content import PageContent
from scanner.page.limits import LINKS_MOST, PICTURES_MOST
from scanner.page.reading.notes import Note
from scanner.page.reading.read_page import FILE_BYTES_MOST, read_page
from scanner.urls.url import Url, read_url
from tests.fetch.permits import OTHER, SITE

URL = f"http://{SITE}/gallery/index.html"
HERE = f"http://{SITE}/gallery/"
CSS = "css background"
PIXEL = base64.b64decode("R0lGODlhAQABAAAAACwAAAAAAQABAAA=")
INLINE = "data:image/gif;base64," + base64.b64encode(PIXEL).decode()


def read(text: str | bytes, content_type: str = "text/html; charset=utf-8", **how: bool) -> PageContent:
    return read_page(text.encode() if isinstance(text, str) else text, URL, content_type, **how)


def pictures(text: str | bytes, *, second_parser_only: bool = False) -> dict[str, str]:
    """The pictures of a page, with how each is named: paths below the page's folder, or whole URLs."""
    return {
        ref.untrusted_url.removeprefix(HERE): ref.embedding
        for ref in read(text, second_parser_only=second_parser_only).pictures
    }


WAYS = [
    ('<img src="a.jpg">', "img src"),
    ("<IMG SRC=a.jpg>", "img src"),
    ("<img alt='>' src='a.jpg'/>", "img src"),
    ("<img src=&#97;&period;jpg>", "img src"),
    ('<img src=" a.jpg\n">', "img src"),
    ('<img srcset="a.jpg">', "srcset"),
    ('<img srcset=",a.jpg 2x,">', "srcset"),
    ('<picture><source srcset="a.jpg" type="image/avif"></picture>', "srcset"),
    ('<img data-src="a.jpg">', "lazy-load attribute"),
    ('<img data-srcset="a.jpg 2x">', "lazy-load attribute"),
    ('<img data-original="a.jpg">', "lazy-load attribute"),
    ('<img data-lazy-src="a.jpg">', "lazy-load attribute"),
    ('<img data-whatever="a.jpg">', "lazy-load attribute"),
    ('<div data-bg="a.jpg"></div>', "lazy-load attribute"),
    ("<div data-bg=\"url('a.jpg')\"></div>", "lazy-load attribute"),
    ('<source data-srcset="a.jpg">', "lazy-load attribute"),
    ('<div style="background: url(a.jpg)"></div>', "css background"),
    ("<div style=\"background-image:url( 'a.jpg' )\"></div>", "css background"),
    ('<div style="background:url(&quot;a.jpg&quot;"></div>', "css background"),
    ("<style>b{background:url(a\\.jpg)}</style>", "css background"),
    ("<style>b{background:image-set('a.jpg' 1x)}</style>", "css background"),
    ("<style>b{background:URL(a.jpg)}</style>", "css background"),
    ("<svg><style>b{fill:url(a.jpg)}</style></svg>", "css background"),
    ('<body background="a.jpg">', "background attribute"),
    ('<table><tr><td background="a.jpg"></table>', "background attribute"),
    ('<video poster="a.jpg"></video>', "poster"),
    ('<link rel="icon" href="a.jpg">', "icon"),
    ('<link rel="SHORTCUT ICON" href="a.jpg">', "icon"),
    ('<link rel="apple-touch-icon-precomposed" href="a.jpg">', "icon"),
    ('<link rel="preload" as="image" href="a.jpg">', "preload"),
    ('<link rel="preload" as="image" imagesrcset="a.jpg 1x">', "preload"),
    ('<meta property="og:image" content="a.jpg">', "og:image"),
    ('<meta property="og:image:secure_url" content="a.jpg">', "og:image"),
    ('<meta name="twitter:image" content="a.jpg">', "og:image"),
    ('<meta itemprop="image" content="a.jpg">', "meta image"),
    ('<meta name="msapplication-TileImage" content="a.jpg">', "meta image"),
    ('<input type="image" src="a.jpg">', "input image"),
    ('<svg><image href="a.jpg"/></svg>', "svg image"),
    ('<svg><image xlink:href="a.jpg"/></svg>', "svg image"),
    ('<svg><feImage href="a.jpg"/></svg>', "svg image"),
    ('<image src="a.jpg">', "svg image"),
    ('<object data="a.jpg"></object>', "object"),
    ('<object type="image/jpeg" data="a.jpg"></object>', "object"),
    ('<embed src="a.jpg">', "embed"),
    ('<amp-img src="a.jpg">', "img src"),
    ('<iframe src="a.jpg"></iframe>', "frame"),
    ('<frameset><frame src="a.jpg"></frameset>', "frame"),
    ('<iframe srcdoc="&lt;img src=a.jpg&gt;"></iframe>', "img src"),
    ('<iframe src="data:text/html,<img src=a.jpg>"></iframe>', "img src"),
    ('<a href="a.jpg">a picture</a>', "link"),
    ('<map><area href="a.jpg"></map>', "link"),
    ("<noscript><img src=a.jpg></noscript>", "img src"),
    ("<template><img src=a.jpg></template>", "img src"),
    ("<table><img src=a.jpg></table>", "img src"),
    ("<select><img src=a.jpg></select>", "img src"),
    ("<head><img src=a.jpg></head>", "img src"),
    ("<script>show('a.jpg')</script>", "named in a script"),
    ('<script type="application/json">{"u": "a.jpg"}</script>', "named in a script"),
    ('<div data-gallery=\'[{"src": "a.jpg"}]\'></div>', "named in a script"),
    ("<style>b{background:image-set(linear-gradient(red, blue) 4x, 'a.jpg' type('image/jpeg') 1x)}</style>", CSS),
    ("<style>b{background:im\\61ge-set('\\61.jpg' 1x)}</style>", CSS),
    ("<style>b{--u:'a.jpg';background:image-set(var(--u) 1x)}</style>", CSS),
    ("<style>b{background:u\\r\\6c('a.\\\njpg')}</style>", CSS),
    ("<svg><style>b{fill:u&#114;l(a.jpg)}</style></svg>", CSS),
    ('<svg><rect mask="url(a.jpg)"/></svg>', CSS),
    ('<link rel=stylesheet href="data:text/css,b{background:url(a.jpg)}">', CSS),
    ("<style>@import'data:text/css;base64,Yntmb250OnVybChhLmpwZyl9';</style>", CSS),
    ('<svg><image><set attributeName="xlink:href" to="a.jpg"/></image></svg>', "svg image"),
    ('<svg><image><animate attributeName=href values="a.jpg; a.jpg"/></image></svg>', "svg image"),
    ("<link rel=apple-touch-startup-image href=a.jpg>", "icon"),
    ("<link rel=preload as=fetch href=a.jpg>", "preload"),
    ("<link rel=enclosure href=a.jpg>", "link"),
    ("<meta name=msapplication-square70x70logo content=a.jpg>", "meta image"),
    ("<iframe src='da&#9;ta:text/xml,<img src=a.jpg>'></iframe>", "img src"),
    ("<!-- <img src=a.jpg> -->", "img src, second parser"),
    ("<textarea><img src=a.jpg></textarea>", "img src, second parser"),
    ("<script>document.write('<img src=a.jpg>')</script>", "img src, second parser"),
    ("<plaintext><img src=a.jpg>", "img src, second parser"),
    ("<style><img src=a.jpg>", "img src, second parser"),
]


@pytest.mark.parametrize(("page", "way"), WAYS)
def test_every_way_of_embedding_is_seen(page: str, way: str) -> None:
    assert pictures(page) == {"a.jpg": way}


NAMED_ONLY = {"link", "named in a script"}


@pytest.mark.parametrize(("page", "way"), WAYS)
def test_what_is_not_known_to_be_shown_says_so(page: str, way: str) -> None:
    (picture,) = read(page).pictures
    assert picture.linked_only == (way in NAMED_ONLY or way.endswith("second parser"))


@pytest.mark.parametrize("page", [page for page, _ in WAYS])
def test_the_second_parser_alone_sees_as_much(page: str) -> None:
    assert "a.jpg" in pictures(page, second_parser_only=True)


@pytest.mark.parametrize(
    "css",
    [
        "/* don't url(' */ b{background:url('a.jpg')}",
        '/* url(" */ b{background:url("a.jpg")}',
        "b::before{content:\"url('\"} b{background:url('a.jpg')}",
        'b{background:url("x\\\\")} b{background:url("a.jpg")}',
        "b{content:'\n} b{background:url('a.jpg')}",
    ],
)
def test_no_quotation_mark_hides_what_follows(css: str) -> None:
    assert "a.jpg" in pictures(f"<style>{css}</style>")


@pytest.mark.parametrize(
    "css",
    [
        "@import'a.css';",
        "@import/**/'a.css'",
        "@import/*;*/url(a.css)",
        f"@import{' ' * 99}url( a.css )",
        "@\\69mport '\\61.css';",
        "@import url('a.css') layer(x) screen;",
    ],
)
def test_every_spelling_of_an_import_is_a_part(css: str) -> None:
    content = read(f"<style>{css}</style>")
    assert (content.untrusted_parts, content.pictures) == ((f"{HERE}a.css",), ())


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "", "application/octet-stream"])
def test_a_style_sheet_or_manifest_of_a_wrong_type_is_read(kind: str) -> None:
    manifest = '{"icons": [{"src": "/icon?size=9"}], "shortcuts": [{"icons": [{"src": "a.png"}]}]}'
    assert [one.untrusted_url for one in read("b{background:url(a.jpg)}", kind).pictures] == [f"{HERE}a.jpg"]
    assert {one.untrusted_url for one in read(manifest, kind).pictures} == {
        f"http://{SITE}/icon?size=9",
        f"{HERE}a.png",
    }


@pytest.mark.parametrize("head", [b"GIF89a", b"PK\x03\x04", b"\xff\xd8\xff", b"BM", b"d4:infod6:pieces0:ee"])
def test_who_begins_a_page_like_a_file_hides_nothing(head: bytes) -> None:
    content = read(head + b"<img src=a.jpg><a href=b>")
    assert f"{HERE}a.jpg" in {one.untrusted_url for one in content.pictures}
    assert content.untrusted_links == (f"{HERE}b",)


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("<s:svg xmlns:s='x'><s:image l:href='a'/></s:svg>", "image/svg+xml"),
        ("<h:html xmlns:h='x'><h:img src='a'/><h:iframe src='b'/></h:html>", "application/xhtml+xml"),
        ("<!DOCTYPE svg [<!ENTITY e '&f;'><!ENTITY f 'a'>]><svg><image href='&e;'/></svg>", "image/svg+xml"),
        ("<!DOCTYPE svg [<!ATTLIST image href CDATA 'a'>]><svg><image/></svg>", "image/svg+xml"),
        ("<?xml-stylesheet href='data:text/css,b{x:url(a)}'?><svg/>", "image/svg+xml"),
    ],
)
def test_xml_is_read_as_browsers_read_it(page: str, kind: str) -> None:
    assert f"{HERE}a" in {one.untrusted_url for one in read(page, kind).pictures}


def test_entities_that_grow_end_somewhere() -> None:
    names = "".join(f"<!ENTITY e{n} '{f'&e{n + 1};' * 900}'>" for n in range(9))
    assert read(f"<!DOCTYPE x [{names}]><svg>{'&e0;' * 900}<image href='a.jpg'/></svg>", "image/svg+xml").pictures


def test_a_style_sheet_beside_xml_and_what_svg_uses_are_parts() -> None:
    page = "<?xml-stylesheet href='a.css' type='text/css'?><svg><use href='s.svg#g'/><use href='#h'/></svg>"
    assert read(page, "image/svg+xml").untrusted_parts == (f"{HERE}a.css", f"{HERE}s.svg")


@pytest.mark.parametrize("link", ["rel='icon stylesheet'", "rel=stylesheet as=image", "itemprop=image rel=stylesheet"])
def test_a_style_sheet_is_one_whatever_else_it_is_said_to_be(link: str) -> None:
    assert read(f"<link {link} href=a>").untrusted_parts == (f"{HERE}a",)


def test_a_font_is_told_by_where_it_stands_not_by_its_name() -> None:
    css = (
        "@font-face{src:url(a.png)} b{background:url(b.ttf)} @f\\6fnt-face{src:local(x),url('c')} i{cursor:url(d.woff)}"
    )
    assert [one.untrusted_url for one in read(css, "text/css").pictures] == [f"{HERE}b.ttf", f"{HERE}d.woff"]


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "text/xml", "text/plain", "Application/XML;x"])
def test_an_object_of_any_type_of_text_may_be_a_page(kind: str) -> None:
    assert read(f"<object data=f type='{kind}'></object>").untrusted_parts == (f"{HERE}f",)


def test_a_query_is_in_the_encoding_of_its_page() -> None:
    page = "<meta charset=windows-1251><img src='ж?ж=1'><a href='b?ж&#20013;'><p style='background:url(c?ж)'>"
    content = read(page.encode("cp1251"), "text/html")
    assert {one.untrusted_url for one in content.pictures} == {f"{HERE}%D0%B6?%E6=1", f"{HERE}c?%D0%B6"}
    assert content.untrusted_links == (f"{HERE}b?%E6%26%2320013%3B",)


@pytest.mark.parametrize("query", ["a=1&copy=2", "a&param=3", "a&timestamp=4&not5", "a&lt", "a&amp;b", "a&reg;"])
def test_names_of_characters_in_attributes_are_read_as_browsers_do(query: str) -> None:
    (picture,) = read(f'<img src="/i?{query}">').pictures
    meant = query.replace("&amp;", "&").replace("&reg;", "%C2%AE")
    assert picture.untrusted_url == f"http://{SITE}/i?{'a%3C' if query == 'a&lt' else meant}"


@pytest.mark.parametrize("text", ["src=/p/a\xa0b", "srcset='/p/a\xa0b 1x'"])
def test_only_white_space_of_html_ends_a_value(text: str) -> None:
    assert [one.untrusted_url for one in read(f"<img {text}>").pictures] == [f"http://{SITE}/p/a%C2%A0b"]


def test_what_is_painted_with_the_page_itself_is_no_picture() -> None:
    assert read("<p style='filter:url(#f)'><svg><rect fill='url(#g)'/></svg>").pictures == ()


def test_a_json_feed_names_pages_and_pictures() -> None:
    feed = """{"version": "https://jsonfeed.org/version/1.1", "icon": "/i", "items": [{"url": "/item", "image": "/big",
        "content_html": "<img src=\\"/carried\\">", "attachments": [{"url": "/att", "mime_type": "image/png"}]}]}"""
    content = read(feed, "application/feed+json")
    named = {ref.untrusted_url.removeprefix(f"http://{SITE}/") for ref in content.pictures}
    assert (named, content.untrusted_links) == ({"i", "big", "carried", "att"}, (f"http://{SITE}/item",))


def test_all_ways_on_one_page_are_each_seen_once() -> None:
    spelled_out = [page for page, _ in WAYS[:-2] if "a.jpg" in page]  # the last two hide what follows them
    page = "".join(page.replace("a.jpg", f"{number}.jpg") for number, page in enumerate(spelled_out))
    seen = [ref.untrusted_url for ref in read(page).pictures]
    assert sorted(seen) == sorted({*seen, *(f"{HERE}{number}.jpg" for number in range(len(spelled_out)))})


@pytest.mark.parametrize(
    "page",
    ["<div>" * depth + "<img src=a.jpg>" for depth in (100, 255, 256, 257, 1_000, 10_000)]
    + [
        "<img src=b.jpg<img src='a.jpg'>",
        "<img src='a.jpg' <img src=b.jpg>",
        "\0<img src=a.jpg>",
        "<b\0><img src=a.jpg>",
    ],
    ids=lambda page: f"{len(page)} characters",
)
def test_no_picture_is_lost(page: str) -> None:
    assert any("a.jpg" in url for url in pictures(page))


def test_a_srcset_holds_many() -> None:
    assert list(
        pictures("<img srcset='a.jpg 1x, b.jpg 2x,c.jpg 300w ,d,e.jpg  4x,data:image/gif;base64,R0lG 5x'>")
    ) == [
        "a.jpg",
        "b.jpg",
        "c.jpg",
        "d,e.jpg",
        "",
    ]


def test_the_base_moves_all_references() -> None:
    content = read(f'<img src=a.jpg><base href="//{OTHER}/x/"><base href="/y/"><a href=b>')
    assert [ref.untrusted_url for ref in content.pictures] == [f"http://{OTHER}/x/a.jpg"]
    assert content.untrusted_links == (f"http://{OTHER}/x/b",)


@pytest.mark.parametrize("base", ["javascript:0", "data:text/html,x", "mailto:a", ""])
def test_a_base_that_is_no_address_moves_nothing(base: str) -> None:
    assert list(pictures(f'<base href="{base}"><img src=a.jpg>')) == ["a.jpg"]


def test_a_picture_that_is_shown_and_linked_is_shown() -> None:
    (picture,) = read("<a href=a.jpg><img src=a.jpg></a>").pictures
    assert (picture.embedding, picture.linked_only) == ("img src", False)


def test_inline_pictures_are_carried_as_bytes() -> None:
    page = f"<img src='{INLINE}'><b style='background:url({INLINE})'></b><img src='DATA:image/png;base64,AAAA'>"
    first, second = read(page).pictures
    assert (first.untrusted_url, first.untrusted_inline, first.embedding) == ("", PIXEL, "img src")
    assert second.untrusted_inline == bytes(3)


@pytest.mark.parametrize(
    ("uri", "carried"),
    [
        ("data:image/gif;base64,R0lG", b"GIF"),
        ("data:image/gif;base64,R0 l\nG", b"GIF"),
        ("data:image/gif;base64,R0lGO", b"GIF"),
        ("data:image/gif;base64,R0l%47", b"GIF"),
        ("data:image/gif;charset=x;base64,R0lGR0k=", b"GIFGI"),
        ("data:image/gif;base64,R0lGR0k", b"GIFGI"),
        ("data:image/gif,GIF%00", b"GIF\0"),
        ("data:,GIF", b"GIF"),
    ],
)
def test_data_uris_are_read_as_browsers_read_them(uri: str, carried: bytes) -> None:
    (picture,) = read(f'<img src="{uri}">').pictures
    assert picture.untrusted_inline == carried


def test_a_picture_within_an_inline_svg_is_seen() -> None:
    svg = f"<svg xmlns='x'><image href='{INLINE}'/></svg>"
    page = f'<img src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}">'
    assert [ref.untrusted_inline for ref in read(page).pictures] == [PIXEL, svg.encode()]


def test_links_are_absolute_and_each_once() -> None:
    page = f"""<a href=b.html#x><a href="b.html#y"><area href="/c"><iframe src=d></iframe><frame src=e><a href="#z">
    <meta http-equiv=refresh content="5; URL='f'"><link rel=next href=g><a href="mailto:x@y"><a href="javascript:0">
    <a href="//{OTHER}/h"><a href="view.php?file=i.jpg"><object data=j></object><svg><a xlink:href=k></svg>"""
    assert read(page).untrusted_links == (
        f"{HERE}b.html",
        f"http://{SITE}/c",
        f"{HERE}d",
        f"{HERE}e",
        f"{HERE}f",
        f"{HERE}g",
        f"http://{OTHER}/h",
        f"{HERE}view.php?file=i.jpg",
        f"{HERE}j",
        f"{HERE}k",
    )


@pytest.mark.parametrize("reference", ["http://[", "http://", "//", "a" * 9_000, f"http://user@{SITE}/a.jpg"])
def test_a_reference_that_is_no_url_is_counted(reference: str) -> None:
    (picture,) = read(f"<img src='{reference}'>").pictures
    assert not isinstance(read_url(picture.untrusted_url), Url)


@pytest.mark.parametrize(
    ("page", "note"),
    [
        ("<form><input name=p type='Password'></form>", Note.LOGIN_FORM),
        ("<img src=/captcha.png alt=code>", Note.CAPTCHA),
        ("<p>You have been placed in a queue, awaiting forwarding</p>", Note.QUEUE),
        ("<noscript>Please enable JavaScript</noscript>", Note.NEEDS_SCRIPTS),
        ("<div id=root></div><script src=app.js></script>", Note.NEEDS_SCRIPTS),
        ("<link rel=icon href=a.ico><div id=root>Loading</div><script src=app.js></script>", Note.NEEDS_SCRIPTS),
        ("<script>location.href = '/real'</script>", Note.NEEDS_SCRIPTS),
        ("<p>Checking your browser before you enter", Note.CHALLENGE),
        ("<iframe srcdoc='&lt;iframe srcdoc=&quot;&quot;>" * 1, None),
    ],
)
def test_a_page_is_remarked_upon(page: str, note: Note | None) -> None:
    assert read(page).notes == ((note.value,) if note else ())


def test_what_is_beyond_a_bound_is_noted() -> None:
    page = "".join(f"<a href={number}>" for number in range(LINKS_MOST + 1))
    content = read(page + "".join(f"<img src={number}.jpg>" for number in range(PICTURES_MOST + 1)))
    assert (len(content.untrusted_links), len(content.pictures)) == (LINKS_MOST, PICTURES_MOST)
    assert content.notes == (Note.MORE_LINKS, Note.MORE_PICTURES)


def test_pages_within_pages_end_somewhere() -> None:
    page = "<img src=a.jpg>"
    for _ in range(5):
        page = f'<iframe srcdoc="{page.replace("&", "&amp;").replace(chr(34), "&quot;")}"></iframe>'
    assert Note.NESTED_TOO_DEEP in read(page).notes


@pytest.mark.parametrize(
    ("page", "content_type"),
    [
        ("<img src=ж.jpg>".encode(), "text/html; charset=utf-8"),
        ("<img src=ж.jpg>".encode("utf-8-sig"), "text/html; charset=koi8-r"),
        ("<img src=ж.jpg>".encode("koi8-r"), "text/html; charset=KOI8-R"),
        ("<meta charset=windows-1251><img src=ж.jpg>".encode("cp1251"), "text/html"),
        ("<img src=ж.jpg>".encode("utf-16"), "text/html"),
        ("<meta charset=utf-16><img src=ж.jpg>".encode(), "text/html"),
        ("<img src=ж.jpg>".encode(), "text/html; charset=unicode_escape"),
    ],
)
def test_the_encoding_is_found(page: bytes, content_type: str) -> None:
    (picture,) = read(page, content_type).pictures
    assert picture.untrusted_url == f"{HERE}%D0%B6.jpg"


def test_a_picture_in_a_pages_place_is_a_picture() -> None:
    for page, content_type in ((PIXEL, "text/html"), (b"anything", "image/jpeg")):
        (picture,) = read(page, content_type).pictures
        assert (picture.untrusted_url, picture.embedding) == (URL, "page itself")


def test_a_style_sheet_in_a_pages_place_is_read() -> None:
    (picture,) = read("b{background:url(a.jpg)} @font-face{src:url(f.woff2)}", "text/css").pictures
    assert picture.untrusted_url == f"{HERE}a.jpg"


def test_style_sheets_and_manifests_are_parts_of_the_page() -> None:
    page = (
        "<link rel=stylesheet href=a.css><style>@import 'b.css'; @import url(c.css);</style><link rel=manifest href=m>"
    )
    content = read(page)
    assert content.untrusted_parts == tuple(f"{HERE}{name}" for name in ("a.css", "b.css", "c.css", "m"))
    assert (content.untrusted_links, content.pictures) == ((), ())


def test_a_manifests_icons_are_pictures() -> None:
    manifest = '{"icons": [{"src": "a.png", "sizes": "48x48"}, {"src": "\\/b.png"}], "start_url": "/"}'
    content = read(manifest, "application/manifest+json")
    assert [(ref.untrusted_url, ref.embedding) for ref in content.pictures] == [
        (f"{HERE}a.png", "icon"),
        (f"http://{SITE}/b.png", "icon"),
    ]


FEEDS = {
    "rss": """<?xml version="1.0"?><rss version="2.0"><channel><image><url>/logo.png</url></image><item>
        <link>/item</link><enclosure url="/enclosed" type="image/jpeg"/><media:content url="/media" medium="image"/>
        <description>&lt;img src="/escaped.jpg"&gt;</description>
        <content:encoded><![CDATA[<img src="/carried.jpg">]]></content:encoded></item></channel></rss>""",
    "atom": """<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/item"/>
        <link rel="enclosure" href="/logo.png"/>
        <link rel="enclosure" type="image/jpeg" href="/enclosed"/><media:thumbnail url="/media"/>
        <content type="html">&lt;img src="/escaped.jpg"&gt;</content>
        <content type="xhtml"><div><img src="/carried.jpg"/></div></content></entry></feed>""",
    "sitemap": """<urlset><url><loc> /item </loc><image:image><image:loc>/enclosed</image:loc></image:image></url>
        <url><loc>/logo.png</loc><image:image><image:loc><![CDATA[/media]]></image:loc></image:image></url>
        <x>&lt;img src=/escaped.jpg&gt;<img src=/carried.jpg /></x></urlset>""",
}


def test_a_feed_may_choose_its_prefixes_and_show_its_logo() -> None:
    feed = f"""<?xml version="1.0"?><!-- {"x" * 3_000} --><a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:logo>/logo</a:logo>
        <a:entry><a:link href="/item"/><a:content src="/full" type="image/png"/></a:entry></a:feed>"""
    content = read(feed, "application/atom+xml")
    named = {ref.untrusted_url.removeprefix(f"http://{SITE}/") for ref in content.pictures}
    assert (named, content.untrusted_links) == ({"logo", "full"}, (f"http://{SITE}/item",))
    assert [ref.embedding for ref in read("<feed><logo>/logo</logo>", "text/xml").pictures] == ["feed"]
    prefixed = read("<s:urlset><s:url><s:loc>/item</s:loc></s:url></s:urlset>", "text/xml")
    assert prefixed.untrusted_links == (f"http://{SITE}/item",)


@pytest.mark.parametrize("kind", ["application/gzip", "application/x-gzip", "application/octet-stream", "text/xml"])
def test_what_was_compressed_as_a_file_is_read(kind: str) -> None:
    """Sitemaps are kept so: no Content-Encoding tells of it."""
    whole = gzip.compress(FEEDS["sitemap"].encode())
    for body in (whole, whole[:-9]):
        assert f"http://{SITE}/item" in read(body, kind).untrusted_links
    bomb = read(gzip.compress(bytes(FILE_BYTES_MOST + 9) + b"<a href=b>"), kind)
    assert (bomb.untrusted_links, bomb.notes) == ((), (Note.MORE_INLINE.value,))


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("content_type", ["application/rss+xml", "text/xml", "text/html"])
def test_a_feed_names_pages_and_pictures(feed: str, content_type: str) -> None:
    content = read(FEEDS[feed], content_type)
    named = {ref.untrusted_url.removeprefix(f"http://{SITE}/") for ref in content.pictures}
    assert {"logo.png", "enclosed", "media", "escaped.jpg", "carried.jpg"} <= named
    assert f"http://{SITE}/item" in content.untrusted_links


@pytest.mark.parametrize(
    "enclosure",
    [
        '<enclosure url="/x.TORRENT?id=1" length="1"/>',
        '<enclosure url="/download?id=1" type="application/x-bittorrent"/>',
        '<media:content url="/x.torrent"/>',
    ],
)
def test_a_torrent_file_that_a_feed_carries_is_a_page_to_read(enclosure: str) -> None:
    content = read(f"<rss><channel><item>{enclosure}</item></channel></rss>", "application/rss+xml")
    assert len(content.untrusted_links) == 1
    assert content.pictures == ()


def test_other_files_that_a_feed_carries_are_none() -> None:
    content = read('<rss><item><enclosure url="/a.mp3" type="audio/mpeg"/></item></rss>', "application/rss+xml")
    assert content.untrusted_links == ()


FRAGMENTS = """
< > ' " = / & ; <!-- --> src= srcset= a.jpg url( ) href= <style> </style> <script> \\ data: image/gif;base64, \0 ж
<img/ <a/ <base/href= <iframe/srcdoc=
"""
fragments = st.sampled_from([*FRAGMENTS.split(), " ", "\n"])


@given(st.lists(fragments, max_size=40).map("".join))
def test_any_text_is_read_and_what_it_names_is_absolute(page: str) -> None:
    for how in (False, True):
        content = read(page, second_parser_only=how)
        assert all(str(read_url(link)) == link for link in content.untrusted_links if isinstance(read_url(link), Url))
        assert all(link.startswith(("http://", "https://")) for link in content.untrusted_links)
        assert all(bool(ref.untrusted_url) != bool(ref.untrusted_inline) for ref in content.pictures)
        assert set(content.notes) <= set(Note)


@given(st.binary(max_size=400), st.text(max_size=30))
def test_any_bytes_are_read(page: bytes, content_type: str) -> None:
    read(page, content_type)
    read(gzip.compress(page), content_type)


@given(st.sampled_from([page for page, _ in WAYS[:45]]), st.text(alphabet="<>'\"=&/! ab\n", max_size=12))
def test_the_first_parser_loses_nothing_that_the_second_sees(page: str, before: str) -> None:
    """Whatever stands before it, what either parser sees is in the union."""
    alone = set(pictures(before + page, second_parser_only=True))
    assert alone <= set(pictures(before + page))

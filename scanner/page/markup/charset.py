"""The text of a page, by the encodings that browsers know. WHATWG Encoding; WHATWG HTML, 13.2.3.

A name outside the table is ignored: Python has codecs that no browser uses on a page (`idna`, `utf-7`,
`unicode_escape`), and some of them take quadratic time.
"""

import codecs
import re
from typing import Final
from urllib.parse import quote

_PRESCAN_BYTES: Final = 4096
_BYTE_ORDER_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"))
_DECLARED: Final = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_META: Final = re.compile(rb"<meta[^>]{0,1000}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_FALLBACK: Final = "cp1252"
UTF_8: Final = "utf-8"
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]+")

_LABELS: Final = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "cp1252": "windows-1252 cp1252 iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 ascii us-ascii x-cp1252",
    "cp1250": "windows-1250 cp1250 x-cp1250",
    "cp1251": "windows-1251 cp1251 x-cp1251",
    "cp1253": "windows-1253 cp1253",
    "cp1254": "windows-1254 cp1254 iso-8859-9 iso8859-9 latin5",
    "cp1255": "windows-1255 cp1255",
    "cp1256": "windows-1256 cp1256",
    "cp1257": "windows-1257 cp1257",
    "cp1258": "windows-1258 cp1258",
    "cp874": "windows-874 tis-620 iso-8859-11",
    "cp866": "ibm866 cp866 866",
    "iso8859-2": "iso-8859-2 iso8859-2 latin2 l2",
    "iso8859-3": "iso-8859-3 latin3",
    "iso8859-4": "iso-8859-4 latin4",
    "iso8859-5": "iso-8859-5 cyrillic",
    "iso8859-6": "iso-8859-6 arabic",
    "iso8859-7": "iso-8859-7 greek",
    "iso8859-8": "iso-8859-8 hebrew",
    "iso8859-10": "iso-8859-10 latin6",
    "iso8859-13": "iso-8859-13",
    "iso8859-14": "iso-8859-14",
    "iso8859-15": "iso-8859-15 latin9",
    "iso8859-16": "iso-8859-16",
    "koi8-r": "koi8-r koi8 koi8_r",
    "koi8-u": "koi8-u koi8-ru",
    "mac-roman": "macintosh mac x-mac-roman",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "gb18030 gbk gb2312 gb_2312 gb_2312-80 chinese x-gbk",
    "big5hkscs": "big5 big5-hkscs x-x-big5 cn-big5",
    "euc-jp": "euc-jp x-euc-jp",
    "shift-jis": "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j",
    "iso2022-jp": "iso-2022-jp",
    "euc-kr": "euc-kr korean ks_c_5601-1987 ksc5601 windows-949",
    "utf-16-le": "utf-16 utf-16le unicode ucs-2",
    "utf-16-be": "utf-16be",
}
_CODECS: Final = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}


def warm_up() -> None:
    """Load every codec that a page may name, because a confined process cannot load one later."""
    for codec in _LABELS:
        codecs.lookup(codec)


def decode(untrusted_page: bytes, untrusted_content_type: str) -> str:
    """Return the text of the page."""
    return decoded(untrusted_page, untrusted_content_type)[0]


def decoded(untrusted_page: bytes, untrusted_content_type: str) -> tuple[str, str]:
    """Return text and codec of the page, by byte order mark, header, `<meta>`, or UTF-8 if the bytes are valid."""
    for mark, codec in _BYTE_ORDER_MARKS:
        if untrusted_page.startswith(mark):
            return _text(untrusted_page[len(mark) :], codec), codec
    declared = _named(_DECLARED.search(untrusted_content_type)) or _meta(untrusted_page)
    if declared is not None:
        return _text(untrusted_page, declared), declared
    try:
        return _without_nulls(untrusted_page.decode("utf-8")), UTF_8
    except UnicodeDecodeError:
        return _text(untrusted_page, _FALLBACK), _FALLBACK


def with_query_in(reference: str, codec: str) -> str:
    """Return the reference with its query percent-encoded in the page's encoding. WHATWG URL, 4.4, query state.

    In pages in UTF-8 or UTF-16 it stays unchanged, because the rest of the program encodes in UTF-8.
    """
    if codec.startswith("utf-") or reference.isascii():
        return reference
    before, mark, query = reference.partition("?")
    return before + mark + _BEYOND_ASCII.sub(lambda text: quote(text[0].encode(codec, "xmlcharrefreplace")), query)


def _meta(untrusted_page: bytes) -> str | None:
    found = _META.search(untrusted_page[:_PRESCAN_BYTES])
    codec = _CODECS.get(found[1].decode("ascii").lower()) if found else None
    # A page whose <meta> can be read byte by byte is not UTF-16, whatever it declares.
    return "utf-8" if codec in {"utf-16-le", "utf-16-be"} else codec


def _named(found: "re.Match[str] | None") -> str | None:
    return _CODECS.get(found[1].lower()) if found else None


def _text(untrusted: bytes, codec: str) -> str:
    return _without_nulls(untrusted.decode(codec, errors="replace"))


def _without_nulls(text: str) -> str:
    """Replace nulls as browsers do: a parser written in C would end at one."""
    return text.replace("\0", "\ufffd")

"""The confined page workers: hostile HTML within its limits, deaths survived, and no picture lost on the way."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from matcher.worker.layers import Layer
from scanner.page.content import PageContent
from scanner.page.port import Unreadable
from scanner.page.reading.notes import Note
from scanner.page.worker.reader import TIME_LIMIT, TOO_LARGE, WORKER_KILLED, PageLimits, WorkerPageReader
from tests.fetch.permits import SITE

URL = f"http://{SITE}/"
MEBIBYTE = 2**20
LIMITS = PageLimits(max_page_bytes=4 * MEBIBYTE + 4096, seconds_per_page=20.0)
SLOW_CHILD = "tests.page.slow_child"
LAST = b"<img src=/last.jpg>"


@pytest.fixture(scope="module")
def reader() -> Iterator[WorkerPageReader]:
    reader = WorkerPageReader(2, LIMITS, accepted=Layer.NAMESPACES)
    yield reader
    reader.close()


def read(reader: WorkerPageReader, page: bytes) -> PageContent:
    content = reader.read(page, URL, "text/html; charset=utf-8")
    assert isinstance(content, PageContent), content
    return content


def filled(piece: bytes, size: int = MEBIBYTE // 4) -> bytes:
    return piece * (size // len(piece))


HOSTILE = {
    "deep div": filled(b"<div>"),
    "deep formatting": filled(b"<a><b><i><u><font>"),
    "deep tables": filled(b"<table><tr><td>"),
    "deep lists": filled(b"<ul><li>"),
    "paragraphs": filled(b"<p>"),
    "deep forms": filled(b"<form>"),
    "deep svg": filled(b"<svg>"),
    "deep select": filled(b"<select><option>"),
    "anchors": filled(b"<a>"),
    "links": b"".join(b"<a href=/p/%d>x</a>" % number for number in range(15_000)),
    "attributes": b"<div " + b" ".join(b"a%d=1" % number for number in range(116_000)) + b">",
    "one attribute, often": b"<div " + filled(b"a=1 ") + b">",
    "comments": filled(b"<!--", 4 * MEBIBYTE) + b"-->",
    "instructions": filled(b"<?", 4 * MEBIBYTE) + b">",
    "declarations": filled(b"<!", 4 * MEBIBYTE) + b">",
    "character data": filled(b"<![CDATA[", 4 * MEBIBYTE) + b"]]>",
    "open tags": filled(b"<a ", 4 * MEBIBYTE) + b">",
    "end tags": filled(b"</a>"),
    "ampersands": filled(b"&", 4 * MEBIBYTE),
    "entities": filled(b"&#x41;"),
    "quotes": b"<p " + filled(b"x=\"'", 2 * MEBIBYTE) + b"\"'>",
    "unclosed styles": filled(b"<style>url(") + b"</style>",
    "unclosed urls": b"<p style='" + filled(b"url(") + b"'>",
    "unclosed strings in styles": b"<p style='" + filled(b'url("a') + b"'>",
    "srcset of commas": b"<img srcset='" + filled(b",", 4 * MEBIBYTE) + b"'>",
    "srcset of words": b"<img srcset='" + filled(b"a ") + b"'>",
    "scripts of names": b"<script>" + filled(b'"a.jpg') + b"</script>",
    "unclosed titles": filled(b"<title>"),
    "unclosed noscripts": filled(b"<noscript>"),
    "white space": b"<p " + filled(b" ", 4 * MEBIBYTE) + b">",
    "zeroes": filled(b"\0", 4 * MEBIBYTE),
    "data uri": b"<img src='data:image/png;base64," + filled(b"A", 3 * MEBIBYTE) + b"'>",
    "pages within pages": filled(b"<iframe srcdoc='") + b"'>",
    "refreshes": b"<meta http-equiv=refresh content='" + filled(b" ;") + b"'>",
    "bases": filled(b"<base href=x>"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_html_stays_within_its_limit_and_loses_nothing(case: str, reader: WorkerPageReader) -> None:
    begun = time.monotonic()
    content = read(reader, HOSTILE[case] + LAST)
    assert any("last.jpg" in picture.untrusted_url for picture in content.pictures)
    assert time.monotonic() - begun < 2 * LIMITS.seconds_per_page + 1


@pytest.mark.parametrize("depth", [100, 255, 256, 257, 1_000, 10_000])
@pytest.mark.parametrize("tag", [b"<div>", b"<b>", b"<table><tr><td>", b"<ul><li>", b"<blockquote>", b"<svg>"])
def test_no_picture_is_lost_to_depth(tag: bytes, depth: int, reader: WorkerPageReader) -> None:
    content = read(reader, tag * depth + LAST)
    assert [(ref.untrusted_url, ref.embedding) for ref in content.pictures] == [(f"{URL}last.jpg", "img src")]


def test_a_page_that_is_too_slow_is_read_by_the_second_parser_alone() -> None:
    with closing(
        WorkerPageReader(1, PageLimits(seconds_per_page=2.0), child=SLOW_CHILD, accepted=Layer.NAMESPACES)
    ) as reader:
        content = read(reader, LAST)
    assert content.notes == (Note.SECOND_PARSER,)
    assert [ref.embedding for ref in content.pictures] == ["img src"]


def test_a_page_that_is_too_slow_for_both_is_unreadable() -> None:
    with closing(WorkerPageReader(1, PageLimits(seconds_per_page=0.01), accepted=Layer.NAMESPACES)) as reader:
        assert reader.read(filled(b"<img src=a>", 4 * MEBIBYTE), URL, "text/html") == TIME_LIMIT


def test_memory_is_bounded() -> None:
    limits = PageLimits(worker_memory_bytes=160 * MEBIBYTE, seconds_per_page=30.0)
    with closing(WorkerPageReader(1, limits, accepted=Layer.NAMESPACES)) as reader:
        result = reader.read(filled(b"<a>x", MEBIBYTE) + LAST, URL, "text/html")
    assert result == WORKER_KILLED or (isinstance(result, PageContent) and Note.SECOND_PARSER in result.notes)


def test_a_page_beyond_the_limit_is_not_read(reader: WorkerPageReader) -> None:
    assert reader.read(bytes(LIMITS.max_page_bytes + 1), URL, "text/html") == TOO_LARGE


def test_a_killed_worker_is_replaced_and_the_page_read_again(reader: WorkerPageReader) -> None:
    read(reader, LAST)
    for slot in reader._pool._idle:
        process = slot.process()
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
    for _ in range(2):
        assert read(reader, LAST).pictures[0].untrusted_url == f"{URL}last.jpg"


def test_many_threads_share_the_workers(reader: WorkerPageReader) -> None:
    pages = [b"<img src=/%d.jpg>" % number for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        contents = list(threads.map(lambda page: read(reader, page), pages))
    assert [content.pictures[0].untrusted_url for content in contents] == [f"{URL}{n}.jpg" for n in range(40)]


@pytest.mark.parametrize("child", ["scanner.page.no_such_module", "this"])
def test_without_a_worker_a_page_is_unreadable(child: str) -> None:
    """`this` is a module that prints, and ends: not a frame, let alone a reply."""
    with closing(WorkerPageReader(1, PageLimits(), child=child)) as reader:
        assert reader.read(LAST, URL, "text/html") == WORKER_KILLED


def test_a_closed_reader_reads_nothing() -> None:
    reader = WorkerPageReader(1)
    reader.close()
    assert isinstance(reader.read(LAST, URL, "text/html"), Unreadable)

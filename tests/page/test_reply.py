"""What a page worker sends back is believed only as far as it fits."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.identifiers import VALUE_BYTES, Identifier, IdentifierKind
from scanner.page.content import SECOND_PARSER, IdentifierRef, NamingKind, PageContent, PictureRef, Way
from scanner.page.limits import LINKS_MOST, PARTS_MOST, PICTURES_MOST
from scanner.page.reading.notes import Note
from scanner.page.worker.reply import MAX_REPLY_BYTES, MalformedPageReplyError, pack, unpack

urls = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
embeddings = st.builds(lambda way, second: way.value + SECOND_PARSER * second, st.sampled_from(Way), st.booleans())
pictures = st.builds(PictureRef, urls, embeddings, st.booleans()) | st.builds(
    lambda embedding, inline: PictureRef("", embedding, untrusted_inline=inline),
    embeddings,
    st.binary(min_size=1, max_size=30),
)
identifiers = st.sampled_from(IdentifierKind).flatmap(
    lambda kind: st.builds(
        IdentifierRef,
        st.builds(Identifier, st.just(kind), st.binary(min_size=VALUE_BYTES[kind], max_size=VALUE_BYTES[kind])),
        st.sampled_from(NamingKind).map(lambda way: way.value),
    )
)
contents = st.builds(
    PageContent,
    st.lists(urls, max_size=4).map(tuple),
    st.lists(pictures, max_size=4).map(tuple),
    st.sets(st.sampled_from(Note)).map(lambda notes: tuple(note.value for note in Note if note in notes)),
    st.lists(urls, max_size=3).map(tuple),
    st.lists(identifiers, max_size=3).map(tuple),
    st.lists(st.text("abc234567", min_size=56, max_size=56).map("{}.onion".format), max_size=3).map(tuple),
)
SAMPLE = PageContent(("http://a/",), (PictureRef("http://a/b", "img src"),), ("captcha",))


@given(contents)
def test_what_is_packed_is_unpacked(content: PageContent) -> None:
    packed = pack(content)
    assert unpack(packed) == content
    assert len(packed) <= MAX_REPLY_BYTES


@given(contents, st.integers(1, 40))
def test_a_cut_reply_is_none(content: PageContent, missing: int) -> None:
    packed = pack(content)
    with pytest.raises(MalformedPageReplyError):
        unpack(packed[: max(0, len(packed) - missing)])


@given(contents, st.binary(min_size=1, max_size=8))
def test_nothing_may_follow_a_reply(content: PageContent, more: bytes) -> None:
    with pytest.raises(MalformedPageReplyError):
        unpack(pack(content) + more)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_content_or_malformed(untrusted: bytes) -> None:
    try:
        content = unpack(untrusted)
    except MalformedPageReplyError:
        return
    assert pack(content) == untrusted


def test_every_flipped_byte_is_refused_or_another_content() -> None:
    packed = pack(SAMPLE)
    for at in range(len(packed)):
        bent = packed[:at] + bytes([packed[at] ^ 0xFF]) + packed[at + 1 :]
        try:
            assert unpack(bent) != SAMPLE
        except MalformedPageReplyError:
            continue


@pytest.mark.parametrize(
    "untrusted",
    [
        struct.pack("<I", 1 << len(Note)) + bytes(8),
        struct.pack("<II", 0, LINKS_MOST + 1) + bytes(4 * (LINKS_MOST + 2)),
        struct.pack("<III", 0, 0, PARTS_MOST + 1) + bytes(4 * (PARTS_MOST + 2)),
        struct.pack("<IIII", 0, 0, 0, PICTURES_MOST + 1),
        struct.pack("<III", 0, 1, 2**32 - 1) + bytes(100),
        struct.pack("<III", 0, 1, 1) + b"\xff" + bytes(4),
        struct.pack("<IIIIII", 0, 0, 0, 1, 0, 0) + bytes(4),
        struct.pack("<IIIII", 0, 0, 0, 1, 1) + b"u" + struct.pack("<I", 1) + b"i" + bytes(4),
        struct.pack("<IIIII", 0, 0, 0, 1, 1) + b"u" + struct.pack("<I", 0) + bytes([len(Way), 0, 0, 0]),
        struct.pack("<IIIII", 0, 0, 0, 1, 1) + b"u" + struct.pack("<I", 0) + bytes([0, 2, 0, 0]),
        struct.pack("<IIIII", 0, 0, 0, 1, 1) + b"u" + struct.pack("<I", 0) + bytes([0, 0, 2, 0]),
        struct.pack("<IIIII", 0, 0, 0, 1, 1) + b"u" + struct.pack("<I", 0) + bytes([0, 0, 0, 1]),
    ],
    ids=[
        "an unknown note",
        "too many links",
        "too many parts",
        "too many pictures",
        "a link longer than all",
        "a link that is no text",
        "a picture of nothing",
        "a picture with both",
        "an unknown way",
        "a flag of two",
        "another flag of two",
        "a byte that must be zero",
    ],
)
def test_each_rule_is_held(untrusted: bytes) -> None:
    with pytest.raises(MalformedPageReplyError):
        unpack(untrusted)

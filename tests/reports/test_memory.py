"""A remembered page's row: it opens for who holds the key and knows list and URL, and for nobody else."""

from hypothesis import given
from hypothesis import strategies as st

from reports.store.rows.page_memory import NONCE_BYTES, closed, opened, row_token

KEYS = st.binary(min_size=32, max_size=32)
TEXTS = st.text(max_size=60)
TAG_BYTES = 16


@given(KEYS, TEXTS, TEXTS, st.binary(max_size=5_000))
def test_a_row_opens_to_what_was_written(key: bytes, list_id: str, url: str, body: bytes) -> None:
    assert opened(key, list_id, url, closed(key, list_id, url, body)) == body


@given(KEYS, KEYS, TEXTS, TEXTS, TEXTS)
def test_another_key_list_or_url_opens_nothing(key: bytes, other: bytes, list_id: str, url: str, else_: str) -> None:
    kept = closed(key, list_id, url, b"body")
    for guess in ((other, list_id, url), (key, else_, url), (key, list_id, else_)):
        assert guess == (key, list_id, url) or opened(*guess, kept) is None
        assert guess == (key, list_id, url) or row_token(*guess) != row_token(key, list_id, url)


@given(st.binary(max_size=2_000), st.data())
def test_no_changed_byte_is_read(body: bytes, data: st.DataObject) -> None:
    kept = bytearray(closed(bytes(32), "list", "url", body))
    kept[data.draw(st.integers(0, len(kept) - 1))] ^= data.draw(st.integers(1, 255))
    assert opened(bytes(32), "list", "url", bytes(kept)) is None


@given(st.binary(max_size=9_000))
def test_a_size_is_a_power_of_two_whatever_is_in_it(body: bytes) -> None:
    size = len(closed(bytes(32), "list", "url", body)) - NONCE_BYTES - TAG_BYTES
    assert size >= 1024
    assert size & (size - 1) == 0

"""A mistyped public key is refused when the configuration is read, and not when the first finding is sealed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.keys import checked_age_key, checked_minisign_key
from reports.crypto.minisign import new_key
from reports.crypto.seal import is_recipient, new_identity

BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_, RECIPIENT = new_identity()


def test_keys_that_are_made_are_taken() -> None:
    for _ in range(20):
        assert checked_age_key(new_identity()[1])
        assert checked_minisign_key(new_key().public.line())


def test_every_single_mistyped_character_of_an_age_key_is_refused() -> None:
    for place in range(4, len(RECIPIENT)):
        for character in BECH32.replace(RECIPIENT[place], ""):
            with pytest.raises(ValueError, match="not an age public key"):
                checked_age_key(RECIPIENT[:place] + character + RECIPIENT[place + 1 :])


@given(st.text(BECH32 + "1b", max_size=62) | st.text(max_size=62))
def test_what_is_taken_here_is_taken_by_age_itself(text: str) -> None:
    for key in (text, f"age1{text}", RECIPIENT[: len(text)] + text):
        try:
            checked_age_key(key)
        except ValueError:
            continue
        assert is_recipient(key)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "0 bytes"),
        ("RW", "base64"),
        ("RWQN2hTmObMOLxmosNxoh0k0uhJty8W1yVFXZjFe/KukWe+E4U9WEK/h\n", "base64"),
        ("RWQN2hTmObMOLxmosNxoh0k0uhJty8W1yVFXZjFe/KukWe+E4U9W", "39 bytes"),
        ("SWQN2hTmObMOLxmosNxoh0k0uhJty8W1yVFXZjFe/KukWe+E4U9WEK/h", "RW"),
    ],
)
def test_what_is_no_minisign_key_is_refused_with_its_cause(text: str, cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        checked_minisign_key(text)

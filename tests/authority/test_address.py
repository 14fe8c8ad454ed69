"""Onion addresses are checked to the last character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Fault
from scanner.urls.onion_address import OnionAddress, OnionHost, address_of

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
KEYS = st.binary(min_size=32, max_size=32)
A_KEY = bytes(range(32))
AN_ADDRESS = address_of(A_KEY).text
# The address of RFC-like fame: rend-spec-v3's own example.
SPEC_EXAMPLE = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"


def parsed(text: str) -> OnionAddress:
    address = OnionAddress.parse(text)
    assert isinstance(address, OnionAddress), address
    return address


def cause_of(text: str) -> str:
    fault = OnionAddress.parse(text)
    assert isinstance(fault, Fault), fault
    return fault.cause


def test_the_specifications_example_is_read() -> None:
    assert parsed(SPEC_EXAMPLE).text == SPEC_EXAMPLE


@given(KEYS)
def test_an_address_spells_its_key(key: bytes) -> None:
    assert parsed(address_of(key).text).public_key == key


@given(KEYS, st.lists(st.booleans(), min_size=62, max_size=62))
def test_either_case_is_read_as_lower_case(key: bytes, upper: list[bool]) -> None:
    text = address_of(key).text
    mixed = "".join(c.upper() if up else c for c, up in zip(text, upper, strict=True))
    assert parsed(mixed).text == text


def test_every_single_flipped_character_is_refused() -> None:
    for place in range(56):
        for character in ALPHABET.replace(AN_ADDRESS[place], ""):
            flipped = AN_ADDRESS[:place] + character + AN_ADDRESS[place + 1 :]
            assert isinstance(OnionAddress.parse(flipped), Fault), (place, character)


@given(st.text(ALPHABET, min_size=56, max_size=56))
def test_whatever_is_read_is_what_its_key_spells(text: str) -> None:
    address = OnionAddress.parse(f"{text}.onion")
    assert isinstance(address, Fault) or address_of(address.public_key).text == f"{text}.onion"


@given(st.text(max_size=80))
def test_other_text_is_refused_and_never_repeated(text: str) -> None:
    fault = OnionAddress.parse(text + "\u0130")
    assert isinstance(fault, Fault)
    assert "\u0130" not in str(fault)


@pytest.mark.parametrize("around", ["\n", " ", ".", "\r\n", "\t", "\0"])
def test_nothing_is_trimmed(around: str) -> None:
    assert isinstance(OnionAddress.parse(AN_ADDRESS + around), Fault)
    assert isinstance(OnionAddress.parse(around + AN_ADDRESS), Fault)


def test_letters_that_lower_to_ascii_are_refused() -> None:
    # U+212A, the Kelvin sign, is a k in lower case.
    kelvin = SPEC_EXAMPLE.replace("k", "\u212a", 1)
    assert kelvin.lower() == SPEC_EXAMPLE
    assert cause_of(kelvin) == "is not an onion address"


def test_causes_tell_what_is_wrong() -> None:
    assert "version 2" in cause_of("expyuzz4wqqyqhjn.onion")
    assert "sub-domain" in cause_of(f"www.{AN_ADDRESS}")
    assert "checksum" in cause_of(("a" if AN_ADDRESS[0] != "a" else "b") + AN_ADDRESS[1:])
    assert "version is" in cause_of(AN_ADDRESS[:55] + "e" + ".onion")


def test_a_key_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="31 bytes"):
        address_of(bytes(31))


@given(st.lists(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True), max_size=4))
def test_a_host_may_have_sub_domains(labels: list[str]) -> None:
    name = ".".join([*labels, AN_ADDRESS])
    host = OnionHost.parse(name.upper())
    assert isinstance(host, OnionHost)
    assert (host.name, host.address.text) == (name, AN_ADDRESS)


@pytest.mark.parametrize(
    "name",
    [
        f".{AN_ADDRESS}",
        f"a..{AN_ADDRESS}",
        f"{AN_ADDRESS}.",
        f"-a.{AN_ADDRESS}",
        f"a b.{AN_ADDRESS}",
        f"\u00e4.{AN_ADDRESS}",
        f"{AN_ADDRESS}.example.com",
        f"evil.com\\.{AN_ADDRESS}",
        f"a@{AN_ADDRESS}",
        f"{'a.' * 120}{AN_ADDRESS}",
        f"www{AN_ADDRESS}",
        AN_ADDRESS.replace(".onion", "%2eonion"),
        "",
        "onion",
        ".onion",
    ],
)
def test_malformed_hosts_are_refused(name: str) -> None:
    assert isinstance(OnionHost.parse(name), Fault)

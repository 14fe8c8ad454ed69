"""The configuration: found, read strictly, and refused with every error at once."""

import os
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config import settings as module
from config.faults import Refused
from config.load import SIZE_MAX_BYTES, find, load
from config.settings import Settings
from matcher import verdict

MINISIGN = "RWQN2hTmObMOLxmosNxoh0k0uhJty8W1yVFXZjFe/KukWe+E4U9WEK/h"
OTHER_AGE = "age1x7llvavr3nx49whp9zptd7wyfscrn5g4zrctaarkgpvu33vzv9lsxghwwm"
AGE = "age1ezwk2k22nc6n9rgkyc8s866cr872ty7rl7r738zq606ecekczp0sxkl32t"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sightline.toml"


def loaded(file: Path, text: str) -> Settings:
    file.write_text(text)
    settings = load(file)
    assert isinstance(settings, Settings), settings
    return settings


def faults_of(file: Path, text: str) -> dict[str, str]:
    """Causes by path."""
    file.write_text(text)
    refused = load(file)
    assert isinstance(refused, Refused), text
    return {fault.where: f"{fault.cause}. {fault.fix}" for fault in refused.faults}


def test_an_empty_file_is_the_defaults(file: Path) -> None:
    settings = loaded(file, "")
    assert settings.fetch == Settings().fetch
    assert settings.state.directory == file.parent / "state"


def test_every_error_is_named_at_once_with_its_path(file: Path) -> None:
    found = faults_of(
        file,
        f"""
        foo = 1
        [fetch]
        seconds_per_exchang = 3
        pages_per_visit_max = "4"
        redirects_max = 99
        seconds_per_exchange = inf
        [schedule]
        retry_first_minutes = 999
        retry_most_hours = 1
        [matcher]
        referred_tiers = ["exakt"]
        workers = true
        [tor]
        socks = "10.0.0.1:9050"
        gate = 1
        mode = "mine"
        [[authorities]]
        nam = "a"
        public_key = "{AGE}"
        [[recipients]]
        name = ""
        public_key = "{MINISIGN}"
        """,
    )
    assert set(found) == {
        "foo",
        "fetch.seconds_per_exchang",
        "fetch.pages_per_visit_max",
        "fetch.redirects_max",
        "fetch.seconds_per_exchange",
        "schedule",
        "matcher.referred_tiers #1",
        "matcher.workers",
        "tor.socks",
        "tor.gate",
        "tor.mode",
        "authorities #1.nam",
        "authorities #1.name",
        "authorities #1.public_key",
        "recipients #1.name",
        "recipients #1.public_key",
    }
    assert "Did you mean `seconds_per_exchange`?" in found["fetch.seconds_per_exchang"]
    assert "Did you mean `name`?" in found["authorities #1.nam"]
    assert "must be 20 or less" in found["fetch.redirects_max"]
    assert str(file) in found["tor.gate"]


@pytest.mark.parametrize("category", ["benign", "national/", "a/b/c"])
def test_a_category_of_another_form_is_told_the_form(file: Path, category: str) -> None:
    recipient = f'[[recipients]]\nname = "a"\npublic_key = "{AGE}"\nreceives_categories = '
    found = faults_of(file, f'{recipient}["{category}"]\n')
    assert list(found) == ["recipients #1.receives_categories #1"]
    assert "must be of the form SCHEME/category" in str(found)
    assert loaded(file, f'{recipient}["national/2", "/2"]\n').recipients[0].receives_categories == ("national/2", "/2")


def test_paths_are_meant_from_the_files_folder(file: Path) -> None:
    settings = loaded(file, '[state]\ndirectory = "a/b"\n[tor]\nprogram = "/opt/tor"\n[report]\noutbox = "out"\n')
    assert settings.state.directory == file.parent / "a/b"
    assert settings.tor.program == Path("/opt/tor")
    assert settings.report.outbox == file.parent / "out"
    assert settings.tor.torrc_extra is None


def test_a_relative_configuration_gives_absolute_paths(file: Path, tmp_path: Path) -> None:
    loaded(file, "")
    settings = load(Path(os.path.relpath(file)))
    assert isinstance(settings, Settings)
    assert settings.state.directory.is_absolute()
    assert settings.state.directory.resolve() == (tmp_path / "state").resolve()


@pytest.mark.parametrize(
    "text",
    [
        "fetch = 1",
        "fetch = []",
        "authorities = {}",
        "[[fetch]]",
        "[state]\ndirectory = 1",
        '[state]\ndirectory = "a\\u0000b"',
        '[state]\nstore_url = "postgresql://db/sightline"',
        '[organisation]\nname = "a\\u202eb"',
        "[organisation]\nname = 2026-11-23",
        '[organisation]\nname = "two\\nlines"',
        '[fetch]\nuser_agent = ""',
        '[fetch]\nuser_agent = "a\\r\\nX-Header: b"',
        "[fetch]\nredirects_max = -1",
        "[fetch]\nredirects_max = 1.0",
        "[fetch]\nseconds_per_exchange = nan",
        "[fetch]\nseconds_per_exchange = true",
        "[fetch]\nseconds_per_exchange = 600.0\nseconds_per_visit_max = 500",
        "[matcher]\nreferred_tiers = []",
        '[tor]\nsocks = "127.0.0.1:0"',
        '[tor]\nsocks = "127.0.0.1:70000"',
        '[tor]\nsocks = "localhost:9050"',
        '[tor]\ncontrol = "127.0.0.1:9051\\n"',
        f'[[authorities]]\nname = "a"\npublic_key = "{MINISIGN}x"',
        f'[[authorities]]\nname = "a"\npublic_key = "{MINISIGN[:-4]}"',
        f'[[recipients]]\nname = "a"\npublic_key = "{AGE.upper()}"',
        f'[[recipients]]\nname = "a"\npublic_key = "{AGE[:-1]}q"',
        f'[[recipients]]\nname = "a"\npublic_key = "{AGE}"\n[[recipients]]\nname = "b"\npublic_key = "{AGE}"',
        f'[[recipients]]\nname = "a"\npublic_key = "{AGE}"\n[[recipients]]\nname = "A"\npublic_key = "{OTHER_AGE}"',
    ],
)
def test_what_cannot_work_is_refused(file: Path, text: str) -> None:
    assert len(faults_of(file, text)) == 1


def test_a_refused_value_is_never_repeated(file: Path) -> None:
    assert "hunter2" not in str(faults_of(file, '[tor]\ncontrol = "hunter2"\nhunter = "hunter2"'))


@pytest.mark.parametrize("content", [b"\xff", b"[fetch", b"a = 1\na = 2", b"x" * (SIZE_MAX_BYTES + 1)])
def test_a_broken_file_never_becomes_defaults(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    refused = load(file)
    assert isinstance(refused, Refused)
    assert [fault.where for fault in refused.faults] == [str(file)]


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    assert isinstance(load(tmp_path / "none"), Refused)
    assert isinstance(load(tmp_path), Refused)


@given(st.text(max_size=100))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # each example overwrites the file
def test_any_text_is_read_or_refused(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    assert isinstance(load(file), Settings | Refused)


def test_the_environment_says_nothing(file: Path) -> None:
    before = loaded(file, "")
    os.environ["SIGHTLINE_FETCH__REDIRECTS_MAX"] = os.environ["FETCH"] = "1"
    try:
        assert load(file) == before
    finally:
        del os.environ["SIGHTLINE_FETCH__REDIRECTS_MAX"], os.environ["FETCH"]


def test_the_first_file_is_taken(tmp_path: Path) -> None:
    places = [tmp_path / name for name in ("a", "b", "c")]
    nowhere = find(None, places)
    assert isinstance(nowhere, Refused)
    assert all(str(place) in str(nowhere) for place in places)
    places[2].touch()
    assert find(None, places) == places[2]
    places[1].touch()
    assert find(None, places) == places[1]
    assert find("elsewhere", places) == Path("elsewhere")


def test_a_place_where_this_user_may_not_look_is_passed_over(tmp_path: Path) -> None:
    """As root's home, from which `sudo -u sightline` is called: nobody is kept from looking in the next place."""
    unseen, there = tmp_path / ("x" * 300), tmp_path / "sightline.toml"  # a name too long: root as well may not look
    with pytest.raises(OSError, match="too long"):
        unseen.stat()
    there.touch()
    assert find(None, [unseen, there]) == there


def test_values_are_frozen(file: Path) -> None:
    settings = loaded(file, "")
    with pytest.raises(ValueError, match="frozen"):
        settings.fetch.redirects_max = 7  # type: ignore[misc] # mypy refuses it too


def test_the_digest_follows_the_values_and_not_the_spelling(file: Path) -> None:
    plain = loaded(file, "[fetch]\nredirects_max = 5\n").sha256()
    assert loaded(file, "# a remark\nfetch.redirects_max = 5").sha256() == plain
    assert loaded(file, "[fetch]\nredirects_max = 6\n").sha256() != plain


def test_tiers_are_the_matchers_own() -> None:
    assert get_args(module.Tier) == tuple(tier.value for tier in verdict.Tier)


def test_a_byte_order_mark_is_named(file: Path) -> None:
    assert "byte order mark" in faults_of(file, "\ufeff[log]\n")[str(file)]


def test_several_tors_are_ours_only(file: Path) -> None:
    assert loaded(file, "[tor]\nprocesses = 4\n").tor.processes == 4
    assert "mode `own`" in str(faults_of(file, '[tor]\nmode = "running"\nprocesses = 2\n'))


@pytest.mark.parametrize("canary", ["http://x.onion", "a.onion", "a" * 56])
def test_a_canary_is_an_onion_address(file: Path, canary: str) -> None:
    assert loaded(file, f'[tor]\ncanary = "{"a" * 56}.onion"\n').tor.canary
    assert faults_of(file, f'[tor]\ncanary = "{canary}"\n').keys() == {"tor.canary"}


def test_of_many_keys_the_one_that_stands_twice_is_named(file: Path) -> None:
    both = "".join(f'[[authorities]]\nname = "{name}"\npublic_key = "{MINISIGN}"\n' for name in "ab")
    assert MINISIGN in faults_of(file, both)["authorities"]

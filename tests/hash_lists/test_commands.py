"""`sightline hashes`, as an operator uses it."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from config.exit_codes import Exit
from matcher.hash_lists.entry import HASH_BYTES, derived_id
from reports.crypto.seal import new_identity
from scanner.cli.main import main
from tests.hash_lists.test_formats import NCMEC_DELETED, NCMEC_IMAGE, ncmec_page

ROWS = {name: sha256(name.encode()).hexdigest() for name in ("one", "two", "three")}


class Desk:
    """A configuration and a file of hashes."""

    def __init__(self, folder: Path) -> None:
        self.configuration, self.file = folder / "sightline.toml", folder / "hashes.csv"
        self.run("init", "--directory", str(folder))
        self.configuration.write_text(f'[[recipients]]\nname = "Desk"\npublic_key = "{new_identity()[1]}"\n')

    def run(self, *words: str, ends: int = Exit.OK) -> Any:  # noqa: ANN401 - JSON
        done = CliRunner().invoke(main, ["--config", str(self.configuration), *words, "--json"], catch_exceptions=False)
        assert done.exit_code == ends, done.output
        return json.loads(done.stdout)

    def importing(self, *names: str, more: tuple[str, ...] = (), ends: int = Exit.OK) -> Any:  # noqa: ANN401 - JSON
        self.file.write_text("entry_id,sha256\n" + "\n".join(f"{name},{ROWS[name]}" for name in names) + "\n")
        said = ("--format", "csv", "--kind", "child-abuse", "--list", "examples", "--issuer", "Office of Examples")
        return self.run("hashes", "import", str(self.file), *said, *more, ends=ends)

    def status(self) -> Any:  # noqa: ANN401 - JSON
        (one,) = self.run("hashes", "status")
        return one


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_import_takes_the_place_of_the_earlier_version(desk: Desk) -> None:
    assert desk.importing("one", "two")["entries"] == 2
    assert desk.importing("three")["entries"] == 1
    assert desk.status()["entries"] == 1


def test_a_change_adds_to_what_is_in_force(desk: Desk) -> None:
    desk.importing("one", "two")
    assert desk.importing("two", "three", more=("--change",))["entries"] == 3
    assert desk.status()["entries"] == 3


def test_a_change_of_no_list_is_refused(desk: Desk) -> None:
    faults = desk.importing("one", more=("--change",), ends=Exit.REFUSED)["faults"]
    assert "no hash list in force" in faults[0]["cause"]


def test_a_truncated_file_is_refused_and_changes_nothing(desk: Desk) -> None:
    desk.importing("one", "two")
    desk.file.write_text(f"entry_id,sha256\none,{ROWS['one']}\ntwo,{ROWS['two'][:30]}")
    said = ("--format", "csv", "--kind", "child-abuse", "--list", "examples", "--issuer", "Office of Examples")
    desk.run("hashes", "import", str(desk.file), *said, ends=Exit.REFUSED)
    assert desk.status()["entries"] == 2


def test_a_file_without_entries_empties_no_list(desk: Desk) -> None:
    desk.importing("one", "two")
    assert "would empty the list" in desk.importing(ends=Exit.REFUSED)["faults"][0]["cause"]
    assert desk.status()["entries"] == 2


@pytest.mark.parametrize("change", [(), ("--change",)])
def test_a_list_passes_to_no_other_issuer(desk: Desk, change: tuple[str, ...]) -> None:
    desk.importing("one", "two")
    (fault,) = desk.importing("one", "two", more=("--issuer", "Another", *change), ends=Exit.REFUSED)["faults"]
    assert "a list of Office of Examples" in fault["cause"]
    assert desk.status()["issuer"] == "Office of Examples"


def test_fewer_entries_than_before_are_said(desk: Desk) -> None:
    desk.importing("one", "two")
    told = desk.importing("one")
    assert (told["entries_before"], told["entries"]) == (2, 1)


def test_a_key_that_is_none_is_named(desk: Desk) -> None:
    key = desk.configuration.parent / "state" / "keys" / "hash-lists.key"
    key.write_text("AGE-SECRET-KEY-1AAAA")
    faults = desk.run("hashes", "status", ends=Exit.CONFIGURATION)["faults"]
    assert faults[0]["where"] == str(key)


def test_what_nobody_foresaw_never_ends_like_a_finding(desk: Desk) -> None:
    """An import into a folder that is in a file's way: the disk's own refusal, with its exit code."""
    folder = desk.configuration.parent / "state" / "hash-lists"
    (folder / "examples.age").mkdir()
    desk.file.write_text(f"entry_id,sha256\none,{ROWS['one']}\n")
    said = ("--format", "csv", "--kind", "child-abuse", "--list", "examples", "--issuer", "Office of Examples")
    done = CliRunner().invoke(main, ["--config", str(desk.configuration), "hashes", "import", str(desk.file), *said])
    assert done.exit_code == Exit.STORE
    assert "Traceback" not in done.output


def test_a_withdrawn_entry_is_out_and_its_tombstone_stays(desk: Desk) -> None:
    desk.importing("one", "two")
    desk.run("hashes", "withdraw", "examples", "one", "--reason", "a mistake")
    status = desk.status()
    assert (status["entries"], status["withdrawn"]) == (1, 1)
    log = desk.run("audit", "verify", "--public-key", str(public_key(desk)))
    assert log["holds"] is True


@pytest.mark.parametrize("more", [(), ("--change",)])
def test_an_entry_withdrawn_by_hand_stays_so_until_it_is_released(desk: Desk, more: tuple[str, ...]) -> None:
    desk.importing("one", "two")
    desk.run("hashes", "withdraw", "examples", "one", "--reason", "a mistake")
    again = desk.importing("one", "two", more=more)
    assert (again["still_withdrawn"], again["in_force_again"], again["entries"]) == (["one"], [], 1)
    assert (desk.status()["entries"], desk.status()["withdrawn"]) == (1, 1)
    desk.run("hashes", "hold", "--release", "examples", "one")
    again = desk.importing("one", "two", more=more)
    assert (again["still_withdrawn"], again["in_force_again"], again["entries"]) == ([], ["one"], 2)
    assert (desk.status()["entries"], desk.status()["withdrawn"]) == (2, 0)


def test_a_withdrawn_picture_stays_out_when_an_edition_with_a_further_column_renames_it(desk: Desk) -> None:
    md5s = {name: digest[:32] for name, digest in ROWS.items()}
    desk.file.write_text("md5\n" + "".join(f"{md5s[name]}\n" for name in ("one", "two")))
    named = ("hashes", "import", str(desk.file), "--format", "csv", "--kind", "child-abuse", "--list", "examples")
    desk.run(*named, "--issuer", "I")
    old = derived_id(dict.fromkeys(HASH_BYTES) | {"md5": bytes.fromhex(md5s["one"])})
    desk.run("hashes", "withdraw", "examples", old)
    desk.file.write_text("md5,sha256\n" + "".join(f"{md5s[name]},{ROWS[name]}\n" for name in ("one", "two")))
    told = desk.run(*named, "--issuer", "I")
    assert (told["entries"], len(told["still_withdrawn"]), told["carried"]) == (1, 1, told["still_withdrawn"])
    assert told["still_withdrawn"] != [old]


def test_an_id_that_is_reused_for_another_picture_carries_no_decision(desk: Desk) -> None:
    desk.importing("one", "two", "three")
    desk.run("hashes", "hold", "examples", "one")
    desk.run("hashes", "withdraw", "examples", "two")
    desk.file.write_text(f"entry_id,sha256\none,{'ab' * 32}\ntwo,{'cd' * 32}\nthree,{ROWS['three']}\n")
    named = ("--format", "csv", "--list", "examples", "--issuer", "Office of Examples")
    told = desk.run("hashes", "import", str(desk.file), *named)
    assert (told["entries"], told["replaced"]) == (3, 2)
    assert (told["in_force_again"], told["still_withdrawn"], told["carried"]) == ([], [], [])


def test_people_are_told_of_an_entry_that_stays_withdrawn(desk: Desk) -> None:
    desk.importing("one", "two")
    desk.run("hashes", "withdraw", "examples", "one")
    desk.file.write_text(f"entry_id,sha256\none,{ROWS['one']}\ntwo,{ROWS['two']}\n")
    named = ("--format", "csv", "--list", "examples", "--issuer", "Office of Examples")
    done = CliRunner().invoke(main, ["--config", str(desk.configuration), "hashes", "import", str(desk.file), *named])
    told = " ".join(done.stdout.split())
    assert "Still withdrawn: one, although this file lists them." in told
    assert "`sightline hashes hold --release examples ENTRY`" in told
    assert "carrying: 2 sha256; nothing of: md5, sha1, pdq, phash, photodna" in told


def test_a_hold_is_visible_until_it_is_released(desk: Desk) -> None:
    desk.importing("one", "two")
    desk.run("hashes", "hold", "examples", "two")
    assert desk.status()["held"] == ["two"]
    desk.run("hashes", "hold", "examples", "two", "--release")
    assert desk.status()["held"] == []


def test_an_unknown_entry_is_named(desk: Desk) -> None:
    desk.importing("one")
    faults = desk.run("hashes", "hold", "examples", "nobody", ends=Exit.REFUSED)["faults"]
    assert faults[0]["where"] == "nobody"


def test_a_format_that_tells_of_harmless_pictures_needs_its_categories(desk: Desk) -> None:
    desk.file.write_text("{}")
    said = ("--format", "vics", "--list", "case", "--issuer", "Unit")
    faults = desk.run("hashes", "import", str(desk.file), *said, ends=Exit.USAGE)["faults"]
    assert faults[0]["where"] == "--category"


def public_key(desk: Desk) -> Path:
    path = desk.configuration.with_name("scanner.pem")
    path.write_text(desk.run("keys", "show")["scanner"]["public_key_pem"])
    return path


def many(desk: Desk, count: int, *more: str, ends: int = Exit.OK) -> Any:  # noqa: ANN401 - JSON
    rows = [f"e-{number},{sha256(b'%d' % number).hexdigest()}\n" for number in range(count)]
    desk.file.write_text("entry_id,sha256\n" + "".join(rows))
    said = ("--format", "csv", "--kind", "child-abuse", "--list", "examples", "--issuer", "Office of Examples", *more)
    return desk.run("hashes", "import", str(desk.file), *said, ends=ends)


def test_a_list_that_lost_a_tenth_of_its_entries_is_refused_unless_that_is_said(desk: Desk) -> None:
    many(desk, 200)
    many(desk, 190)
    faults = many(desk, 100, ends=Exit.REFUSED)["faults"]
    assert "holds 100 entries where 190 are in force" in faults[0]["cause"]
    assert desk.status()["entries"] == 190
    assert many(desk, 100, "--smaller")["entries"] == 100


def test_a_hold_outlives_a_new_edition_until_it_is_released(desk: Desk) -> None:
    desk.importing("one", "two")
    desk.run("hashes", "hold", "examples", "one")
    desk.importing("one", "two", "three")
    assert desk.status()["held"] == ["one"]
    desk.run("hashes", "hold", "examples", "one", "--release")
    assert desk.status()["held"] == []


def test_status_says_for_people_what_is_on_hold(desk: Desk) -> None:
    desk.importing("one", "two")
    desk.run("hashes", "hold", "examples", "two")
    shown = CliRunner().invoke(main, ["--config", str(desk.configuration), "hashes", "status"]).stdout
    assert "On hold in examples, until a person has reviewed it: two" in shown
    assert "hashes hold --release examples" in shown


def test_the_pages_of_a_feed_move_its_checkpoint_only_with_the_last(desk: Desk) -> None:
    folder = desk.configuration.parent
    first, last = folder / "1.xml", folder / "2.xml"
    first.write_bytes(ncmec_page(NCMEC_IMAGE, "2026-11-09T00:00:00Z", following="/v2/entries?start=2"))
    last.write_bytes(ncmec_page(NCMEC_DELETED, "2026-11-02T00:00:00Z"))
    said = ("--format", "ncmec", "--list", "feed", "--issuer", "Office", "--category", "A1")
    desk.run("hashes", "import", str(first), *said)
    assert desk.status()["checkpoint"] == ""
    desk.run("hashes", "import", str(first), str(last), *said)
    status = desk.status()
    assert (status["checkpoint"], status["entries"], status["withdrawn"]) == ("2026-11-09T00:00:00Z", 1, 1)
    assert status["carrying"]["photodna"] == 1


def test_partial_records_are_reported_by_line_and_the_rest_goes_in(desk: Desk) -> None:
    desk.file.write_text(f"entry_id,sha256\none,{ROWS['one']}\ntwo,{ROWS['two'][:30]}\nthree,{ROWS['three']}\n")
    said = ("--format", "csv", "--kind", "child-abuse", "--list", "examples", "--issuer", "Office of Examples")
    told = desk.run("hashes", "import", str(desk.file), *said, ends=Exit.DIFFERS)
    assert [fault["where"] for fault in told["faults"]] == ["line 3"]
    assert (told["kept_out"], desk.status()["entries"]) == (1, 2)


def test_each_list_declares_its_kind_and_keeps_it(desk: Desk) -> None:
    desk.file.write_text(f"entry_id,sha256\none,{ROWS['one']}\n")
    named = ("hashes", "import", str(desk.file), "--format", "csv", "--list", "examples", "--issuer", "An office")
    (fault,) = desk.run(*named, ends=Exit.USAGE)["faults"]
    assert (fault["where"], "terrorism" in fault["mend"]) == ("--kind", True)
    desk.run(*named, "--kind", "terrorism")
    desk.run(*named)
    assert desk.status()["kind"] == "terrorism"
    desk.run(*named, "--harmless")
    assert (desk.status()["kind"], desk.status()["harmless"]) == ("known-good", True)
    (fault,) = desk.run(*named, "--harmless", "--kind", "terrorism", ends=Exit.USAGE)["faults"]
    assert fault["where"] == "--kind"


def test_an_entry_whose_pdq_rests_on_little_is_held_until_a_person_releases_it(desk: Desk) -> None:
    """The hash of a single point: unrelated forms and tables with one corner mark have it."""
    point = "55aa" * 16
    desk.file.write_text(f"entry_id,pdq,sha256\npoint,{point},\nwith-digest,{point},{ROWS['one']}\n")
    words = ("hashes", "import", str(desk.file), "--format", "csv", "--kind", "child-abuse", "--list", "examples")
    again = (*words, "--issuer", "Office of Examples")
    imported = desk.run(*again)
    assert imported["too_little_detail"] == {"without_digest": ["point"], "with_digest": ["with-digest"]}
    assert desk.status()["held"] == ["point"]
    desk.run("hashes", "hold", "examples", "point", "--release")
    desk.run(*again)
    assert desk.status()["held"] == [], "a person's release outlives a new edition"

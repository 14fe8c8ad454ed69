"""What reads hostile bytes is loaded by confined workers alone: the scanner decodes no picture and parses no page."""

import subprocess
import sys

PARSERS = ("PIL", "pillow_heif", "imagecodecs", "bs4", "lxml", "html5lib", "soupsieve")
LOADED = "import {0}, sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"


def loaded_with(module: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", LOADED.format(module)], capture_output=True, check=True, text=True)
    return set(done.stdout.split())


def test_a_scan_loads_no_parser_of_pages_or_pictures() -> None:
    assert loaded_with("scanner.cli.commands.scan").isdisjoint(PARSERS)


def test_a_scan_loads_nothing_that_only_long_hash_lists_need() -> None:
    assert "scipy" not in loaded_with("scanner.cli.commands.scan")


def test_workers_do_load_them() -> None:
    """The control: the names are right."""
    assert "bs4" in loaded_with("scanner.page.worker.answer")
    assert {"PIL", "scipy"} <= loaded_with("matcher.worker.picture")

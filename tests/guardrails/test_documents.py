"""Documents name files that exist, and packages say where to begin."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PACKAGES = sorted(
    path.parent for name in ("config", "matcher", "reports", "scanner") for path in (ROOT / name).rglob("__init__.py")
)
NAMED = re.compile(r"`((?:tests|scanner|matcher|reports|config|docs|benchmarks|scripts|packaging)/[\w./-]+)`")
LINKED = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def missing(document: Path, text: str) -> list[str]:
    """Return the files that a document names and that are not there."""
    named = [name for name in NAMED.findall(text) if not (ROOT / name).exists()]
    return named + [link for link in LINKED.findall(text) if not (document.parent / link).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    assert missing(document, document.read_text(encoding="utf-8")) == []


def test_a_file_that_is_not_there_is_noticed() -> None:
    text = "See `scanner/nowhere.py`, `scanner/app.py` and [this](nowhere.md)."
    assert missing(ROOT / "README.md", text) == ["scanner/nowhere.py", "nowhere.md"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: str(package.relative_to(ROOT)))
def test_every_package_says_what_it_is_for_what_it_imports_and_where_to_begin(package: Path) -> None:
    text = (package / "__init__.py").read_text(encoding="utf-8")
    assert re.search(r"[Ii]mport", text), "what it may import"
    assert "Begin" in text, "where to begin"

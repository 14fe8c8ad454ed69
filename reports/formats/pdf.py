"""A referral as a PDF for people: tagged (PDF/UA-1), the same bytes each time, no picture, no live link.

typst sets it, in this process, from our own template (`document.typ`). The referral's text goes in as JSON and comes
out as text: none of it is read as markup, and text from a site is cleaned first (`reports.safe_text`). The fonts are
typst's own, so that every machine makes the same pages.
"""

import json
from importlib.resources import files
from typing import Final

import typst

from reports.canonical import Json
from reports.formats.pdf_text import document
from reports.referral.model import Referral

STANDARD: Final = "ua-1"


def pdf_bytes(referral: Referral) -> bytes:
    """Return the whole document."""
    template = files("reports").joinpath("formats", "document.typ").read_bytes()
    return _set(template, document(referral), referral)


def _set(template: bytes, content: Json, referral: Referral) -> bytes:
    """Set the template with its content. It reads no file and imports no package."""
    pages = typst.compile(
        template,
        format="pdf",
        sys_inputs={"document": json.dumps(content)},
        pdf_standards=STANDARD,
        ignore_system_fonts=True,
        timestamp=referral.identity.created.replace(microsecond=0),
    )
    if not isinstance(pages, bytes):
        msg = "typst gave no document"
        raise TypeError(msg)
    return pages

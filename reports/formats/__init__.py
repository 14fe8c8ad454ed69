"""A referral in the forms that other systems read. Pure: each takes a `Referral` and returns bytes, always the same.

Every form keeps the referral's and the pictures' identifiers, so that later work on it can be traced. None holds a
picture; tables for people hold no address that a program would take for a link. May import `reports.referral` and
below. Begin with this module's table of forms.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from reports.canonical import canonical, canonical_pieces
from reports.formats.case_uco import case_bytes
from reports.formats.children import about_children
from reports.formats.csv_table import csv_bytes, every_csv_bytes
from reports.formats.html.page import page
from reports.formats.misp import misp_bytes
from reports.formats.ncmec import ncmec_bytes
from reports.formats.stix import stix_bytes
from reports.formats.vics import vics_bytes
from reports.formats.workbook import workbook_bytes
from reports.referral.model import Referral


def _pdf(referral: Referral) -> bytes:
    """Import typst only for this form: loading it takes a moment."""
    from reports.formats.pdf import pdf_bytes  # noqa: PLC0415

    return pdf_bytes(referral)


FORMS: Final[Mapping[str, Callable[[Referral], bytes]]] = MappingProxyType(
    {
        "json": canonical,
        "html": page,
        "pdf": _pdf,
        "csv": csv_bytes,
        "csv-tables": every_csv_bytes,
        "xlsx": workbook_bytes,
        "stix": stix_bytes,
        "case": case_bytes,
        "vics": vics_bytes,
        "ncmec": ncmec_bytes,
        "misp": misp_bytes,
    }
)
"""Every form, by the name that the command line gives it."""


def pieces_of(form: str, referral: Referral) -> Iterable[bytes]:
    """Yield a form's bytes, piece by piece where it is long and its pieces stand alone: only JSON."""
    return canonical_pieces(referral) if form == "json" else (FORMS[form](referral),)


def left_out_of(form: str, referral: Referral) -> str:
    """Return in words what a form leaves out because it is for one kind of list; empty for nothing."""
    return about_children(referral).words() if form == "ncmec" else ""

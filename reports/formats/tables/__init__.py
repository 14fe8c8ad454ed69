"""A referral as flat tables, for spreadsheets.

A cell is text or a whole number. Text from a site is cleaned and defanged (`reports.safe_text`); the exact text is in
the referral's JSON. May import `reports.referral` and below. Begin with `pictures.py`.
"""

from collections.abc import Sequence
from typing import Final

from reports.formats.tables.coverage import ended, limits, lists, not_examined, pages, sites, visits
from reports.formats.tables.form import Cell, Table, as_text
from reports.formats.tables.named import leads, mirrors, named_files
from reports.formats.tables.pictures import images, matches, sightings
from reports.formats.tables.proof import amendments, checks, judged_again, mandates, records
from reports.referral.model import Referral

__all__ = ["Cell", "Table", "as_text", "every_table", "sightings"]

FINDINGS: Final = (mandates, images, sightings, matches, named_files, leads, mirrors, amendments, judged_again)
COVERAGE: Final = (sites, visits, pages, not_examined, ended, lists, limits)
PROOF: Final = (checks, records)


def every_table(referral: Referral) -> Sequence[Table]:
    """Yield all tables in reading order: findings, coverage, proof."""
    return [make(referral) for make in (*FINDINGS, *COVERAGE, *PROOF)]

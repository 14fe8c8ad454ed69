"""A referral's sightings as CSV (RFC 4180), or all of its tables in a ZIP: UTF-8, every cell quoted, no formula."""

import csv
from io import StringIO

from reports.formats.tables import Table, as_text, every_table, sightings
from reports.formats.zip_file import packed
from reports.referral.model import Referral


def csv_bytes(referral: Referral) -> bytes:
    """Return a header line, then one line for each sighting."""
    return _written(sightings(referral))


def every_csv_bytes(referral: Referral) -> bytes:
    """Return a ZIP of one file for each table of the workbook, numbered in reading order."""
    return packed((_file_name(number, table), _written(table)) for number, table in enumerate(every_table(referral), 1))


def _file_name(number: int, table: Table) -> str:
    return f"{number:02}-{table.name.lower().replace(',', '').replace(' ', '-')}.csv"


def _written(table: Table) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows(as_text(row) for row in table.rows)
    return text.getvalue().encode()

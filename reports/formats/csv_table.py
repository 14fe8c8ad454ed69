"""A referral's sightings as CSV (RFC 4180), UTF-8, every cell quoted, no formula."""

import csv
from io import StringIO

from reports.formats.tables import as_text, sightings
from reports.referral_form import Referral


def csv_bytes(referral: Referral) -> bytes:
    """A header line, then one line for each sighting."""
    table = sightings(referral)
    text = StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows(as_text(row) for row in table.rows)
    return text.getvalue().encode()

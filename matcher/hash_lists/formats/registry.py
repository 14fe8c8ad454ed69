"""The formats in which hash lists are read, by name."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from matcher.hash_lists.formats.csv_format import INTERPOL, CsvFormat
from matcher.hash_lists.formats.fields import FieldNames
from matcher.hash_lists.formats.json_format import JsonFormat
from matcher.hash_lists.formats.line_formats import LINES, THREATEXCHANGE, LineFormat
from matcher.hash_lists.formats.ncmec_format import NcmecFormat
from matcher.hash_lists.formats.shield_format import SHIELD
from matcher.hash_lists.formats.stopncii_format import STOPNCII
from matcher.hash_lists.formats.vics_format import VICS
from matcher.hash_lists.importing import ListFormat
from matcher.verdict import ListKind


@dataclass(frozen=True, slots=True)
class NamedFormat:
    """A format and what an import must know of it."""

    read: CsvFormat | JsonFormat | LineFormat | NcmecFormat
    describes: str
    scheme: str = ""
    """The scale of its categories, if the format has but one."""
    kind: ListKind | None = None
    """What its lists are lists of, if the format says it."""
    needs_categories: bool = False
    """True if its files hold harmless pictures, too, so that an import must name the categories that accuse."""

    def reading(self, mapped: Mapping[str, str], ignored: tuple[str, ...]) -> ListFormat:
        """Return the format with the operator's mapping of field names, which comes before the issuer's."""
        return replace(self.read, names=FieldNames(mapped, ignored).with_names(self.read.names))


FORMATS: Final[Mapping[str, NamedFormat]] = MappingProxyType(
    {
        "ncmec": NamedFormat(NcmecFormat(), "NCMEC hash sharing v2, XML", "NCMEC", ListKind.CHILD_ABUSE),
        "vics": NamedFormat(
            VICS, "Project VIC VICS 1.2 to 2.0, JSON (unofficial)", kind=ListKind.CHILD_ABUSE, needs_categories=True
        ),
        "interpol": NamedFormat(INTERPOL, "Interpol ICSE, CSV", "Interpol baseline", ListKind.CHILD_ABUSE),
        "threatexchange": NamedFormat(THREATEXCHANGE, "`<signal type> <hash>` a line"),
        "stopncii": NamedFormat(STOPNCII, "StopNCII, JSON", kind=ListKind.ADULT_INTIMATE),
        "shield": NamedFormat(SHIELD, "Project Arachnid Shield, JSON", "Shield", ListKind.CHILD_ABUSE),
        "lines": NamedFormat(LINES, "a hash a line, or the output of md5sum, sha1sum and sha256sum"),
    }
)
"""Every format but CSV, whose columns and delimiter are given (`csv_format.CsvFormat`)."""

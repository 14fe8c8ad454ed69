"""The formats in which hash lists are read, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from matcher.hash_lists.csv_format import INTERPOL
from matcher.hash_lists.importing import ListFormat
from matcher.hash_lists.ncmec_format import ncmec
from matcher.hash_lists.shield_format import SHIELD
from matcher.hash_lists.stopncii_format import STOPNCII
from matcher.hash_lists.threatexchange_format import threatexchange
from matcher.hash_lists.vics_format import VICS
from matcher.verdict import ListKind


@dataclass(frozen=True, slots=True)
class NamedFormat:
    """A format and what must be said with it."""

    read: ListFormat
    describes: str
    scheme: str = ""
    """The scale of its categories, where the format has but one."""
    kind: ListKind | None = None
    """What its lists are lists of, where the format says it."""
    needs_categories: bool = False
    """Whether its files tell of harmless pictures, too, so that an import must name the categories that accuse."""


FORMATS: Mapping[str, NamedFormat] = MappingProxyType(
    {
        "ncmec": NamedFormat(ncmec, "NCMEC hash sharing v2, XML", "NCMEC", ListKind.CHILD_ABUSE),
        "vics": NamedFormat(
            VICS, "Project VIC VICS 1.3 and 2.0, JSON (unofficial)", kind=ListKind.CHILD_ABUSE, needs_categories=True
        ),
        "interpol": NamedFormat(INTERPOL, "Interpol ICSE, CSV", "Interpol baseline", ListKind.CHILD_ABUSE),
        "threatexchange": NamedFormat(threatexchange, "`<signal type> <hash>` a line"),
        "stopncii": NamedFormat(STOPNCII, "StopNCII, JSON", kind=ListKind.ADULT_INTIMATE),
        "shield": NamedFormat(SHIELD, "Project Arachnid Shield, JSON", "Shield", ListKind.CHILD_ABUSE),
    }
)
"""Every format but CSV, whose columns and delimiter are given (`matcher.hash_lists.csv_format.CsvFormat`)."""

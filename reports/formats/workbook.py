"""A referral as a workbook (XLSX, ECMA-376): one sheet a table, text and whole numbers only, no formula and no link.

Only the needed parts are written: inline strings, a frozen and bold header row, and a filter. The same referral gives
the same bytes.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from reports.formats.tables import Cell, Table, every_table
from reports.formats.zip_file import packed
from reports.referral.model import Referral

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
TYPES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
ROWS_MAX: Final = 1_048_576
FONT: Final = '<sz val="10"/><name val="Arial"/>'
STYLES: Final = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="2"><font>{FONT}</font><font><b/>{FONT}</font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def workbook_bytes(referral: Referral) -> bytes:
    """Return the whole workbook. Rows beyond a sheet's limit are left out; the last row then gives their number."""
    return packed((name, (XML + content).encode()) for name, content in _parts(every_table(referral)))


def _parts(tables: Sequence[Table]) -> Iterable[tuple[str, str]]:
    numbers = range(1, len(tables) + 1)
    yield "[Content_Types].xml", _content_types(numbers)
    yield "_rels/.rels", _relations([("rId1", f"{RELATIONS}/officeDocument", "xl/workbook.xml")])
    sheets = [(f"rId{number}", f"{RELATIONS}/worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    yield "xl/_rels/workbook.xml.rels", _relations([*sheets, ("rIdStyles", f"{RELATIONS}/styles", "styles.xml")])
    yield "xl/styles.xml", STYLES
    yield "xl/workbook.xml", _workbook(tables)
    for number, table in zip(numbers, tables, strict=True):
        yield f"xl/worksheets/sheet{number}.xml", _sheet(table)


def _content_types(numbers: Iterable[int]) -> str:
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{TYPES}.worksheet+xml"/>'
        for number in numbers
    )
    return (
        f'<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/>{sheets}</Types>'
    )


def _relations(relations: Iterable[tuple[str, str, str]]) -> str:
    inner = "".join(f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>' for name, kind, target in relations)
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def _workbook(tables: Iterable[Table]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(table.name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, table in enumerate(tables, start=1)
    )
    return f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{sheets}</sheets></workbook>'


def _sheet(table: Table) -> str:
    rows = [table.columns, *table.rows[: ROWS_MAX - 2]]
    left_out = len(table.rows) - (len(rows) - 1)
    if left_out:
        rows.append((f"{left_out} more rows: see the referral's JSON", *("",) * (len(table.columns) - 1)))
    last = f"{_column(len(table.columns))}{len(rows)}"
    body = "".join(_row(number, row) for number, row in enumerate(rows, start=1))
    return (
        f'<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<sheetData>{body}</sheetData><autoFilter ref="A1:{last}"/></worksheet>'
    )


def _row(number: int, cells: Iterable[Cell]) -> str:
    style = ' s="1"' if number == 1 else ""
    written = "".join(_cell(f"{_column(index)}{number}", style, cell) for index, cell in enumerate(cells, start=1))
    return f'<row r="{number}">{written}</row>'


def _cell(place: str, style: str, cell: Cell) -> str:
    if isinstance(cell, int):
        return f'<c r="{place}"{style}><v>{cell}</v></c>'
    text = escape(cell)
    return f'<c r="{place}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>' if text else ""


def _column(number: int) -> str:
    """Return a column's letters: 1 is A, 26 is Z, 27 is AA."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name

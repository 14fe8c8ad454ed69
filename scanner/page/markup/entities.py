"""What the document type within an XML page defines: entities, and attributes that elements have without saying so.

Browsers know no document type but the one within the page. It is undone before the page is read, once, within bounds:
what an entity stands for is put in its place, and an attribute by default becomes a tag of its own.
"""

import re
from typing import Final

_DEFINED: Final = re.compile(r"<!ENTITY[ \t\n\r]+([\w.:-]{1,100})[ \t\n\r]+(?:\"([^\"]{0,8192})\"|'([^']{0,8192})')")
_BY_DEFAULT: Final = re.compile(
    r"<!ATTLIST[ \t\n\r]+([\w.:-]{1,60})[ \t\n\r]+([\w.:-]{1,60})[ \t\n\r]+CDATA[ \t\n\r]+(?:#FIXED[ \t\n\r]+)?"
    r"(\"[^\"]{0,8192}\"|'[^']{0,8192}')"
)
_REFERENCE: Final = re.compile(r"&([\w.:-]{1,100});")
_WITHIN: Final = 65_536
_ADDED_MOST: Final = 2**20
"""Characters: entities that name entities can be made to grow without end."""
_ROUNDS: Final = 3


def without_document_type(untrusted_text: str) -> str:
    """The text with its own entities undone, as far as the bound allows, and defaults as tags behind it."""
    head = untrusted_text[:_WITHIN]
    if "<!ENTITY" not in head and "<!ATTLIST" not in head:
        return untrusted_text
    defined: dict[str, str] = {name: one or other for name, one, other in _DEFINED.findall(head)}
    left = _ADDED_MOST

    def meant(reference: "re.Match[str]") -> str:
        nonlocal left
        value = defined.get(reference[1])
        if value is None or len(value) > left:
            return str(reference[0])
        left -= len(value)
        return value

    text = untrusted_text
    for _ in range(_ROUNDS):
        text = _REFERENCE.sub(meant, text)
    return text + "".join(f"<{name} {attribute}={value}>" for name, attribute, value in _BY_DEFAULT.findall(head))

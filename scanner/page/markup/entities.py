"""Entities and default attributes that the document type of an XML page defines.

Browsers apply only the document type within the page. The text is expanded once, within bounds, before the page is
read: an entity is replaced by its value, and a default attribute becomes a tag at the end.
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
"""In characters. Entities that name entities could grow without end."""
_ROUNDS: Final = 3


def without_document_type(untrusted_text: str) -> str:
    """Return the text with its entities expanded, within the bound, and default attributes appended as tags."""
    head = untrusted_text[:_WITHIN]
    if "<!ENTITY" not in head and "<!ATTLIST" not in head:
        return untrusted_text
    defined: dict[str, str] = {name: double or single for name, double, single in _DEFINED.findall(head)}
    left = _ADDED_MOST

    def expanded(reference: "re.Match[str]") -> str:
        nonlocal left
        value = defined.get(reference[1])
        if value is None or len(value) > left:
            return str(reference[0])
        left -= len(value)
        return value

    text = untrusted_text
    for _ in range(_ROUNDS):
        text = _REFERENCE.sub(expanded, text)
    return text + "".join(f"<{name} {attribute}={value}>" for name, attribute, value in _BY_DEFAULT.findall(head))

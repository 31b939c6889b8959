"""What an XML text is, by its root element: told by its first characters, before it is read."""

import re
from dataclasses import dataclass

HEAD_CHARACTERS = 20_000
"""As much of a text as is looked at to tell what it is."""

_ROOT = re.compile(r"<(?:([A-Za-z_][\w.-]{0,60}):)?([A-Za-z_][\w.-]{0,60})(\s[^>]{0,4000}+)?/?>")
_SKIPPED = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>", re.DOTALL)
_CXML = re.compile(r"<(?:Request|Message|Response)\b[^>]{0,500}>\s*<(\w{1,60})")


@dataclass(frozen=True, slots=True)
class XmlRoot:
    """The local name of the root element, its namespace ("" for none), and the text from there."""

    name: str
    namespace: str
    head: str

    @property
    def payload(self) -> str | None:
        """Of a cXML document, what is asked, told or answered in it."""
        match = _CXML.search(self.head)
        return match[1] if match else None


def root_of(text: str) -> XmlRoot | None:
    """The root of a text that begins as XML does; None for any other, or without one."""
    text = text.lstrip("\ufeff").lstrip()
    if not text.startswith("<"):
        return None
    head = _SKIPPED.sub("", text[:HEAD_CHARACTERS])
    match = _ROOT.search(head)
    if match is None:
        return None
    return XmlRoot(match[2], _namespace(match[1] or "", match[3] or ""), head)


def _namespace(prefix: str, attributes: str) -> str:
    name = f"xmlns:{prefix}" if prefix else "xmlns"
    match = re.search(rf"\s{re.escape(name)}\s*=\s*[\"']([^\"']{{0,300}})[\"']", attributes)
    return match[1] if match else ""

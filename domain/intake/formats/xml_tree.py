"""XML as a tree of plain nodes, read safely: nothing is fetched, no entity is expanded, and size,
depth and number of elements are bounded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from domain.intake.document import Problem

MOST_ELEMENTS = 300_000
MOST_DEPTH = 64
LONGEST_TEXT = 20_000
"""Of one element; what goes beyond (a document that is embedded) is left out."""

_CHUNK = 65_536
_SPACE = " "


@dataclass(slots=True, eq=False)
class Node:
    """An element: its local name, its namespace, its attributes by local name, its text."""

    name: str
    namespace: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    above: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    # Among those of its name that stand beside it, from 1 on; and how many children have a name.
    place: int = 1
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Its own text, trimmed."""
        return "".join(self.parts).strip()

    @property
    def path(self) -> str:
        """Where it is: "Invoice/InvoiceLine[2]/Price"; counted where there are several."""
        own = self.name
        if self.above is None:
            return own
        if self.above.counts.get(own, 1) > 1:
            own += f"[{self.place}]"
        return f"{self.above.path}/{own}"

    def add(self, child: "Node") -> None:
        """Put a node below this one, after the others."""
        child.place = self.counts[child.name] = self.counts.get(child.name, 0) + 1
        self.children.append(child)

    def all(self, *names: str) -> Iterator["Node"]:
        """Every node that is reached by these names, one below the other."""
        if not names:
            yield self
            return
        for child in self.children:
            if child.name == names[0]:
                yield from child.all(*names[1:])

    def first(self, *names: str) -> "Node | None":
        """The first of them."""
        return next(self.all(*names), None)

    def value(self, *names: str) -> str | None:
        """The first text that is not blank among them."""
        return next((each.text for each in self.all(*names) if each.text), None)


class UnsafeXML(Exception):
    """It declares entities, or is larger or deeper than what is read."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_xml(raw: bytes) -> tuple[Node | None, Problem | None]:
    """The root of an XML document, or what keeps it from being read, with its place."""
    reading = _Reading()
    parser = reading.parser
    try:
        for start in range(0, len(raw), _CHUNK):
            parser.Parse(raw[start : start + _CHUNK], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        return None, _malformed(error)
    except UnsafeXML as unsafe:
        place = f"line {parser.CurrentLineNumber}"
        return None, Problem(unsafe.code, place, str(unsafe), "Send it without, or in parts.")
    except (ValueError, LookupError):
        message = "The encoding that the document declares is not known."
        return None, Problem("encoding_invalid", "line 1", message, "Send the document in UTF-8.")
    return reading.root, None


def _malformed(error: expat.ExpatError) -> Problem:
    return Problem(
        "xml_malformed",
        f"line {error.lineno}, column {error.offset + 1}",
        f"The XML is not well formed: {expat.ErrorString(error.code)}.",
        "Send the document whole, as the source makes it.",
    )


class _Reading:
    """One document being read."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0
        self._length = 0
        self.parser = expat.ParserCreate(namespace_separator=_SPACE)
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._told
        self.parser.EntityDeclHandler = self._entity
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) >= MOST_DEPTH:
            message = f"It has more than {MOST_ELEMENTS} elements, or {MOST_DEPTH} in each other."
            raise UnsafeXML("document_too_complex", message)
        namespace, _, own = name.rpartition(_SPACE)
        above = self._open[-1] if self._open else None
        told = {key.rpartition(_SPACE)[2]: value for key, value in attributes.items()}
        node = Node(own, namespace, told, above)
        if above is None:
            self.root = node
        else:
            above.add(node)
        self._open.append(node)
        self._length = 0

    def _end(self, name: str) -> None:
        self._open.pop()
        self._length = 0

    def _told(self, text: str) -> None:
        if self._length < LONGEST_TEXT:
            self._open[-1].parts.append(text[: LONGEST_TEXT - self._length])
        self._length += len(text)

    def _entity(self, name: str, *_declared: object) -> None:
        raise UnsafeXML("entities_declared", "It declares entities of its own (a DTD within it).")

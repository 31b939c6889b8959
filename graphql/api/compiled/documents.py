"""One bounded cache for what follows from a document's text: syntax tree, validity, plans."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from graphql import DocumentNode, GraphQLError

# A syntax tree takes some 150 times its text, so these are about 40 MB and 10 MB of memory.
PROVEN_CHARACTERS = 256 * 1024
NEW_CHARACTERS = 64 * 1024
PROVEN_DOCUMENTS = 512
NEW_DOCUMENTS = 128
# Nobody writes a longer one by hand; it is served, never kept.
LONGEST_KEPT = 16 * 1024


@dataclass(slots=True)
class KnownDocument:
    """A document, what validation said, and what was compiled of its operations by name."""

    text: str
    document: DocumentNode
    errors: tuple[GraphQLError, ...] | None = None
    proven: bool = False
    plans: dict[str | None, Any] = field(default_factory=dict)


class _Shelf:
    """Documents in the order of their last use, bounded in count and characters."""

    def __init__(self, documents: int, characters: int) -> None:
        self.kept: OrderedDict[Hashable, KnownDocument] = OrderedDict()
        self.characters = 0
        self._documents = documents
        self._most_characters = characters

    def put(self, key: Hashable, known: KnownDocument) -> None:
        """Keep it as the last used; the longest unused make room."""
        self.take(key)
        self.kept[key] = known
        self.characters += len(known.text)
        while len(self.kept) > self._documents or self.characters > self._most_characters:
            _, dropped = self.kept.popitem(last=False)
            self.characters -= len(dropped.text)

    def take(self, key: Hashable) -> None:
        """Forget it, if it is here."""
        known = self.kept.pop(key, None)
        if known is not None:
            self.characters -= len(known.text)


class DocumentCache:
    """Documents by a key that names text, schema and rules: nothing of the caller is in it.

    A document seen twice moves to a shelf of its own, so that a flood of documents which are
    sent once each never drives out those in use. Invalid ones stay among the new: refused
    quickly when repeated, and never at the cost of a good one."""

    def __init__(self) -> None:
        self._new = _Shelf(NEW_DOCUMENTS, NEW_CHARACTERS)
        self._proven = _Shelf(PROVEN_DOCUMENTS, PROVEN_CHARACTERS)

    def find(self, key: Hashable) -> KnownDocument | None:
        """The document, now the last used."""
        known = self._proven.kept.get(key)
        if known is not None:
            self._proven.kept.move_to_end(key)
            return known
        known = self._new.kept.get(key)
        if known is not None and not known.errors and known.errors is not None:
            self._new.take(key)
            known.proven = True
            self._proven.put(key, known)
        return known

    def keep(self, key: Hashable, known: KnownDocument) -> None:
        """Keep a new document, unless it is too long."""
        if len(known.text) <= LONGEST_KEPT:
            self._new.put(key, known)

    def __len__(self) -> int:
        return len(self._new.kept) + len(self._proven.kept)

    @property
    def characters(self) -> int:
        """How much text is kept."""
        return self._new.characters + self._proven.characters

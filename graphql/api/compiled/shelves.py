"""A bounded memory that a flood cannot empty of what is in use."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")

# A syntax tree takes some 100 times its text: these are about 50 MB and 10 MB of memory.
PROVEN_CHARACTERS, PROVEN_DOCUMENTS = 512 * 1024, 1_000
NEW_CHARACTERS, NEW_DOCUMENTS = 96 * 1024, 250
# Nobody writes a longer document by hand; it is served, never kept.
LONGEST_KEPT = 16 * 1024


class Shelf(Generic[Kept]):
    """Things in the order of their last use, bounded in count and in characters."""

    def __init__(self, documents: int, characters: int) -> None:
        self.characters = 0
        self._kept: OrderedDict[Hashable, tuple[Kept, int]] = OrderedDict()
        self._most_documents = documents
        self._most_characters = characters

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Hashable) -> Kept | None:
        """What is kept under the key, now the last used."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, kept: Kept, characters: int) -> None:
        """Keep it, unless it is too long; what was not used for longest makes room."""
        if characters > LONGEST_KEPT:
            return
        self.take(key)
        self._kept[key] = kept, characters
        self.characters += characters
        while len(self._kept) > self._most_documents or self.characters > self._most_characters:
            _, (_, dropped) = self._kept.popitem(last=False)
            self.characters -= dropped

    def take(self, key: Hashable) -> None:
        """Forget it, if it is here."""
        found = self._kept.pop(key, None)
        if found is not None:
            self.characters -= found[1]


class Shelves(Generic[Kept]):
    """Two shelves: what was asked for twice stands apart from what came once.

    A flood of documents that are sent once each therefore never drives out those in use."""

    def __init__(self) -> None:
        self.new: Shelf[Kept] = Shelf(NEW_DOCUMENTS, NEW_CHARACTERS)
        self.proven: Shelf[Kept] = Shelf(PROVEN_DOCUMENTS, PROVEN_CHARACTERS)

    def find(self, key: Hashable, characters: int) -> Kept | None:
        """What is kept under the key; it is proven from now on."""
        found = self.proven.find(key)
        if found is None:
            found = self.new.find(key)
            if found is not None:
                self.new.take(key)
                self.proven.put(key, found, characters)
        return found

    def put(self, key: Hashable, kept: Kept, characters: int) -> None:
        """Keep something new."""
        self.new.put(key, kept, characters)

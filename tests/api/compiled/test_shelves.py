"""The memory of documents is bounded, and a flood leaves what is in use."""

from api.compiled.shelves import (
    LONGEST_KEPT,
    NEW_CHARACTERS,
    NEW_DOCUMENTS,
    PROVEN_CHARACTERS,
    PROVEN_DOCUMENTS,
    Shelves,
)


def test_what_is_kept_is_found() -> None:
    shelves: Shelves[str] = Shelves()
    assert shelves.find("key", 3) is None
    shelves.put("key", "kept", 3)
    assert shelves.find("key", 3) == "kept"
    assert shelves.find("key", 3) == "kept"


def test_a_flood_of_new_documents_drives_out_none_in_use() -> None:
    shelves: Shelves[int] = Shelves()
    shelves.put("used", 1, 100)
    assert shelves.find("used", 100) == 1
    for number in range(10_000):
        shelves.put(number, number, 100)
    assert shelves.find("used", 100) == 1
    assert len(shelves.new) <= NEW_DOCUMENTS
    assert shelves.new.characters <= NEW_CHARACTERS


def test_a_flood_that_repeats_itself_stays_bounded() -> None:
    shelves: Shelves[int] = Shelves()
    for number in range(3_000):
        shelves.put(number, number, 10_000)
        assert shelves.find(number, 10_000) == number
    assert len(shelves.proven) <= PROVEN_DOCUMENTS
    assert shelves.proven.characters <= PROVEN_CHARACTERS
    assert shelves.new.characters == 0


def test_a_huge_document_is_not_kept() -> None:
    shelves: Shelves[int] = Shelves()
    shelves.put("huge", 1, LONGEST_KEPT + 1)
    assert shelves.find("huge", LONGEST_KEPT + 1) is None
    assert len(shelves.new) == 0


def test_what_was_not_used_for_longest_makes_room() -> None:
    shelves: Shelves[int] = Shelves()
    for number in range(NEW_DOCUMENTS + 1):
        shelves.put(number, number, 1)
    assert shelves.find(0, 1) is None
    assert shelves.find(1, 1) == 1

"""Where a node stands in a document is told in the same time whatever else the document has."""

import time

from domain.intake.formats.xml_tree import Node, read_xml


def root_of(raw: bytes) -> Node:
    root, problem = read_xml(raw)
    assert problem is None
    assert root is not None
    return root


def test_a_node_is_counted_where_there_are_several_of_its_name() -> None:
    root = root_of(b"<Invoice><ID/><Line><ID/></Line><Line><ID/><ID/></Line></Invoice>")
    assert [node.path for node in root.all("ID")] == ["Invoice/ID"]
    assert [node.path for node in root.all("Line", "ID")] == [
        "Invoice/Line[1]/ID",
        "Invoice/Line[2]/ID[1]",
        "Invoice/Line[2]/ID[2]",
    ]


def test_the_places_of_very_many_lines_are_told_at_once() -> None:
    number = 100_000
    root = root_of(b"<Invoice>" + b"<Line><ID/></Line>" * number + b"</Invoice>")
    started = time.process_time()
    paths = [node.path for node in root.all("Line", "ID")]
    # Counted anew for each line, this would take minutes.
    assert time.process_time() - started < 5
    assert (paths[0], paths[-1]) == ("Invoice/Line[1]/ID", f"Invoice/Line[{number}]/ID")

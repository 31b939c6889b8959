"""docs/reference is what the schema's descriptions say, and its links lead somewhere."""

import re
from pathlib import Path

from graphql import GraphQLSchema

from api.schema import build_schema, graphql_core_schema
from app.commands.reference import reference
from app.reference.areas import is_connection, is_payload
from app.reference.pages import reference_pages

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
DOCS = FOLDER.parent


def _schema() -> GraphQLSchema:
    return graphql_core_schema(build_schema())


def test_the_checked_in_reference_is_the_schemas() -> None:
    written = {path.name: path.read_text() for path in FOLDER.glob("*.md")}
    made = reference_pages(build_schema())
    differing = sorted(n for n in {*written, *made} if written.get(n) != made.get(n))
    assert differing == [], "The descriptions or documents changed: run make schema."


def test_a_page_that_is_no_longer_written_is_removed(tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text("An area that was renamed.")
    reference(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {path.name for path in FOLDER.glob("*.md")}


def test_every_field_and_type_has_its_place() -> None:
    pages = "\n".join(path.read_text() for path in FOLDER.glob("*.md"))
    schema = _schema()
    wanted = [
        f"{root.name.lower()}-{name}"
        for root in (schema.query_type, schema.mutation_type, schema.subscription_type)
        if root is not None
        for name in root.fields
    ]
    roots = {"Query", "Mutation", "Subscription"}
    wanted += [
        name
        for name, kind in schema.type_map.items()
        if not (name.startswith("__") or name in roots or is_connection(kind) or is_payload(kind))
    ]
    anchors = re.findall(r'<a id="([^"]+)">', pages)
    assert sorted(anchors) == sorted([*wanted, "directive-idempotent"])


def _anchors(path: Path) -> set[str]:
    text = path.read_text()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in headings}
    return {*re.findall(r'<a id="([^"]+)">', text), *slugs}


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    broken = []
    for path in sorted(DOCS.rglob("*.md")):
        if "node_modules" in path.parts:
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
            if target.startswith(("http:", "https:", "mailto:")):
                continue
            name, _, anchor = target.partition("#")
            to = (path.parent / name).resolve() if name else path
            if not to.exists() or (anchor and anchor not in _anchors(to)):
                broken.append(f"{path.relative_to(DOCS)}: {target}")
    assert broken == []

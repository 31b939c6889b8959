"""The manual names what there is, and all of it."""

import re
from pathlib import Path

import app.subjects  # noqa: F401  (the checks are declared there)
from domain.ledger.closing_checks import CHECKS

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
# Names of other systems, of requests and of errors.
OF_OTHERS = {"clientMutationId", "statusDate", "deploymentMode", "operationName", "inputPath"}


def test_every_field_that_a_page_names_is_in_the_schema() -> None:
    schema = (ROOT / "graphql" / "schema.graphql").read_text()
    known = set(re.findall(r"\w+", schema)) | OF_OTHERS
    named = {
        (page.name, name)
        for page in PAGES
        for name in re.findall(r"`([a-z]+[A-Z]\w*)(?:\([^`]*\))?`", page.read_text())
    }
    assert sorted(each for each in named if each[1] not in known) == []


def test_the_index_names_every_page_and_every_file_of_documents() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    pages = {page.name for page in PAGES} - {"README.md"}
    assert sorted(name for name in pages if f"({name})" not in index) == []
    documents = {path.stem for path in (ROOT / "graphql" / "operations").glob("*.graphql")}
    assert sorted(name for name in documents if f"`{name}`" not in index) == []


def test_links_lead_somewhere() -> None:
    pages = [*PAGES, ROOT / "README.md"]
    links = [(page, link) for page in pages for link in _links(page)]
    assert [(p.name, link) for p, link in links if not (p.parent / link).exists()] == []


def _links(page: Path) -> list[str]:
    found = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    return [link for link in found if not link.startswith("http")]


def test_the_page_of_closing_lists_every_check() -> None:
    page = (ROOT / "docs" / "close.md").read_text()
    answers = re.findall(r"^\| .+ \| (yes|no) \|$", page, flags=re.MULTILINE)
    # Stock, receivables, payables and what is not invoiced stand in one line.
    assert answers.count("yes") == sum(check.waivable for check in CHECKS.values())
    assert answers.count("no") + 3 == sum(not check.waivable for check in CHECKS.values())

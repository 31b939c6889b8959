"""The rules that keep the house in order, read from the source itself."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import graphql as graphql_core
import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("app", "graphql/api", "domain", "tenancy", "workers")
FILE_LINES, TEST_FILE_LINES, FUNCTION_LINES = 300, 500, 50
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "service", "base", "misc"}
# The unit of work's transaction, and migrations, which run as the owner before anything serves.
MAY_COMMIT = {"tenancy/transaction.py", "domain/kernel/work.py", "app/database.py"}


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_graphql_core_is_not_hidden_by_our_folder() -> None:
    assert not (ROOT / "graphql" / "__init__.py").exists()
    assert "site-packages" in (graphql_core.__file__ or "")
    assert [p.name for p in (ROOT / "graphql").glob("*.py")] == []


def test_files_stay_small() -> None:
    too_long = {
        name_of(path): count
        for path in python_files(*SOURCES, "tests", "bench")
        if (count := path.read_text().count("\n"))
        > (TEST_FILE_LINES if name_of(path).startswith("tests/") else FILE_LINES)
    }
    assert too_long == {}


def test_functions_stay_small() -> None:
    too_long = {
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in python_files(*SOURCES, "tests", "bench")
        for node in functions(path)
        if (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES
    }
    assert too_long == set()


def test_no_module_has_a_vague_name() -> None:
    vague = [name_of(p) for p in python_files(*SOURCES, "tests") if p.stem in VAGUE]
    assert [name for name in vague if name != "tenancy/base.py"] == []


def test_tests_are_no_package_and_their_names_are_unique() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []
    names = [path.name for path in python_files("tests") if path.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))


def test_every_public_thing_has_a_docstring() -> None:
    silent = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in python_files("app", "domain", "tenancy", "workers")
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert silent == []


def test_nothing_but_the_unit_of_work_commits() -> None:
    ending = {"commit", "begin", "rollback"}
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files(*SOURCES)
        if name_of(path) not in MAY_COMMIT
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ending
    ]
    assert found == []


def test_the_domain_reads_no_clock() -> None:
    clocks = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in python_files("domain")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in clocks
    ]
    assert found == []


def test_a_policy_is_pure() -> None:
    impure = []
    for path in python_files("domain"):
        if path.name != "policy.py" and "policies" not in path.parts:
            continue
        for node in ast.walk(tree(path)):
            module = getattr(node, "module", None) or ""
            names = [module] if module else [a.name for a in getattr(node, "names", [])]
            if isinstance(node, ast.Import | ast.ImportFrom) and any(
                name.startswith(("sqlalchemy", "tenancy")) or name.endswith(".models")
                for name in names
            ):
                impure.append(name_of(path))
    assert impure == []


def _entry_modules() -> Iterator[str]:
    import domain

    for module in pkgutil.walk_packages(domain.__path__, prefix="domain."):
        parts = module.name.split(".")
        if "operations" in parts or "queries" in parts:
            yield module.name


@pytest.mark.parametrize("name", sorted(_entry_modules()))
def test_every_operation_and_query_asks_for_its_permission(name: str) -> None:
    module = importlib.import_module(name)
    forgetful = [
        function_name
        for function_name, value in vars(module).items()
        if not function_name.startswith("_")
        and inspect.iscoroutinefunction(inspect.unwrap(value))
        and value.__module__ == name
        and not hasattr(value, "permission")
    ]
    assert forgetful == []


def test_resolvers_stay_thin() -> None:
    """A resolver parses, names one operation and maps the outcome."""
    thick = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in python_files("graphql/api")
        for node in functions(path)
        if any("strawberry" in ast.unparse(d) for d in node.decorator_list)
        and _statements(node) > 20
    ]
    assert thick == []


def _statements(node: ast.AST) -> int:
    return sum(isinstance(child, ast.stmt) for child in ast.walk(node)) - 1

"""The rules that keep the house in order, read from the source itself."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
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


@cache
def text_of(path: Path) -> str:
    return path.read_text()


def tree(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


@dataclass(frozen=True, slots=True)
class Function:
    """What the rules ask of a function."""

    line: int
    name: str
    lines: int
    statements: int
    is_resolver: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules ask of a file: it is parsed once, and the tree is not kept."""

    functions: list[Function]
    silent: list[tuple[int, str]]
    called: list[tuple[int, str]]
    named: list[tuple[int, str, str]]
    imports: list[str]


@cache
def facts(path: Path) -> Facts:
    parsed = tree(path)
    found = Facts([], _silent(parsed), [], [], [])
    for node in ast.walk(parsed):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                found.functions.append(_function(node))
            case ast.Call(func=ast.Attribute(attr=attribute)):
                found.called.append((node.lineno, attribute))
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                found.named.append((node.lineno, name, attribute))
            case ast.ImportFrom(module=str(module)):
                found.imports.append(module)
            case ast.Import() | ast.ImportFrom():
                found.imports.extend(alias.name for alias in node.names)
    return found


def _silent(parsed: ast.Module) -> list[tuple[int, str]]:
    """Public things without a docstring."""
    return [
        (node.lineno, node.name)
        for node in parsed.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    is_resolver = any("strawberry" in ast.unparse(d) for d in node.decorator_list)
    return Function(
        node.lineno,
        node.name,
        (node.end_lineno or node.lineno) - node.lineno + 1,
        _statements(node) if is_resolver else 0,
        is_resolver,
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_graphql_core_is_not_hidden_by_our_folder() -> None:
    assert not (ROOT / "graphql" / "__init__.py").exists()
    assert "site-packages" in (graphql_core.__file__ or "")
    assert [p.name for p in (ROOT / "graphql").glob("*.py")] == []


def test_files_stay_small() -> None:
    too_long = {
        name_of(path): count
        for path in python_files(*SOURCES, "tests", "bench")
        if (count := text_of(path).count("\n"))
        > (TEST_FILE_LINES if name_of(path).startswith("tests/") else FILE_LINES)
    }
    assert too_long == {}


def test_functions_stay_small() -> None:
    too_long = {
        f"{name_of(path)}:{function.line} {function.name}"
        for path in python_files(*SOURCES, "tests", "bench")
        for function in facts(path).functions
        if function.lines > FUNCTION_LINES
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
        f"{name_of(path)}:{line} {name}"
        for path in python_files("app", "domain", "tenancy", "workers")
        for line, name in facts(path).silent
    ]
    assert silent == []


def test_nothing_but_the_unit_of_work_commits() -> None:
    ending = {"commit", "begin", "rollback"}
    found = [
        f"{name_of(path)}:{line}"
        for path in python_files(*SOURCES)
        if name_of(path) not in MAY_COMMIT
        for line, attribute in facts(path).called
        if attribute in ending
    ]
    assert found == []


def test_the_domain_reads_no_clock() -> None:
    clocks = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}
    found = [
        f"{name_of(path)}:{line}"
        for path in python_files("domain")
        for line, name, attribute in facts(path).named
        if (name, attribute) in clocks
    ]
    assert found == []


def test_a_policy_is_pure() -> None:
    impure = [
        name_of(path)
        for path in python_files("domain")
        if path.name == "policy.py" or "policies" in path.parts
        for module in facts(path).imports
        if module.startswith(("sqlalchemy", "tenancy")) or module.endswith(".models")
    ]
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
        f"{name_of(path)}:{function.line} {function.name}"
        for path in python_files("graphql/api")
        for function in facts(path).functions
        if function.is_resolver and function.statements > 20
    ]
    assert thick == []


def _statements(node: ast.AST) -> int:
    return sum(isinstance(child, ast.stmt) for child in ast.walk(node)) - 1

"""No operation writes without a note of who did it: read from the source, operation by operation,
through whatever it calls."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# Operations that need no entry, and why.
WITHOUT: dict[str, str] = {
    "domain.allocation.operations.wake_barred.wake_barred_lines": "the clock tells who waits",
    "domain.allocation.operations.wake_waiting.wake_waiting_lines": "the clock tells who waits",
    "domain.allocation.promising.operations.review_order": "worked out of what was audited",
    "domain.allocation.promising.operations.review_placed_order": "worked out of what was audited",
    "domain.allocation.promising.operations.review_promises": "worked out of what was audited",
    "domain.allocation.promising.operations.tell_overdue_supply": "the clock tells who waits",
    "domain.allocation.runs.operations.plan_requested_run": "the request for it was audited",
}

Function = tuple[str, str]
AUDIT: Function = ("", "audit")


@cache
def _sources() -> dict[str, str]:
    return {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."): path.read_text()
        for path in sorted((ROOT / "domain").rglob("*.py"))
    }


@cache
def _parsed(module: str) -> ast.Module:
    return ast.parse(_sources()[module])


def _modules() -> dict[str, ast.Module]:
    return {module: _parsed(module) for module in _sources()}


def _functions(tree: ast.Module) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """The module's own functions, and the methods of its classes."""
    return {
        node.name: node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _known(module: str, tree: ast.Module) -> dict[str, Function]:
    """What the names in a module stand for: what it imports, and what it defines."""
    known = {
        alias.asname or alias.name: (str(node.module), alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return known | {name: (module, name) for name in _functions(tree)}


def _used(node: ast.AST, known: dict[str, Function]) -> Iterator[Function]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id in known:
            yield known[each.id]
        if isinstance(each, ast.Attribute):
            if each.attr == "audit":
                yield AUDIT
            owner = each.value
            if isinstance(owner, ast.Name) and owner.id in known:
                # A function of an imported module, or a method of an imported class.
                yield (".".join(known[owner.id]), each.attr)
                yield (known[owner.id][0], each.attr)


@cache
def _audited() -> frozenset[Function]:
    """All functions from which `.audit(` is reached."""
    users: dict[Function, set[Function]] = defaultdict(set)
    for module, tree in _modules().items():
        known = _known(module, tree)
        for name, node in _functions(tree).items():
            for used in _used(node, known):
                users[used].add((module, name))
    reached, fresh = {AUDIT}, {AUDIT}
    while fresh:
        fresh = {user for function in fresh for user in users[function]} - reached
        reached |= fresh
    return frozenset(reached)


OPERATIONS = sorted(
    (module, name)
    for module, source in _sources().items()
    # All are parsed by whoever runs the tests, not by all who collect them.
    if "@operation(" in source
    for name, node in _functions(_parsed(module)).items()
    if any(ast.unparse(each).startswith("operation(") for each in node.decorator_list)
)


def test_the_search_tells_what_leaves_an_entry_from_what_does_not() -> None:
    functions = sum(len(_functions(tree)) for tree in _modules().values())
    assert len(OPERATIONS) > 80
    assert len(_audited()) < functions / 2


@pytest.mark.parametrize("operation", OPERATIONS, ids=".".join)
def test_an_operation_leaves_an_audit_entry(operation: Function) -> None:
    assert operation in _audited() or ".".join(operation) in WITHOUT


def test_nothing_is_excused_without_need() -> None:
    assert {name for name in WITHOUT if tuple(name.rsplit(".", 1)) in _audited()} == set()

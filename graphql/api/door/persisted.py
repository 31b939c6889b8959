"""Documents sent by their hash: registered by clients (automatic), or trusted because ours.

A trusted document is one of graphql/operations/*.graphql or one that the tenant registered."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from api.door.asking import Asked
from api.door.refusals import Refusal

_HASH = re.compile(r"[0-9a-f]{64}")
_HERE = Path(__file__).resolve()
# Beside the package in the checkout, inside it in the wheel.
OPERATIONS = next(
    (folder for level in (2, 1) if (folder := _HERE.parents[level] / "operations").is_dir()),
    _HERE.parents[1] / "operations",
)


class DocumentStore(Protocol):
    """Where documents that clients registered are kept for all processes."""

    async def find(self, tenant: str, digest: str) -> str | None:
        """The document of this hash."""

    async def keep(self, tenant: str, digest: str, text: str) -> None:
        """Keep it for a while."""


class ProcessStore:
    """Keeps registered documents in this process, the newest of them."""

    MOST, CHARACTERS = 1_000, 4_000_000

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._characters = 0

    async def find(self, tenant: str, digest: str) -> str | None:
        """The document of this hash."""
        return self._kept.get((tenant, digest))

    async def keep(self, tenant: str, digest: str, text: str) -> None:
        """Keep it until newer ones need its place."""
        if (tenant, digest) not in self._kept:
            self._kept[tenant, digest] = text
            self._characters += len(text)
        while len(self._kept) > self.MOST or self._characters > self.CHARACTERS:
            _, gone = self._kept.popitem(last=False)
            self._characters -= len(gone)


Registered = Callable[[str], Awaitable[str | None]]


class Persisted:
    """Finds the text of what was asked."""

    def __init__(self, store: DocumentStore, trusted: Mapping[str, str], *, longest: int) -> None:
        self._store = store
        self._trusted = trusted
        self._longest = longest

    async def text_of(
        self, asked: Asked, tenant: str, *, only_trusted: bool = False, registered: Registered
    ) -> str:
        """The document's text. Raises Refusal when there is none, when its hash is not known, or
        when only trusted documents are taken and this is none; `registered` finds those that the
        tenant trusts besides ours."""
        digest = _digest(asked)
        if digest is not None and digest in self._trusted:
            return self._trusted[digest]
        if only_trusted:
            return await self._trusted_text(asked, digest, registered)
        if digest is None:
            if not asked.query:
                raise Refusal(400, "BAD_INPUT", "There is no query in the request.")
            return asked.query
        if asked.query:
            return await self._kept(asked.query, tenant, digest)
        return await self._found(tenant, digest, registered)

    async def _trusted_text(self, asked: Asked, digest: str | None, registered: Registered) -> str:
        """Of a document sent whole, its own hash counts, not the one that it says it has."""
        shown = _sha256(asked.query) if asked.query else digest
        if shown is None:
            raise Refusal(400, "BAD_INPUT", "There is no query in the request.")
        text = self._trusted.get(shown) or await registered(shown)
        if text is None:
            raise _only_trusted()
        return text

    async def _kept(self, text: str, tenant: str, digest: str) -> str:
        if len(text) <= self._longest:
            if _sha256(text) != digest:
                raise Refusal(400, "BAD_INPUT", "sha256Hash is not the hash of the query.")
            await self._store.keep(tenant, digest, text)
        return text

    async def _found(self, tenant: str, digest: str, registered: Registered) -> str:
        text = await self._store.find(tenant, digest) or await registered(digest)
        if text is None:
            raise _not_found()
        return text


def trusted_documents(folder: Path = OPERATIONS) -> dict[str, str]:
    """Every operation of the folder's files with the fragments it needs, by its hash."""
    texts: dict[str, str] = {}
    for path in sorted(folder.glob("*.graphql")) if folder.is_dir() else ():
        source = path.read_text()
        for text in (source, *single_operations(source)):
            texts[_sha256(text)] = text
    return texts


@cache
def single_operations(source: str) -> tuple[str, ...]:
    """The operations of a file, each as a document of its own."""
    document = parse(source)
    fragments = {
        d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
    }
    texts = []
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            needed = _needed(definition, fragments)
            parts = [definition, *(fragments[name] for name in sorted(needed))]
            texts.append("\n\n".join(print_ast(part) for part in parts))
    return tuple(texts)


def _needed(
    definition: OperationDefinitionNode | FragmentDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
) -> set[str]:
    spreads = _Spreads()
    visit(definition, spreads)
    needed = set(spreads.names)
    for name in spreads.names:
        needed |= _needed(fragments[name], fragments)
    return needed


class _Spreads(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.names.add(node.name.value)


def _digest(asked: Asked) -> str | None:
    named = asked.extensions.get("persistedQuery")
    if isinstance(named, dict):
        digest = named.get("sha256Hash")
        if named.get("version") != 1:
            raise Refusal(400, "BAD_INPUT", "persistedQuery.version must be 1.")
    elif asked.document_id is not None:
        digest = asked.document_id.removeprefix("sha256:")
    else:
        return None
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise Refusal(400, "BAD_INPUT", "A document is named by its SHA-256 in lower-case hex.")
    return digest


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _not_found() -> Refusal:
    # The words and the code are those of Apollo's protocol: clients look for them.
    return Refusal(200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")


def _only_trusted() -> Refusal:
    return Refusal(
        403,
        "FORBIDDEN",
        "Only documents that are registered here are taken.",
        more={"reason": "DOCUMENT_NOT_REGISTERED"},
    )

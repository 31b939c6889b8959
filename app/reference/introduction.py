"""The first page of the reference: how the API is called, and where what is."""

from app.reference.areas import Area
from app.reference.markdown import table

BUILT_IN_SCALARS = {
    "Boolean": "true or false.",
    "ID": "An opaque text that names one object over all types. Keep it, do not read it.",
    "Int": "A whole number of 32 bits.",
    "String": "Text in Unicode.",
}

CODES = {
    "UNAUTHENTICATED": "Nobody is signed in, or the token has expired: sign in, or refresh.",
    "FORBIDDEN": "The caller lacks a permission; `extensions.permission` names it.",
    "NOT_FOUND": "No such object, or none that the caller may see.",
    "BAD_INPUT": "The document or its values are wrong; `extensions.inputPath` says where.",
    "CONFLICT": "The key was used with another input, or somebody else was quicker: try again.",
    "RATE_LIMITED": "The budget is spent; `extensions.retryAfterSeconds` says how long to wait.",
    "UNAVAILABLE": "The database is away for the moment: try again, with the same key.",
    "TOO_EXPENSIVE": "The document is over a limit: ask for less at once.",
    "PERSISTED_QUERY_NOT_FOUND": "The hash is not known yet: send it with the document.",
    "INTERNAL": "Our fault, masked. Tell us `extensions.requestId`.",
}

_TEXT = """# API reference

`POST /graphql` with `{{"query", "variables", "operationName"}}` as JSON and
`Authorization: Bearer TOKEN`; the token is from [signIn](access.md#mutation-signIn), an
[API key](access.md#ApiKey) or an issuer of your own. Subscriptions go over WebSocket
(`graphql-transport-ws`) or server-sent events at the same address. `graphql/schema.graphql` is the
same schema for programs, [docs/client](../client/README.md) an example of one.

## Pages

{pages}

## Lists

Every list is a Relay connection: `nodes` (the objects), `edges` (each `node` with its `cursor`),
`pageInfo` (`hasNextPage`, `endCursor`, `hasPreviousPage`, `startCursor`) and `totalCount`, which
is counted only when asked for. `first` with `after`, or `last` with `before`: 20 objects unless
told otherwise, 100 at most. A cursor stays good when rows are added.

## Mutations

One `input`, one payload, one transaction. The payload holds what changed, and
[`userErrors`](errors.md): when there are any, nothing has changed. With
[`@idempotent(key: …)`](scalars.md#directive-idempotent) a mutation that is sent again has one
effect and the same answer; API keys must send it where stock or money moves.

## Errors

What the caller did wrong as a caller, or our own fault, is a top-level error with
`extensions.code`:

{codes}

## Cost

Every answer tells `extensions.cost`: the points that were `requested` before it ran, what it
`actual`ly cost, and what is `left`. An object is a point, a page as many objects as it asks for, a
mutation ten points more."""


def introduction(areas: list[Area]) -> str:
    """The page."""
    pages = [(f"[{area.name.capitalize()}]({area.name}.md)", area.description) for area in areas]
    pages += [
        ("[User errors](errors.md)", "What a mutation may answer instead of doing it."),
        ("[Scalars and directives](scalars.md)", "How values are written."),
    ]
    codes = ((f"`{code}`", meaning) for code, meaning in CODES.items())
    return _TEXT.format(pages=table(("Page", ""), pages), codes=table(("Code", ""), codes))

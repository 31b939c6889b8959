"""Messages that neither repeat what the caller sent at length, nor tell what the schema holds."""

import re

from graphql import GraphQLError

LONGEST_ECHO, LONGEST_MESSAGE = 100, 600
# Only the ends of a quoted run are looked for: linear on any text.
_QUOTED = re.compile(rf"(['\"])([^'\"]{{{LONGEST_ECHO - 20}}})[^'\"]+(?=['\"])")
_RUN = re.compile(rf"(\S{{{LONGEST_ECHO}}})\S+")
_SUGGESTION = re.compile(r"\s*Did you mean .*$", re.DOTALL)


def shortened(message: str) -> str:
    """The message with every long piece of the caller's own text cut short."""
    if len(message) <= LONGEST_ECHO:
        return message
    short = _RUN.sub(r"\1…", _QUOTED.sub(r"\1\2…", message[:20_000]))
    short = short.encode("utf-8", "replace").decode()
    return short if len(short) <= LONGEST_MESSAGE else short[:LONGEST_MESSAGE] + "…"


def without_suggestion(error: GraphQLError) -> GraphQLError:
    """The error without graphql-core's “Did you mean”."""
    return GraphQLError(
        _SUGGESTION.sub("", error.message),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=error.extensions,
    )

"""`crossdock schema`: the GraphQL schema definition."""

from api.schema import build_schema, sdl


def schema() -> None:
    """Print the schema definition (SDL); graphql/schema.graphql is this."""
    print(sdl(build_schema()), end="")

"""What `crossdock up` says when it is ready."""

from app.demo.people import PASSWORD, PEOPLE

_TEXT = """
Crossdock is ready.

  GraphQL    {base}/graphql        (HTTP, and WebSocket: graphql-transport-ws)
  GraphiQL   {base}/graphql        (in a browser)
  Intake     {base}/intake/CHANNEL?tenant=demo
  Health     {base}/healthz  {base}/readyz  {base}/metrics

Tenant demo, password {password}, users:
{people}

A first query, to paste into another terminal:

  TOKEN=$({command} token --tenant demo --user admin)
  curl -s {base}/graphql -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{{"query":"{{ items(first: 3) {{ nodes {{ sku name }} totalCount }} }}"}}'

Ctrl-C stops everything.
"""


def welcome(base_url: str, *, command: str = ".venv/bin/crossdock") -> str:
    """The address, the demo sign-ins and a first query to paste."""
    people = "\n".join(f"  {p.username:<10} {p.display_name}" for p in PEOPLE)
    return _TEXT.format(base=base_url, password=PASSWORD, people=people, command=command)

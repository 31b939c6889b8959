"""Who signs in at the demo company."""

from dataclasses import dataclass

# The demo's data is made up and its server listens on loopback: everybody may know this.
PASSWORD = "crossdock-demo"


@dataclass(frozen=True, slots=True)
class Person:
    """A demo user; `of` is the code of the partner (party or location) it belongs to."""

    username: str
    display_name: str
    role: str
    of_party: str | None = None
    of_location: str | None = None


ADMINISTRATOR = Person("admin", "Administrator of the tenant", "admin")
PEOPLE = (
    ADMINISTRATOR,
    Person("planner", "Plans orders and allocation", "planner"),
    Person("warehouse", "Receives, picks, packs and ships", "warehouse"),
    Person("finance", "Reads the books", "finance"),
    Person("customer", "A buyer at Northwind Stores", "customer", of_party="NORTHWIND"),
    Person("supplier", "A seller at Acme Supply", "supplier", of_party="ACME"),
    Person("3pl", "A clerk at the Reno 3PL", "third_party", of_location="RNO"),
)

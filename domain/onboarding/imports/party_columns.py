"""The columns of a table of parties."""

from collections.abc import Callable
from typing import Any

from domain.entities.policy import ADDRESS_KINDS, sound_party
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.locations import ADDRESS_COLUMNS
from domain.onboarding.imports.values import as_boolean

ROLES = {"customer": "is_customer", "supplier": "is_supplier", "carrier": "is_carrier"}
_ROLE_WORDS = {"vendor": "supplier", "client": "customer", "buyer": "customer"}
LINKS = {"parent": "parent_id", "bill_to": "bill_to_id"}


def _field(name: str) -> Callable[[str], Any]:
    def read(value: str) -> Any:
        fields: Any = {name: value.lower() if name == "status" else value}
        if name == "currency":
            fields = {name: value.upper()}
        return sound_party(fields)[name]

    return read


def _roles(value: str) -> dict[str, bool]:
    words = [w for w in value.lower().replace(";", ",").replace("/", ",").split(",") if w.strip()]
    roles = {_ROLE_WORDS.get(word.strip(), word.strip()) for word in words}
    if not roles <= set(ROLES):
        raise InvalidInput("Must be customer, supplier, carrier, or several with commas.")
    return {field: role in roles for role, field in ROLES.items()}


def _address_kind(value: str) -> str:
    word = value.lower().replace(" ", "_").replace("-", "_")
    return text.choice(
        {"ship": "ship_to", "bill": "bill_to"}.get(word, word), ADDRESS_KINDS, path=()
    )


def _identifier(value: str) -> str:
    return text.name(value, path=())


COLUMNS = (
    Column(
        field="code",
        says="The party's own code. Several rows may speak of one party.",
        aliases=(
            "party", "party code", "customer", "customer code", "customer number", "customer no",
            "supplier code", "vendor code", "vendor number", "account number", "account no",
        ),
        read=_field("code"),
        needed=True,
    ),
    Column(
        field="name",
        says="Its name; new parties need it.",
        aliases=("customer name", "supplier name", "vendor name", "company name", "party name"),
        read=_field("name"),
    ),
    Column(
        field="roles",
        says="customer, supplier, carrier, or several with commas; customer if nothing is said.",
        aliases=("role", "type", "party type"),
        read=_roles,
    ),
    *(
        Column(field=field, says=f"Whether it is a {role}: yes or no.", read=as_boolean)
        for role, field in ROLES.items()
    ),
    Column(
        field="parent",
        says="The code of the party above it.",
        aliases=("parent code", "parent party", "head office"),
        read=_field("code"),
    ),
    Column(
        field="bill_to",
        says="The code of the party that gets its invoices.",
        aliases=("bill to code", "invoice to"),
        read=_field("code"),
    ),
    Column(
        field="currency",
        says="ISO 4217.",
        aliases=("currency code",),
        read=_field("currency"),
    ),
    Column(
        field="email",
        says="Where it is written to.",
        aliases=("e-mail", "email address"),
        read=_field("email"),
    ),
    Column(field="status", says="active, draft or closed.", read=_field("status")),
    Column(
        field="address_kind",
        says="ship_to (if blank) or bill_to.",
        aliases=("address type",),
        read=_address_kind,
    ),
    Column(
        field="address_code",
        says="The party's own code for the address, such as a store number; 1 if blank.",
        aliases=("store number", "ship to code", "address id"),
        read=lambda value: text.code(value),
    ),
    *ADDRESS_COLUMNS,
    Column(
        field="channel", says="The code of a channel that knows it by channel_identifier.",
    ),
    Column(
        field="channel_identifier",
        says="The code by which that channel, or without one everyone, knows it.",
        aliases=("identifier", "external id", "edi id", "external code", "gln"),
        read=_identifier,
    ),
    Column(
        field="channel",
        says='Headed "channel:EDI": the code by which the channel EDI knows it. '
        "May come many times.",
        read=_identifier,
        repeated=True,
    ),
)  # fmt: skip

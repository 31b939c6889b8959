"""Tables of legal entities, locations and parties."""

from datetime import date, datetime, time
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class Address:
    """Mixed into tables that hold a postal address, and where on the globe it is (in degrees)."""

    address_name: Mapped[str | None] = mapped_column(Text)
    line1: Mapped[str | None] = mapped_column(Text)
    line2: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    postal_code: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))


class LegalEntity(TenantOwned, Base):
    """A company of the tenant that owns stock, sells, and keeps books in one currency."""

    __tablename__ = "legal_entity"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        CheckConstraint("fiscal_year_start_month BETWEEN 1 AND 12", name="fiscal_year"),
        CheckConstraint("status IN ('active', 'closed')", name="status"),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    fiscal_year_start_month: Mapped[int] = mapped_column(server_default="1")
    status: Mapped[str] = mapped_column(Text, server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class Location(TenantOwned, Address, Base):
    """A place where stock lies or travels, owned by an entity.

    The capacities say how many orders and base units it can take on in a day; none: no limit."""

    __tablename__ = "location"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        reference("entity_id", "legal_entity"),
        reference("calendar_id", "working_calendar"),
        CheckConstraint(
            "kind IN ('owned', 'third_party', 'store', 'supplier', 'in_transit')", name="kind"
        ),
        CheckConstraint("status IN ('active', 'closed')", name="status"),
        CheckConstraint(
            "receiving_days BETWEEN 0 AND 90 AND processing_days BETWEEN 0 AND 90", name="days"
        ),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[int]
    time_zone: Mapped[str] = mapped_column(Text, server_default="UTC")
    cut_off_time: Mapped[time | None]
    orders_per_day: Mapped[int | None]
    units_per_day: Mapped[Decimal | None] = mapped_column(Numeric(24, 6))
    # Working days from the dock to the shelf, and from the order to the truck.
    calendar_id: Mapped[int | None]
    receiving_days: Mapped[int] = mapped_column(server_default="0")
    processing_days: Mapped[int] = mapped_column(server_default="0")
    # Somebody else's people work there: they accept what they are to do, or reject it.
    asks_acceptance: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[str] = mapped_column(Text, server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class Party(TenantOwned, Base):
    """Someone we trade with: a customer, a supplier or a carrier, or several of these at once."""

    __tablename__ = "party"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        reference("parent_id", "party"),
        reference("bill_to_id", "party"),
        CheckConstraint("status IN ('active', 'draft', 'closed')", name="status"),
        CheckConstraint("is_customer OR is_supplier OR is_carrier", name="some_role"),
        Index(None, "tenant_id", "parent_id"),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    is_customer: Mapped[bool]
    is_supplier: Mapped[bool] = mapped_column(server_default=text("false"))
    is_carrier: Mapped[bool] = mapped_column(server_default=text("false"))
    parent_id: Mapped[int | None]
    bill_to_id: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    customer_group: Mapped[str | None] = mapped_column(Text)
    substitutes_allowed: Mapped[bool] = mapped_column(server_default=text("false"))
    early_delivery_allowed: Mapped[bool] = mapped_column(server_default=text("true"))
    status: Mapped[str] = mapped_column(Text, server_default="active")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class PartyAddress(TenantOwned, Address, Base):
    """A ship-to or bill-to address of a party, under the party's own code for it."""

    __tablename__ = "party_address"
    __table_args__ = (
        UniqueConstraint("tenant_id", "party_id", "kind", "code"),
        reference("party_id", "party", ondelete="CASCADE"),
        CheckConstraint("kind IN ('ship_to', 'bill_to')", name="kind"),
    )
    party_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)


class PartyIdentifier(TenantOwned, Base):
    """A code by which a channel (or everyone, when the channel is absent) knows a party."""

    __tablename__ = "party_identifier"
    __table_args__ = (
        Index(
            "uq_party_identifier_value",
            "tenant_id",
            "channel_id",
            "value",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        reference("party_id", "party", ondelete="CASCADE"),
        reference("channel_id", "channel", use_alter=True),
    )
    party_id: Mapped[int]
    channel_id: Mapped[int | None]
    value: Mapped[str] = mapped_column(Text)


class WorkingCalendar(TenantOwned, Base):
    """On which days somebody works: a warehouse ships and receives, a supplier takes orders.

    `working_days` are the ISO weekdays, Monday as 1: `12345` is Monday to Friday."""

    __tablename__ = "working_calendar"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("working_days ~ '^1?2?3?4?5?6?7?$' AND working_days <> ''", name="days"),
    )
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    working_days: Mapped[str] = mapped_column(Text, server_default="12345")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class CalendarClosedDay(TenantOwned, Base):
    """A day on which nobody of the calendar works, whatever weekday it is."""

    __tablename__ = "calendar_closed_day"
    __table_args__ = (
        UniqueConstraint("tenant_id", "calendar_id", "closed_on"),
        reference("calendar_id", "working_calendar", ondelete="CASCADE"),
    )
    calendar_id: Mapped[int]
    closed_on: Mapped[date]
    name: Mapped[str | None] = mapped_column(Text)


class TransitTime(TenantOwned, Base):
    """How many days goods travel from a location to a region, by a carrier's service.

    An empty country, region, postal prefix or service stands for all; the closest fit counts.
    Days are the carrier's: Monday to Friday, or all seven where it delivers at weekends."""

    __tablename__ = "transit_time"
    __table_args__ = (
        Index(
            "uq_transit_time_lane",
            "tenant_id",
            "location_id",
            "country",
            "region",
            "postal_prefix",
            "service",
            unique=True,
        ),
        reference("location_id", "location"),
        CheckConstraint("days BETWEEN 0 AND 365", name="days"),
    )
    location_id: Mapped[int]
    country: Mapped[str] = mapped_column(Text, server_default="")
    region: Mapped[str] = mapped_column(Text, server_default="")
    postal_prefix: Mapped[str] = mapped_column(Text, server_default="")
    service: Mapped[str] = mapped_column(Text, server_default="")
    days: Mapped[int]
    weekend_delivery: Mapped[bool] = mapped_column(server_default=text("false"))

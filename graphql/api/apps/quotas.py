"""What a plan limits."""

from enum import Enum

import strawberry

from api.user_errors import UserError, answers
from domain.kernel.quotas import QuotaReached


@answers(QuotaReached)
@strawberry.type(description="The tenant's plan allows no more of this.")
class QuotaReachedError(UserError):
    quota: str = strawberry.field(description="Which quota, such as users.")
    allowed: int = strawberry.field(description="How much it allows.")


@strawberry.enum(description="What a plan limits.")
class TenantQuotaName(Enum):
    USERS = strawberry.enum_value("users", description="Active users.")
    API_KEYS = strawberry.enum_value("api_keys", description="Keys that are not revoked.")
    LEGAL_ENTITIES = strawberry.enum_value("legal_entities", description="Active legal entities.")
    LOCATIONS = strawberry.enum_value("locations", description="Active locations.")
    CHANNELS = strawberry.enum_value("channels", description="Active channels.")
    ORDERS_PER_MONTH = strawberry.enum_value(
        "orders_per_month", description="Orders of a calendar month, in UTC."
    )
    STORED_MEGABYTES = strawberry.enum_value(
        "stored_megabytes", description="Kept documents, in megabytes."
    )

"""The areas of the API: an area is added by naming its classes here."""

from api.access.api_keys import ApiKeyMutation, ApiKeyQuery
from api.access.issuers import OidcIssuerMutation, OidcIssuerQuery
from api.access.roles import RoleMutation, RoleQuery
from api.access.signing_in import SignInMutation, ViewerQuery
from api.access.user_changes import UserMutation
from api.access.users import UserQuery
from api.channels.changes import ChannelMutation
from api.channels.channels import ChannelQuery
from api.entities.legal_entities import LegalEntityMutation, LegalEntityQuery
from api.entities.locations import LocationMutation, LocationQuery
from api.entities.parties import PartyQuery
from api.entities.party_changes import PartyMutation
from api.entities.party_codes import PartyCodeMutation
from api.nodes import NodeQuery

QUERIES: tuple[type, ...] = (
    NodeQuery,
    ViewerQuery,
    UserQuery,
    RoleQuery,
    ApiKeyQuery,
    OidcIssuerQuery,
    LegalEntityQuery,
    LocationQuery,
    PartyQuery,
    ChannelQuery,
)
MUTATIONS: tuple[type, ...] = (
    SignInMutation,
    UserMutation,
    RoleMutation,
    ApiKeyMutation,
    OidcIssuerMutation,
    LegalEntityMutation,
    LocationMutation,
    PartyMutation,
    PartyCodeMutation,
    ChannelMutation,
)
SUBSCRIPTIONS: tuple[type, ...] = ()

"""The areas of the API: an area is added by naming its classes here."""

from api.entities.legal_entities import LegalEntityMutation, LegalEntityQuery
from api.nodes import NodeQuery

QUERIES: tuple[type, ...] = (NodeQuery, LegalEntityQuery)
MUTATIONS: tuple[type, ...] = (LegalEntityMutation,)
SUBSCRIPTIONS: tuple[type, ...] = ()

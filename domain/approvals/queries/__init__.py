"""Approvals as they are read."""

from domain.approvals.queries.requests import approval_requests_of_ids as approval_requests_of_ids

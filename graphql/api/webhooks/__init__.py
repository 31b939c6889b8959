"""Webhooks on the API: subscriptions, deliveries, events that wait for a decision."""

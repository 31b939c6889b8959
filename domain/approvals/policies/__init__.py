"""Decisions of approvals: values in, decision out."""

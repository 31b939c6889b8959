"""Mails that the product sends: noted in the transaction that wants them, sent by the worker."""

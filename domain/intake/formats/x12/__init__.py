"""ANSI ASC X12: interchanges of any delimiters and versions, their envelopes, and the 850."""

"""Change requests, standards, process owners and custom fields on the API."""

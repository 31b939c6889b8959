"""GraphiQL in a browser, from our own files: nothing is loaded from elsewhere."""

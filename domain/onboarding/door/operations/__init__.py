"""Client apps, their documents and the door's settings are changed."""

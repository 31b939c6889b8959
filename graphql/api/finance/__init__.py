"""What is owed and paid, on the API."""

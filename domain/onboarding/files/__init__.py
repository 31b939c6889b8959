"""Files that are kept in the database, in chunks."""

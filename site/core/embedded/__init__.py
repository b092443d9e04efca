"""The embedded database, SQLite, for a site that several people use at once."""

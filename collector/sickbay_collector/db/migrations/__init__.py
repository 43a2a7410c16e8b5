"""Schema revisions, run by `db.migrate`."""

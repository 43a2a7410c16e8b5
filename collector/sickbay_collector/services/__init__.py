"""Use cases: each opens a unit of work, asks the core, stores, and commits once."""

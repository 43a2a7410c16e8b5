"""One archive of all that brings a collector back: database, authority and rules."""

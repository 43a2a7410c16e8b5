"""The protocol that agent and collector share: generated messages and their canonical form."""

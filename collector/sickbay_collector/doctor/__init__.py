"""Looks for what keeps the collector from working. Nothing here changes anything."""

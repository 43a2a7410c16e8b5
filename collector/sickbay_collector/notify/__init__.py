"""Channels that tell the outside, and the worker that empties the outbox into them."""

"""Builds a collector from its settings, starts and stops it; only here concretes are named.

Read it top-down: `collector` is the process, and the order in which it starts and stops. It
stands on a `foundation` (settings, database, authority, configuration in force, metrics) and has
three sides: `agents` (two gRPC servers and the writer; `admission` decides who gets in), `pages`
(API, console and metrics over HTTP) and `clockwork` (what it does by the clock).
"""

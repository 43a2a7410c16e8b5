"""The REST API, version 1: parse, one service call, schema."""

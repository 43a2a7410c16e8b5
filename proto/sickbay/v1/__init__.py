"""Version 1 of the protocol; generated, see the .proto files."""

"""The desk's configuration: documents of entries, read, laid over each other and checked."""

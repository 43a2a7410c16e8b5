"""The gRPC servers: authenticate -> decode -> service -> reply."""

"""What the collector stores as protobuf; never on the wire."""

"""The desk: tickets, their states, priority and routing."""

"""What a synthetic device reports: a pure function of seed, device and moment, without any I/O."""

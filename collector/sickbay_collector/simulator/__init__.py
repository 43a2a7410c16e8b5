"""A synthetic fleet: `fleet` is pure and says what devices report, the rest sends it."""

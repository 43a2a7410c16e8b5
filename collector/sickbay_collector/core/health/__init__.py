"""The health score: what samples say of a device, as points of 100 that explain themselves.

1. `observe(memory, sample, now=...)` runs for every sample and keeps, in a `HealthMemory` of about
   one KiB, the newest evidence per volume and drive, the load of crashes, and what updates wait.
2. It works by topic: `volumes`, `drives`, `events` and `updates` each take a sample in, and hand
   the same object back when nothing that matters changed.
3. `assess(memory, now=...)` runs once per batch. `capacity`, `storage`, `stability` and `currency`
   turn evidence into findings with a penalty of 0 to 100, by the curves of `curve`.
4. `tally` weighs the categories, applies caps and writes the ledger, which sums to 100 - score.
5. Missing evidence is not applicable, unknown or stale, three different things; only freshness
   depends on the clock, so a device that falls silent keeps its penalties and loses confidence.
"""

"""Where records wait until the collector has them, on disk and in three lanes.

frame (one record in bytes) < segment (a file of them) and mark (how far a lane is) < lane <
spool, which keeps the limits and tells of every loss.
"""

"""`make bench`: figures as ratios to baselines of the same run; see `__main__`."""

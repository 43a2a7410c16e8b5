"""What probes report, as values; a module for each part of `proto/sickbay/v1`.

Field names are those of the protocol, with two changes that `encode` undoes: a timestamp `x_time`
is `x_at` (aware UTC datetime) here, and a duration `x` is `x_s` (float seconds). None means "not
read"; an `Absence` beside it says why.
"""

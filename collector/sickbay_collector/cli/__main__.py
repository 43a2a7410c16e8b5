"""Runs the command as `python -m sickbay_collector.cli`."""

from sickbay_collector.cli import main

main()

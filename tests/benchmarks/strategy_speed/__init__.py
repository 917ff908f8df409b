"""What query strategies cost beside peers: `python -m tests.benchmarks.strategy_speed --help`."""

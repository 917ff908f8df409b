"""What the program costs beside its peers: `python -m tests.benchmarks.performance --help`."""

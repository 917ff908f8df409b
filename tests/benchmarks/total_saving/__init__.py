"""Labels saved beside stock fine-tuning: `python -m tests.benchmarks.total_saving --help`."""

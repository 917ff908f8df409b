"""Makes `tests.benchmarks` importable here however pytest was started; `python -m` does so by itself."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

"""The benchmark jobs, one subject a file; `scripts/bench.py` runs them."""

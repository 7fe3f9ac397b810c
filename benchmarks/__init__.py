"""Benchmarks: ``python -m benchmarks`` prints ratios and sizes beside their limits."""

import os

# As LocalBackend does, which comes too late for that once a benchmark has imported torch.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

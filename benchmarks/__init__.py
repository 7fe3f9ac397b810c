"""What it costs: ``python -m benchmarks`` prints ratios and sizes beside their limits."""

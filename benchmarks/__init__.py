"""What microlift costs, measured on this machine: `python -m benchmarks --help`. No timed tests."""

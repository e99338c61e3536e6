"""What is fast, how fast, and what it grows with: figures, and nothing that passes or fails. `python -m benchmarks` lists them."""

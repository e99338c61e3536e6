"""The vendors' answers from memory: what a sandbox said once is said again, at a latency that is chosen and for next to no CPU."""

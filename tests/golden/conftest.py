"""Not for pytest to import: the generators need PyTorch, programs run, cases are only data."""

collect_ignore_glob = ["make_*.py", "areas/*", "programs/*"]

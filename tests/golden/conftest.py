"""The generator of the golden values needs PyTorch, so pytest must not import it."""

collect_ignore = ["make_golden.py", "make_ops.py", "make_printing.py"]

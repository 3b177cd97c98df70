"""``python -m microtorch`` is the same as the command ``microtorch``."""

from microtorch.cli import main

main(prog_name="microtorch")

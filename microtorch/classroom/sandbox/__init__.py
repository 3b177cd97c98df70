"""Where a student's kernel runs: how it is locked in, how much it may use, and that it is gone after.

``levels`` says what this machine can do; ``provisioner`` starts a kernel at one of these levels.
"""

KERNEL = "microtorch-sandbox"  # the name by which jupyter_client finds the provisioner

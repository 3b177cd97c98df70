"""The same training steps in every library: each module makes ``step`` functions by name.

``make(name)`` returns a function that does one step (forward, backward, SGD update) and returns
the loss as a float. All start from the same numbers, so all must return the same losses.
"""

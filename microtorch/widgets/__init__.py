"""What moves in a notebook: the walk through a graph, and questions."""

from microtorch.widgets.predict import predict, quiz
from microtorch.widgets.walk import walk

__all__ = ["predict", "quiz", "walk"]

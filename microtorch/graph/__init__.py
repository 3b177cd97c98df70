"""The picture of a computation: trace, layout, render."""

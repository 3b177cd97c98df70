"""Layers and containers, one family per file."""

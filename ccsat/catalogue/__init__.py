"""The method ladder: its rungs, compare and relate, and what guards them."""

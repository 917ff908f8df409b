"""Strategies over a committee: what several heads, or several passes, make of each text."""

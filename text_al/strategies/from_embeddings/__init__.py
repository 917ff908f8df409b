"""Strategies over where texts lie among each other."""

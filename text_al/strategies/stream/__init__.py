"""Texts that come one after another, and have to be decided on at once."""

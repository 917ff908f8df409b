"""Learners: what turns labelled texts into a model. The only room that sees torch."""

"""Comparisons: strategies and learners on the same footing, over data sets and seeds, and how sure that is.

A cell is one run: a data set, a learner, a strategy and a seed. Cells of one seed are paired: they share the
split, the first texts, the training's randomness and the hidden noise, and differ in what they query.
"""

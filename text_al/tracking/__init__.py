"""What a run leaves behind for people to read: log, history, TensorBoard, progress, tables, learning curve.

All of it is made from `RoundRecord` and `EvaluationRecord`, so that no two of them can disagree.
"""

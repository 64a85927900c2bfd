"""Evaluation: scores of a model on a data set, calibration, the report."""

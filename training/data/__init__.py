"""Data sets for training: the layout of the published benchmark, read and written; built from rasters and outlines."""

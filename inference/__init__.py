"""Rasters in, probability and outlines out. No Qt, QGIS, torch or shapely; imports nothing else of ours."""

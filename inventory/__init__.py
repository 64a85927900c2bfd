"""What is done with outlines: comparison with a reference and with experts.

Pure functions on arrays of geometries (numpy, shapely >= 2, scipy, pyproj); no files, no Qt, no GDAL.
"""

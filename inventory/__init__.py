"""What is done with outlines: comparison with a reference and with experts.

Pure functions on arrays of geometries (numpy, shapely >= 2, scipy, pyproj); no files, no Qt, no GDAL.
"""

import warnings

# Said when a pyproj of the distribution is imported from a virtual environment; projection.find_proj_data() helps it.
warnings.filterwarnings("ignore", "Valid PROJ data directory not found", UserWarning)

"""Pages made from results: HTML by jinja2 with pictures by matplotlib inside. For the command line, not for QGIS."""

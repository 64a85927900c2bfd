"""Satellite products to sources: what a band is, which sensor a file came from. No Qt, QGIS or torch."""

"""The models that are installed for a user: list, add, check, remove, choose. No Qt, no QGIS, no wheels."""

"""The Processing provider, one file an algorithm: the same core as the panel, for batch, models and `qgis_process`."""

"""Icons, styles, calibration tables."""

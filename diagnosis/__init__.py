"""The doctor: what works on this machine, what does not, and what to do. No Qt, no QGIS: they tell their own facts."""

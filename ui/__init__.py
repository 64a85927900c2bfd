"""Qt only: the dock and its parts. Signals out, setters in."""

"""The `icemargin` command (written next)."""

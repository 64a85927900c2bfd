"""What the `icemargin` command can do, one file a subcommand: parse, call the core, print. No QGIS."""

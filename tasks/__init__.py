"""QgsTask adapters and the runtime: the child process that holds the native libraries."""

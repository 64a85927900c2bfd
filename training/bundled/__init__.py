"""The small GlaViTU that ships with the plugin: its training set, its recipe and its scores."""

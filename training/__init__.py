"""GlaViTU in PyTorch and the simulator. Never imported by the plugin at run time."""

"""Published Keras weights to a self-describing ONNX file (h5py, onnx and numpy; no TensorFlow, no torch)."""

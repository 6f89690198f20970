"""Words of ONNX for torch's operations, by kind."""

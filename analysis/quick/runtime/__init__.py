"""Passes of known networks on ONNX Runtime: written down once, proven against torch, and run without Python."""

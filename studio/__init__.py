"""Machinery: runs engine and Manim; computes no number and draws no shape."""

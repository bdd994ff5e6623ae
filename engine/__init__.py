"""Arithmetic: NumPy in, a trace out. Nothing here has ever seen a picture."""

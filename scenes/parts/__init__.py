"""Reusable mobjects: arrays in, a mobject out. No part knows a network or a trace."""

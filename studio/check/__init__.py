"""Looks at a scene with a viewer's eyes and a referee's conscience, without drawing it. See docs/authoring.md."""

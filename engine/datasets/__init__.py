"""Doors in: files under data/ become arrays. One file per door, imported by name, so that each costs only itself.

``engine.datasets.cities`` places on the Earth · ``.baarle`` the border at Baarle · ``.digits`` handwritten digits ·
``.mnist`` MNIST's own files · ``.borders`` the world's countries and coasts.
"""

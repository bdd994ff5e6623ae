"""The recipes: one file per kind of experiment, from a checked table to a recorded trace. None is named here."""

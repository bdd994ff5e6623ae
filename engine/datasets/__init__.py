"""Door in: the files in data/ become arrays. Nothing is trained and nothing drawn here."""

"""One command of `reel` per file; each is imported only when it is called."""

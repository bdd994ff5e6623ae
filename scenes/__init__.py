"""Pictures: traces in, frames out. Nothing here ever trains."""

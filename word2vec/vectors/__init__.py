"""Word vectors: queries, files, training history."""

"""The course's helpers: treebank loader, gradient checks, downloader. Nothing in `word2vec` imports them."""

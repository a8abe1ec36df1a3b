"""The course's helpers: treebank, gradient checks, downloader. Nothing in `word2vec` imports them."""

"""From numbers to word vectors, fast: sampling, batches, gradients, updates, loop."""

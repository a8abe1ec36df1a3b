"""Pictures of word vectors: the plane, the loss curve, the page."""

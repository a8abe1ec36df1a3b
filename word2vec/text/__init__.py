"""From text to numbers: reader, vocabulary, corpus."""

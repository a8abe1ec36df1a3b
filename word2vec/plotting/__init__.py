"""Pictures of word vectors and of losses, and a page to explore vectors in. matplotlib is imported only when used."""

from .page import write_page
from .plots import plot_loss, plot_words

__all__ = ["plot_loss", "plot_words", "write_page"]

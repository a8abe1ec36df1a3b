"""What the tests of the course share."""

import pytest


class Scripted:
    """Yields the given ids, and counts them."""

    def __init__(self, ids):
        self.ids, self.drawn = ids, 0

    def sampleTokenIdx(self):
        self.drawn += 1
        return self.ids[self.drawn - 1]


@pytest.fixture
def scripted():
    """A dataset whose draws are written down."""
    return Scripted

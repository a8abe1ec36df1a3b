"""The checks of `word2vec.course.diagnose`: for each of the course's names, what a learner's function must satisfy.

A check takes the function and yields complaints, each saying where to look and never what to write. Right is what
gives the right losses and gradients at generic points, with every centre and windows of all sizes, however it gets
them. What is wrong is run again with recorders in place of what the function calls, to say where.
"""

from functools import partial

from ..starter_test import CASES
from . import of_batches, of_descent, of_functions, of_losses, of_models
from .judging import Check, run_stages

# in the order in which the functions depend on each other
_STAGES = of_functions.STAGES | of_losses.STAGES | of_models.STAGES | of_batches.STAGES | of_descent.STAGES
CHECKS: dict[str, Check] = {name: partial(run_stages, stages) for name, stages in _STAGES.items()}
OLD_NAMES = dict(zip(("softmaxCostAndGradient", "negSamplingCostAndGradient"), CASES, strict=True))
_OPTIONAL = {"sigmoid_grad", "softmax", "normalizeRows", "cbow", *OLD_NAMES}
NAMES = [name for name in CHECKS if name not in _OPTIONAL]

"""Settings from options in one flat list, whatever class each belongs to: less to write in tests."""

from dataclasses import fields, replace

from word2vec import train
from word2vec.text import VocabularyOptions
from word2vec.training.settings import (
    LOSSES,
    DescentOptions,
    HierarchicalSoftmax,
    NaiveSoftmax,
    NegativeSampling,
    Settings,
    SkipGram,
)

GROUPS = {"model": SkipGram, "loss": NegativeSampling, "descent": DescentOptions, "vocabulary": VocabularyOptions}
GROUP_OF = {field.name: group for group, kind in GROUPS.items() for field in fields(kind)}


def grouped(options, base=None):
    """Options of `train`, of flat ones; those of a group change the base's."""
    found, groups = {}, {}
    for name, value in options.items():
        if name in GROUP_OF:
            groups.setdefault(GROUP_OF[name], {})[name] = value
        else:
            found[name] = value
    if isinstance(found.get("loss"), str):
        found["loss"] = LOSSES.get(found["loss"], lambda: options["loss"])()
    for group, values in groups.items():
        before = found.get(group) or (
            getattr(base, group) if base is not None and group != "vocabulary" else GROUPS[group]()
        )
        found[group] = before if isinstance(before, NaiveSoftmax | HierarchicalSoftmax) else replace(before, **values)
    return found


def settings_of(base=None, **options):
    """Settings, of flat options; all others as in the base, or the defaults."""
    return replace(Settings() if base is None else base, **grouped(options, base))


def train_flat(source, **options):
    """`train` with flat options."""
    return train(source, quiet=options.pop("quiet", True), **grouped(options))

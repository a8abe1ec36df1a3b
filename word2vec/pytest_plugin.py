"""A plugin of pytest: tests at good points by a marker, and how to repeat a gradient check that failed.

    @pytest.mark.good_points(K=12)
    def test_my_loss(point):
        assert_gradient(lambda V: my_loss(V, point.U, point.c, point.outside), point.V)

Installing word2vec-numpy enters it, under the name word2vec_numpy, since the folder of an assignment holds a
word2vec.py of its own; where it is not installed: pytest_plugins = ["word2vec.pytest_plugin"] in conftest.py. It has
no fixtures, leaves tests alone that do not use it, and imports NumPy for the first one that does.
"""

import importlib
import shlex
import sys
from collections.abc import Generator
from typing import Any

import pytest

INSTALLED = "word2vec_numpy.pytest_plugin"
MARKER = (
    'good_points(argument="point", **sizes): run the test once at each point of '
    "word2vec.gradcheck.good_points(**sizes), at which errors of a gradient show"
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; leave if the plugin is there under its other name, too."""
    plugins = {getattr(plugin, "__name__", ""): plugin for plugin in config.pluginmanager.get_plugins()}
    if __name__ != INSTALLED and INSTALLED in plugins:
        config.pluginmanager.unregister(plugins[__name__])
        return
    config.addinivalue_line("markers", MARKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise a marked test over the points, whose names are the ids."""
    for marker in metafunc.definition.iter_markers("good_points"):
        # the copy that the tests use, which may be imported as word2vec or as word2vec_numpy
        ours = sys.modules.get("word2vec.gradcheck") or importlib.import_module(".gradcheck", __package__)
        try:
            argument, sizes = _given(*marker.args, **marker.kwargs)
            points = list(ours.good_points(**sizes))
        except (TypeError, ValueError) as error:
            text = f"{metafunc.definition.nodeid}: {type(error).__name__}: {error}"  # pytest names the file alone
            raise pytest.Collector.CollectError(text) from error
        metafunc.parametrize(argument, points, ids=[point.name for point in points])


def _given(argument: str = "point", *unnamed: Any, **sizes: Any) -> tuple[str, dict[str, Any]]:
    """Return the argument and the sizes that a marker names; raise TypeError if it has sizes without names."""
    if unnamed or not isinstance(argument, str):
        given = (argument, *unnamed)
        raise TypeError(f"good_points has {given}: expected an argument's name, and sizes by name, such as n=5")
    return argument, sizes


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a gradient check that failed what runs it again: the test, the point, the call."""
    report = yield
    text = str(call.excinfo.value) if call.excinfo and call.excinfo.errisinstance(AssertionError) else ""
    if text.startswith("gradient check "):
        lines = [f"pytest {shlex.quote(item.nodeid)}", *_points(item)]
        lines += [line.split(maxsplit=1)[1] for line in text.splitlines() if line.startswith("  again ")]
        report.sections.append(("again", "\n".join(lines)))
    return report


def _points(item: pytest.Item) -> list[str]:
    """Return the lines of code that make the points of a test."""
    given: dict[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    lines = []
    for marker in item.iter_markers("good_points"):
        name, given_sizes = _given(*marker.args, **marker.kwargs)
        sizes = ", ".join(f"{key}={value!r}" for key, value in given_sizes.items())
        if name in given:  # pytest runs methods of unittest without arguments
            lines.append(f"{name} = next(p for p in good_points({sizes}) if p.name == {given[name].name!r})")
    return lines

"""Code for Python 2 or an older NumPy: read it as it was meant, and say what a newer one refuses.

Solutions of 2017/18 were written for Python 2 and NumPy 1.1x. What only a newer version refuses is no fault of the
solution, so it is judged as it was meant where that is possible, and named in any case.
"""

import ast
import builtins
import itertools
import operator
import re
import sys
import traceback
from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from functools import cmp_to_key, partial, reduce, wraps
from importlib import import_module, reload
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import numpy as np

__all__ = ["PYTHON2_NAMES", "dated", "import_python2", "lend_python2", "no_python", "read", "restore_numpy"]

_STATEMENTS = (
    (r"print[ \t]*>>[ \t]*[\w.]+[ \t]*,?", "_py2.printed = 0,"),
    (r"print(?=[ \t]*(?:#|;|$))", "_py2.printed = ''"),
    (r"print\b(?=[ \t]*[^\s=.\[]|[ \t]+\[)", "_py2.printed = "),
    (r"exec\b(?=[ \t]+[\"'\w])", "_py2.printed = "),
)
_ANYWHERE = (
    (r"(?m)^([ \t]*except[ \t]+[\w., ()]+?),[ \t]*(\w+)[ \t]*:", r"\1 as \2:"),
    (r"(?m)^([ \t]*raise[ \t]+[\w.]+),[ \t]*(.*)$", r"\1(\2)"),
    (r"<>", "!="),
    (r"\b(\d+)[lL]\b", r"\1"),
    (r"`([^`\n]+)`", r"repr(\1)"),
    (r"\blambda[ \t]*\(([\w, ]+)\)[ \t]*:", r"lambda _py2, \1:"),  # of a tuple; see `_Methods.visit_Lambda`
)
_BEGIN = (  # texts and comments, then a line or what follows a colon or semicolon in it
    r"(?m)'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|['\"#].*|(?P<begin>^[ \t]*|:[ \t]+|;[ \t]*)"
)
_LEVELS = (  # where the parts of a file begin: none does, blocks, all statements that are not indented
    r"(?!)",
    r"(?:def|class|if|for|while|with|try|import|from)\b|@|\w+ *=",
    r"[^\s#)\]}]",
)


class _Py2:
    """What the statements of Python 2 become: an assignment to `printed` prints."""

    key, spread = staticmethod(cmp_to_key), staticmethod(lambda f: lambda values: f(*values))

    def __setattr__(self, name: str, value: Any) -> None:
        print(*value if isinstance(value, tuple) else (value,))

    @staticmethod
    def divide(a: Any, b: Any, floor: Any = operator.floordiv, true: Any = operator.truediv) -> Any:
        """Divide as Python 2 does: integers, or arrays of them, by integers give integers."""
        return (floor if all(np.asarray(each).dtype.kind in "iu" for each in (a, b)) else true)(a, b)

    @classmethod
    def shrink(cls, a: Any, b: Any) -> Any:
        """Do what `a /= b` does to a, in place where it is an array."""
        return cls.divide(a, b, operator.ifloordiv, operator.itruediv)

    @staticmethod
    def listed(found: Any) -> Any:
        """Return a list of a dict's keys, values or items, as Python 2 does; anything else as it is."""
        return [*found] if isinstance(found, KeysView | ValuesView | ItemsView) else found


PYTHON2_NAMES: dict[str, Any] = {
    **{"xrange": range, "raw_input": input, "unicode": str, "basestring": str, "long": int, "unichr": chr},
    **{"reduce": reduce, "cmp": lambda a, b: (a > b) - (a < b), "reload": reload, "_py2": _Py2()},
}
_NAMES = {*PYTHON2_NAMES} - {"_py2"}


def _alone_or_all(*values: Any) -> Any:
    """Return what `map(None, ...)` makes of values."""
    return values if values[1:] else values[0]


_LISTS: dict[str, Any] = {  # built-in functions that gave lists
    "map": lambda f, *values: [*itertools.starmap(f or _alone_or_all, itertools.zip_longest(*values))],
    "filter": lambda f, values: [*filter(f, values)],
    "zip": lambda *values: [*zip(*values, strict=False)],
    "range": lambda *limits: [*range(*limits)],
}
_METHODS = {"iteritems": "items", "itervalues": "values", "iterkeys": "keys", "has_key": "__contains__"}
_RENAMED = _METHODS | {"next": "__next__"}
_MODULES = {"cPickle": "pickle", "cStringIO": "io", "StringIO": "io", "Queue": "queue", "__builtin__": "builtins"}


def _call(name: str, node: ast.AST, *args: ast.expr) -> Any:
    """Return a call of a function of `_Py2` that stands in the place of a node."""
    function = ast.Attribute(ast.Name("_py2", ast.Load()), name, ast.Load())
    return ast.copy_location(ast.Call(function, [*args], []), node)


class _Methods(ast.NodeTransformer):
    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = _RENAMED.get(node.attr, node.attr)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        for method in node.body:
            if isinstance(method, ast.FunctionDef):
                method.name = _RENAMED.get(method.name, method.name)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        self.generic_visit(node)
        if [each.arg for each in node.args.args[:1]] != ["_py2"]:
            return node
        del node.args.args[0]
        return _call("spread", node, node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        for given in node.keywords:
            if given.arg == "cmp":  # of sort and sorted
                given.arg, given.value = "key", _call("key", node, given.value)
        is_view = isinstance(node.func, ast.Attribute) and node.func.attr in ("keys", "values", "items")
        return _call("listed", node, node) if is_view else node


class _Divide(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return _call("divide", node, node.left, node.right) if isinstance(node.op, ast.Div) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        shrunk = _call("shrink", node, _loaded(node.target), node.value)
        return ast.copy_location(ast.Assign([node.target], shrunk), node)


def lend_python2(names: dict[str, Any]) -> None:
    """Add Python 2's built-in names to those of a module, and its modules to those that can be imported."""
    names.update(PYTHON2_NAMES | _LISTS)
    for old, new in _MODULES.items():
        sys.modules.setdefault(old, import_module(new))
    vars(sys).update(maxint=sys.maxsize, setdefaultencoding=lambda _: None)
    vars(itertools).update(izip=zip, imap=map, ifilter=filter, izip_longest=itertools.zip_longest)


def import_python2(is_theirs: Callable[[str], bool], used: Callable[[str], object]) -> None:
    """Have the learner's other files imported as Python 2 in this process where they are; `used` takes a remark."""
    usual = SourceFileLoader.exec_module

    def exec_module(loader: SourceFileLoader, module: ModuleType) -> None:
        source = loader.get_source(module.__name__) if is_theirs(loader.path) else None
        tree, remark, error = read(source or "", loader.path)
        if error or not remark:
            usual(loader, module)
            return
        used(remark)
        lend_python2(vars(module))
        exec(compile(tree, loader.path, "exec", dont_inherit=True), vars(module))  # noqa: S102 -- the learner's own file

    SourceFileLoader.exec_module = exec_module  # type: ignore[assignment,method-assign]


def read(source: str, filename: str) -> tuple[ast.Module, str, SyntaxError | None]:
    """Return the tree of a file, a remark if it is for Python 2, and what Python says of what it does not understand.

    The print statements, division of integers and dicts of a file for Python 2 do what they did there.
    """
    tree, error = _understood(source, filename)
    has_tabs, name = isinstance(error, TabError), Path(filename).name
    aligned, more = _understood(source.expandtabs(8), filename) if has_tabs else (tree, error)
    line = _python2_line(source if error else "", aligned)
    if line is None and has_tabs and error:
        remark = f"line {error.lineno} of {name} mixes tabs and spaces, which Python 3 refuses: replace the tabs"
        return (tree, "", error) if more else (aligned, remark, None)
    if line is None:
        return tree, "", error
    cure = f"`2to3 -w {name}` rewrites it (2to3 comes with Python up to 3.12)"
    remark = f"line {line} of {name} is not Python 3 but Python 2: {cure}; N/2 of whole numbers becomes N//2"
    for statement, instead in _STATEMENTS:
        source = re.sub(_BEGIN + statement, partial(_begun, instead), source)
    for pattern, instead in _ANYWHERE:
        source = re.sub(pattern, instead, source)
    tree, error = _understood(source.expandtabs(8), filename)
    tree = _Methods().visit(tree)
    return ast.fix_missing_locations(tree if "import division" in source else _Divide().visit(tree)), remark, error


def no_python(error: SyntaxError) -> str:
    """Return where and why a text is not Python."""
    where = f"line {error.lineno} of {Path(error.filename).name}" if error.filename else "the text"
    return f"{where} is not Python {sys.version_info[0]}.{sys.version_info[1]}: {error.msg}"


def _begun(instead: str, found: re.Match[str]) -> str:
    """Return what stands before a statement, and another one in its place; a text or comment as it is."""
    return found[0] if found["begin"] is None else found["begin"] + instead


def _understood(source: str, filename: str) -> tuple[ast.Module, SyntaxError | None]:
    """Return the tree of what Python understands of a file, and the first error."""
    errors: list[SyntaxError] = []
    return ast.Module([*_parts(source.split("\n"), filename, errors.append)], []), next(iter(errors), None)


def _parts(
    lines: list[str], filename: str, failed: Callable[[SyntaxError], object], above: int = 0, levels: Any = _LEVELS
) -> Iterator[ast.stmt]:
    """Yield the statements of lines that have so many lines above them.

    What Python does not understand is taken apart, and `failed` is called with the error. A function that it does not
    understand stops with the error when it is called.
    """
    code = _without_texts("\n".join(lines)).split("\n")
    starts = [n for n, line in enumerate(code) if re.match(levels[0], line) and not code[n - 1].startswith("@")]
    for start, end in itertools.pairwise([0, *starts, len(lines)]):
        text = "\n".join(lines[start:end])
        try:
            tree = ast.parse("\n" * (above + start) + text, filename)
            compile(tree, filename, "exec", dont_inherit=True)
            yield from tree.body
        except SyntaxError as error:
            failed(error)
            if levels[1:]:
                yield from _parts(lines[start:end], filename, failed, above + start, levels[1:])
            elif name := re.match(r"(?:@.*\n)*def +(\w+)", text):
                where = (filename, error.lineno, error.offset, error.text)
                yield from ast.parse(f"def {name[1]}(*_, **__): raise SyntaxError({error.msg!r}, {where!r})").body


def _without_texts(source: str) -> str:
    """Return a source with empty lines in the place of texts in triple quotes."""
    return re.sub(r"('{3}|\"{3})[\s\S]*?\1", lambda found: "\n" * found[0].count("\n"), source)


def _python2_line(source: str, tree: ast.Module) -> int | None:
    """Return the first line that is Python 2 and not Python 3; None if there is none.

    `source` is a text that Python 3 does not understand as a whole, `tree` what it understands of it.
    """
    source = _without_texts(source)
    statement = r"(?:(?:print|exec)(?:[ \t]*['\"`]|[ \t]+\w)|except[ \t]+[\w.]+,[ \t]*\w+[ \t]*:)"
    matches = (found for found in re.finditer(_BEGIN + statement, source) if found["begin"] is not None)
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {
        name.asname or name.name
        for n in ast.walk(tree)
        if isinstance(n, ast.Import | ast.ImportFrom)
        for name in n.names
    }
    bound |= {argument.arg for argument in ast.walk(tree) if isinstance(argument, ast.arg)}
    lines = [
        *(source.count("\n", 0, found.end()) + 1 for found in itertools.islice(matches, 1)),
        *(node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in _NAMES - bound),
        *(node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in _METHODS),
        *(each.lineno for node in ast.walk(tree) for each in _quotients(node)),
        *(node.lineno for node in ast.walk(tree) if isinstance(node, ast.BinOp | ast.Subscript) and _is_print(node)),
    ]
    return min(lines, default=None)


def _is_print(node: ast.BinOp | ast.Subscript) -> bool:
    """Return whether a node is `print [x]`, `print -x` or `print >>file, x`, which Python 3 understands otherwise."""
    of = node.value if isinstance(node, ast.Subscript) else node.left
    return isinstance(of, ast.Name) and of.id == "print"


def _quotients(node: ast.AST) -> list[Any]:
    """Return the quotients among the numbers of a slice or a range, which are whole in Python 2 alone."""
    numbers: list[Any] = []
    if isinstance(node, ast.Slice):
        numbers = [node.lower, node.upper, node.step]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("range", "xrange"):
        numbers = node.args
    return [each for each in numbers if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Div)]


# NumPy

_LOST: Mapping[str, Any] = {
    **{name: getattr(builtins, name) for name in ("float", "int", "bool", "object", "str", "complex")},
    **{"long": int, "unicode": str, "float_": np.float64, "complex_": np.complex128, "string_": np.bytes_},
    **{"unicode_": np.str_, "Inf": np.inf, "Infinity": np.inf, "PINF": np.inf, "infty": np.inf, "NINF": -np.inf},
    **{"NaN": np.nan, "NAN": np.nan, "product": np.prod, "cumproduct": np.cumprod, "alltrue": np.all},
    **{"sometrue": np.any, "in1d": np.isin, "row_stack": np.vstack, "mat": np.asmatrix, "round_": np.round},
    **{"asscalar": lambda a: a.item(), "rank": np.ndim, "asfarray": lambda a: np.asarray(a, float)},
    **{"msort": lambda a: np.sort(a, axis=0), "trapz": getattr(np, "trapezoid", None), "alen": len},
}


_RAGGED = "NumPy 1.24 and newer refuse to make an array of rows of unequal shapes"
_TERM = re.compile(r"[\w)\]] [-+*/]=? |np\.(?:add|subtract|multiply|divide)\(")  # it took such rows for objects


def restore_numpy(used: Callable[[str], object]) -> None:
    """Restore in this process the names that NumPy has lost, and arrays of rows of unequal lengths.

    `used` is called with a sentence when a learner's code uses one of them.
    """
    usual = getattr(np, "__getattr__", None)

    def lost(name: str) -> Any:
        if name in _LOST:
            used(f"np.{name}, which NumPy no longer has, is used: see NumPy's release notes for its successor")
            return _LOST[name]
        if usual is None:
            raise AttributeError(f"module 'numpy' has no attribute {name!r}")
        return usual(name)

    def ragged(f: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(f)  # so that it is pickled as NumPy's
        def g(*given: Any, **options: Any) -> Any:
            try:
                return f(*given, **options)
            except ValueError as error:
                has_dtype = options.get("dtype") or (given[1:] and f.__name__.endswith("array"))
                if "inhomogeneous" not in str(error) or has_dtype or not given:
                    raise
                table = np.array(given[0], dtype=object)
                used(f"{_RAGGED}: give it dtype=object")
                return f(table, *given[1:], **options)

        return g

    vars(np).update({f.__name__: ragged(f) for f in (np.array, np.asarray, np.mean, np.sum)}, __getattr__=lost)


_NEWER = (
    (r"was removed (?:from the ndarray class )?in (?:the )?NumPy|was a deprecated alias", "NumPy has removed this"),
    (r"Unable to avoid copy while creating", "NumPy 2 refuses copy=False where it must copy: use np.asarray"),
    (r"scipy\.misc|from 'scipy", "SciPy no longer has this name"),
    (r"from 'collections'|'collections' has no attribute", "Python 3.10 and newer have it in collections.abc"),
)


def dated(error: BaseException) -> str:
    """Return what newer version refuses what an older one let through; "" if the exception is another one."""
    text = f"{error} {error.__cause__ or ''}"
    for pattern, what in _NEWER:
        if re.search(pattern, text):
            return what
    lines = [frame.line or "" for frame in traceback.extract_tb(error.__traceback__)[-1:]]
    if "inhomogeneous shape" in text and any(_TERM.search(line) and "dtype" not in line for line in lines):
        return _RAGGED
    if "only 0-dimensional arrays can be converted" in text and _has_single(error.__traceback__):
        return "NumPy 2.4 and newer refuse to take an array of one entry for a number: take its entry, as by .item()"
    return ""


def _has_single(trace: TracebackType | None) -> bool:
    """Return whether an array of one entry stands in the expression that an exception comes from."""
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return False
    last, frame = traceback.extract_tb(trace)[-1], trace.tb_frame
    line = (last.line or "").strip()
    for text in (line, line.rstrip(":").removeprefix("return ").removeprefix("if ")):
        try:
            nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.expr)]
        except SyntaxError:
            continue
        for node in nodes:
            try:
                value = eval(compile(ast.Expression(_loaded(node)), "", "eval"), frame.f_globals, frame.f_locals)  # noqa: S307
            except Exception:  # noqa: S112 -- whatever the learner's expression raises
                continue
            if isinstance(value, np.ndarray) and value.ndim and value.size == 1:
                return True
    return False


def _loaded(node: ast.expr) -> ast.expr:
    """Return an expression as one to evaluate, also if it is the target of an assignment."""
    return ast.parse(ast.unparse(node), mode="eval").body

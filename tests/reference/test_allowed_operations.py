"""The law of the bits, read off the syntax trees of the package.

A module of ``purenet/reference`` may use only what its line in the table names: so a function that rounds
differently somewhere cannot slip in. The other modules may use everything but a few things that are known to
change bits between interpreters, platforms or runs. Planted breaches show that the checks see what they should.
"""
import ast
import builtins
import fractions
import pathlib

import pytest

import purenet
from purenet.export.micropython import modules
from tests.reference.breaches import ELSEWHERE, IN_THE_REFERENCE, ON_A_BOARD

PACKAGE = pathlib.Path(purenet.__file__).parent
REFERENCE = sorted(path.name for path in (PACKAGE / "reference").glob("*.py"))
# They and the demos only show what was computed.
NOT_COMPUTING = ("__main__.py", "cli/main.py", "training/progress.py", "inspection/svg.py")
OTHERS = sorted(
    name for name in [path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")]
    if not name.startswith(("reference/", "cli/demos/")) and name not in NOT_COMPUTING
)
# What runs on MicroPython: the bundle for boards, and what the tests run there beside it.
BESIDE_THE_BUNDLE = ("training/callbacks.py", "training/trainer.py", "training/validation.py",
                     "model_files/training_format.py", "metrics.py", "data/splitting.py", "verification/verify.py",
                     "verification/vectors/__init__.py", "verification/vectors/files.py",
                     "verification/vectors/recompute.py")
CORE = modules() + list(BESIDE_THE_BUNDLE)


# what each module of the reference may use ---------------------------------------------------------
# "imports": modules, and names of modules. "uses": built-in names, functions of imported modules, and methods
# (.name) of whatever object. "operators": those of arithmetic; comparisons and and/or/not are free. Functions
# and variables of the module itself are free: they are made of the same.

ALLOWED = {
    "__init__.py": {"imports": "", "uses": "", "operators": ""},
    "elementary.py": {
        "imports": "math",
        # square root, splitting and scaling are exact; they are asked of the number where it is no float
        "uses": "float int type KeyError math.sqrt math.ldexp math.frexp .square_root .split",
        "operators": "+ - * / << &",  # << in constants, & on the quadrant of cos
    },
    "random_state.py": {
        # those of _core turn what users give into numbers and lists, or word an error; no number is computed there
        "imports": ".._core.checks.to_float .._core.checks.to_int .._core.rows.rows_by_position"
                   " .._core.frames.items_to_shuffle .._core.messages.describe .._core.messages.plural"
                   " .elementary.log .elementary.square_root",
        "uses": "float int list range len iter next all isinstance tuple TypeError ValueError OverflowError"
                " .append .get_state .set_state .shuffle .permutation"
                " ._refill ._next_word ._next_double ._next_below ._next_gaussian",
        "operators": "+ - * / % & | ^ << >>",
    },
    "matrix.py": {
        "imports": "sys .nonzero.many_zeros .nonzero.multiply_nonzero .nonzero.zeros_change_nothing",
        "uses": "ImportError len list range zip .append .get", "operators": "+ * // % <<",
    },
    "nonzero.py": {
        "imports": "math sys",
        "uses": "len list range zip .append .count math.copysign",  # copysign tells -0.0 from 0.0, and rounds nothing
        "operators": "+ - *",
    },
    "dense.py": {"imports": ".matrix.add_rows .matrix.multiply .matrix.transpose", "uses": "len", "operators": "*"},
    "activations.py": {
        "imports": ".elementary.exp .elementary.expm1 .elementary.sigmoid .elementary.softplus .elementary.tanh",
        "uses": "zip .append",
        "operators": "+ - * /",
    },
    "losses.py": {
        "imports": ".elementary.exp .elementary.log .elementary.log1p",
        "uses": "zip .append",
        "operators": "+ - *",
    },
    "optimizers.py": {"imports": ".elementary.square_root", "uses": "zip .append", "operators": "+ - * /"},
    "initialisers.py": {
        "imports": ".elementary.square_root",
        "uses": "float isinstance len range str .rand .randn .uniform .normal",
        "operators": "+ - * /",
    },
    "convolution.py": {
        "imports": ".matrix.add_rows .matrix.multiply .matrix.transpose", "uses": "list len range .append",
        "operators": "+ - * // %",
    },
    "pooling.py": {"imports": "", "uses": "len range zip .append", "operators": "+ - * /"},
    "normalisation.py": {
        "imports": ".elementary.square_root", "uses": "list len range zip .append", "operators": "+ - * / //",
    },
    "dropout.py": {"imports": "", "uses": ".append", "operators": "+ - * / & ^ >>"},
    "training.py": {
        "imports": ".activations.ACTIVATIONS .activations.USES_OUTPUT .convolution.conv2d_backward"
                   " .convolution.conv2d_forward .dense.dense_backward .dense.dense_forward .dropout.dropout_backward"
                   " .dropout.dropout_forward .dropout.dropout_key .dropout.dropout_predict .losses.LOSSES"
                   " .normalisation.batch_norm_backward .normalisation.batch_norm_forward"
                   " .normalisation.batch_norm_predict .normalisation.batch_norm_statistics .optimizers.OPTIMIZERS"
                   " .optimizers.clipped .optimizers.decayed .optimizers.norm_factor .optimizers.penalized"
                   " .optimizers.penalty_term .optimizers.scaled .optimizers.squares"
                   " .pooling.average_pool_backward .pooling.average_pool_forward .pooling.max_pool_backward"
                   " .pooling.max_pool_forward",
        "uses": "float len list range zip enumerate .append .update .transforms_gradients",
        "operators": "+ - * /",
    },
    "engine.py": {
        "imports": ".._core.arrays.flatten .._core.ieee754.check_arithmetic .._core.state.State"
                   " .activations.ACTIVATIONS .dense.dense_forward .initialisers.first_values .matrix.WIDE"
                   " .matrix.transpose .random_state.RandomState"
                   " .training.LAZY_KINDS .training.all_finite .training.arguments .training.batch_gradients"
                   " .training.first_non_finite .training.forward"
                   " .training.penalty_sum .training.sample_losses .training.updated",
        "uses": "float len list range type zip enumerate isinstance str .append .add .loss .multiply_adds ._prepared"
                " .state .get_state .set_state .copy .permutation .rate .epoch_ended ._find_non_finite",
        "operators": "+ - * /",
    },
}

# what the other modules may not use ----------------------------------------------------------------

BANNED_NAMES = {
    "sum": "compensated since Python 3.12: add up in a loop",
    "pow": "libm's: use purenet.reference.elementary.power",
    "hash": "changes from process to process",
    "eval": "hides what it computes",
    "exec": "hides what it computes",
    "__import__": "hides what it imports",
}
NAMES_ALLOWED = {  # (module, name): why it hides nothing there
    ("compiled/engine.py", "sum"): "only the type of the sum is used",
    ("_core/lazy.py", "__import__"): "what it imports stands in literal tables LAZY",
}
BANNED_IMPORTS = ("builtins", "cmath", "statistics", "random", "operator", "numpy")
EXACT_MATH = ("inf", "nan", "sqrt", "ldexp", "frexp", "floor", "ceil", "trunc", "fabs", "copysign", "isfinite", "isinf",
              "isnan", "gcd", "isqrt")
DICT_VIEWS = ("keys", "values", "items")
VIEWS_ALLOWED = {  # (module, the call as it stands there): why its order reaches no number
    ("_core/locks.py", "_watched[0].values()"): "all their locks are made anew",
    ("table/rows.py", "row.keys()"): "no board has tables, and elsewhere dicts keep their order",
}

# what MicroPython lacks ----------------------------------------------------------------------------

NEVER_ON_BOARDS = ("__future__", "typing", "dataclasses", "enum")
BOARD_MODULES = ("array", "binascii", "gc", "hashlib", "io", "json", "math", "os", "struct", "sys", "time")

SYMBOLS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.UAdd: "+", ast.USub: "-", ast.Invert: "~",
}


class WithoutTypes(ast.NodeTransformer):
    """The tree without annotations and without what stands under TYPE_CHECKING: neither computes anything."""

    def visit_If(self, node):
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return [self.visit(other) for other in node.orelse]
        return self.generic_visit(node)

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_FunctionDef(self, node):
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node):
        node.annotation = ast.copy_location(ast.Constant(None), node.annotation)
        return self.generic_visit(node)


def tree_of(source):
    return WithoutTypes().visit(ast.parse(source))


def imports_of(node):
    """What an import statement brings: "math", ".matrix.multiply"; for other nodes nothing."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module + "." if node.module else "") + alias.name for alias in node.names]
    return []


def module_names(tree):
    """The names under which a tree knows modules."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    return [alias.asname or alias.name.split(".")[0] for node in imports for alias in node.names]


def bound_names(tree):
    """Every name that the module itself gives to something."""
    names = {"__name__", "__file__"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler)):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
    return names



def is_exact(text, value):
    """Whether a decimal is written with exactly the value of the double that it becomes."""
    return fractions.Fraction(text.replace("_", "")) == fractions.Fraction(value)


# the three checks: each gives (line, what is wrong) ------------------------------------------------

def breaches_of_the_reference(name, source):
    """What a module of the reference uses beyond its line in the table."""
    name = name.split("/")[-1]
    if name not in ALLOWED:
        return [(1, "is not in the table ALLOWED of this test: write down what it may use")]
    tree = tree_of(source)
    imports, uses, operators = [set(ALLOWED[name][kind].split()) for kind in ("imports", "uses", "operators")]
    modules, bound = module_names(tree), bound_names(tree)
    found = []
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for what in imports_of(node):
            if what not in imports:
                found.append((line, f"import of {what}"))
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load) and node.id not in bound and node.id not in uses:
                found.append((line, f"name {node.id}"))
            if not isinstance(node.ctx, ast.Load) and hasattr(builtins, node.id):
                found.append((line, f"a built-in's name for something else: {node.id}"))
        elif isinstance(node, (ast.arg, ast.FunctionDef)):
            name = node.arg if isinstance(node, ast.arg) else node.name
            if hasattr(builtins, name) and not name.startswith("__"):
                found.append((line, f"a built-in's name for something else: {name}"))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            if f"{node.value.id}.{node.attr}" not in uses and node.value.id != "sys":
                found.append((line, f"name {node.value.id}.{node.attr}"))
        elif isinstance(node, ast.Attribute) and node.attr.startswith("__"):
            found.append((line, f"attribute {node.attr}"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method = "." + node.func.attr
            of_module = isinstance(node.func.value, ast.Name) and node.func.value.id in modules
            if not of_module and method not in uses:
                found.append((line, f"method {method}"))
        elif isinstance(node, (ast.Set, ast.SetComp)):
            found.append((line, "a set"))
        elif isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
            text = ast.get_source_segment(source, node)
            if isinstance(node.value, complex) or not is_exact(text, node.value):
                found.append((line, f"constant {text}: write it as a quotient of whole numbers"))
        operator = getattr(node, "op", None)
        if type(operator) in SYMBOLS and SYMBOLS[type(operator)] not in operators:
            found.append((line, f"operator {SYMBOLS[type(operator)]}"))
        if isinstance(operator, ast.Div):
            for side in ast.iter_child_nodes(node):
                number = getattr(side, "value", None)
                if type(number) is int and int(float(number)) != number:
                    found.append((line, f"constant {number} is no double, and not every platform rounds it alike"))
    return found


def breaches_elsewhere(name, source):
    """What a module outside the reference uses that changes bits between platforms or runs."""
    tree = tree_of(source)
    modules = module_names(tree)
    members = {id(node.comparators[0]) for node in ast.walk(tree) if isinstance(node, ast.Compare)}  # x in {1, 2}
    found = []
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for what in imports_of(node):
            if what.split(".")[0] in BANNED_IMPORTS:
                found.append((line, f"import of {what}"))
            if what.startswith("math.") and what[5:] not in EXACT_MATH:
                found.append((line, f"import of {what}"))
        if isinstance(node, ast.Import) and any(alias.asname for alias in node.names):
            found.append((line, "an import under another name, which hides what is used of it"))
        if isinstance(node, ast.Name) and node.id in BANNED_NAMES and (name, node.id) not in NAMES_ALLOWED:
            found.append((line, f"name {node.id}, {BANNED_NAMES[node.id]}"))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            if node.value.id == "math" and node.attr not in EXACT_MATH:
                found.append((line, f"name math.{node.attr}"))
        elif isinstance(node, ast.Attribute) and node.attr in ("__pow__", "__rpow__", "__hash__"):
            found.append((line, f"attribute {node.attr}"))
        elif isinstance(node, (ast.Set, ast.SetComp)) and id(node) not in members:
            found.append((line, "a set: its order changes from process to process"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("set", "frozenset"):
            if id(node) not in members:
                found.append((line, "a set: its order changes from process to process"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in DICT_VIEWS:
            if not node.args and (name, ast.unparse(node)) not in VIEWS_ALLOWED:
                found.append((line, f"{ast.unparse(node)}: dicts have no order everywhere; use a list of pairs"))
        if isinstance(getattr(node, "op", None), ast.Pow):
            found.append((line, "operator **, which is libm's"))
    return found


def breaches_of_micropython(name, source):
    """What a module of the core uses that MicroPython cannot read or does not have."""
    tree = tree_of(source)
    found = []
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for what in imports_of(node):
            if what.split(".")[0] in NEVER_ON_BOARDS:
                found.append((line, f"import of {what}"))
        if type(node).__name__ == "Match":
            found.append((line, "match"))
        elif isinstance(node, ast.arguments) and node.posonlyargs:
            found.append((node.posonlyargs[0].lineno, "positional-only parameters"))
        elif isinstance(node, (ast.List, ast.Tuple, ast.Set)) and isinstance(getattr(node, "ctx", None), ast.Load):
            if any(isinstance(element, ast.Starred) for element in node.elts):
                found.append((line, "a star in a literal"))
        elif isinstance(node, ast.Dict) and None in node.keys:
            found.append((line, "two stars in a literal"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "slice":
            found.append((line, "slice()"))
    for node in tree.body:
        for what in imports_of(node):
            if what[0] != "." and what.split(".")[0] not in BOARD_MODULES + NEVER_ON_BOARDS:
                found.append((node.lineno, f"import of {what} when the module is imported"))
    return found


def shown(name, found):
    return "\n".join(f"purenet/{name}:{line}: {what}" for line, what in found)


# the package as it stands --------------------------------------------------------------------------

@pytest.mark.parametrize("name", REFERENCE)
def test_the_reference_uses_only_what_its_table_allows(name):
    found = breaches_of_the_reference(name, (PACKAGE / "reference" / name).read_text(encoding="utf-8"))
    assert not found, shown("reference/" + name, found)


@pytest.mark.parametrize("name", OTHERS)
def test_other_modules_use_nothing_that_changes_bits(name):
    found = breaches_elsewhere(name, (PACKAGE / name).read_text(encoding="utf-8"))
    assert not found, shown(name, found)


@pytest.mark.parametrize("name", CORE)
def test_the_core_uses_nothing_that_micropython_lacks(name):
    found = breaches_of_micropython(name, (PACKAGE / name).read_text(encoding="utf-8"))
    assert not found, shown(name, found)


def test_the_tables_name_modules_that_exist():
    assert sorted(ALLOWED) == REFERENCE
    assert all(name in OTHERS for name, _ in [*VIEWS_ALLOWED, *NAMES_ALLOWED])
    assert all((PACKAGE / name).exists() for name in NOT_COMPUTING + tuple(CORE))
    assert len(set(CORE)) == len(CORE) > 45
    assert {"reference/" + name for name in REFERENCE} - set(CORE) == {"reference/nonzero.py"}


# planted breaches ----------------------------------------------------------------------------------

def planted(name, old, new):
    source = (PACKAGE / name).read_text(encoding="utf-8")
    assert old in source, f"purenet/{name} has changed: plant this breach elsewhere"
    return source.replace(old, new, 1)


PLANTS = [(breaches_of_the_reference, "reference/" + plant[0]) + plant[1:] for plant in IN_THE_REFERENCE]
PLANTS += [(breaches_elsewhere,) + plant for plant in ELSEWHERE]
PLANTS += [(breaches_of_micropython,) + plant for plant in ON_A_BOARD]


@pytest.mark.parametrize("check, name, old, new, word", PLANTS, ids=[f"{plant[1]}: {plant[4]}" for plant in PLANTS])
def test_a_planted_breach_is_found(check, name, old, new, word):
    assert word in shown(name, check(name, planted(name, old, new)))


def test_only_one_module_may_import_by_name():
    source = (PACKAGE / "_core/lazy.py").read_text(encoding="utf-8")
    assert breaches_elsewhere("_core/lazy.py", source) == []
    name = "model_files/network_format.py"
    assert "name __import__, hides what it imports" in shown(name, breaches_elsewhere(name, source))


def test_match_is_found_where_python_reads_it():
    if hasattr(ast, "Match"):
        assert breaches_of_micropython("x.py", "match 1:\n    case 1:\n        pass\n") == [(1, "match")]


def test_a_reference_module_without_a_line_in_the_table_is_found():
    assert breaches_of_the_reference("unknown.py", "") != []


def test_decimals_that_are_exact_doubles_are_fine():
    assert is_exact("0.5", 0.5) and is_exact("-1048576.0", -1048576.0) and is_exact("1e22", 1e22)
    assert not is_exact("0.1", 0.1) and not is_exact("1e23", 1e23)

"""The twins read as one text: same functions, order, parameters and names, with the same words above and inside."""
import re
from html.parser import HTMLParser

import pytest

from tools.twins import MODULES, ROOT, of_c, of_python, page, paired, read

pytestmark = pytest.mark.once

# what stands on one side only, and why
PYTHON_ONLY = {
    "square_root power_of_two split": "hooks: float_ops.h",
    "multiply multiply_rows": "the choice of form and Python's fast form; C's are in csrc/fast/",
    "transpose": "C reads right and left by strides instead",
    "init": "C's seed",
    "load_step_kind": "C has all its functions at once",
    "arguments": "C's switch over kinds names them",
    "repr get_state set_state copy random_sample rand uniform randn normal randint shuffle choice "
    "check_integer values_of lengths shaped nested":
        "what users of the stream call; of these the engine needs permutation",
    "glorot_uniform glorot_normal he_uniform he_normal lecun_normal zeros filled first_values":
        "they scale and fill; C's draw only draws",
    "positions_of": "C's tables have no rows",
    "patches gradient_patches output_index": "C's products find an image's numbers by offsets",
}
C_ONLY = {
    "parameter_of gradient_of value_after value_before key_of": "find a step's numbers, and its key",
    "transforms_gradients": "Python's plan knows",
    "seed": "Python's __init__",
    "scattered_cells": "the product with a left that lies anywhere",
    "covered_height covered_width stays_inside frame_size mirror_size larger conv2d_scratch conv2d_offsets offsets_of"
    " patch_offsets framed mirror_pixel mirror_filter mirror_offsets mirrored":
        "find an image's numbers, in place of patches and gradient_patches",
    "forward_steps backward_step optimized d_inputs_share d_kernel_share": "what threads divide of the twin",
    "draw": "one loop for all initialisers, which call it through the engine",
}
# whose words differ, and why
OTHER_WORDS = {
    "power": "C leaves out what is the caller's business",
    "permutation": "C's has no values, only their numbers",
    "forward": "where it goes", "backward": "adds to the gradients", "batch_gradients": "adds to the gradients",
    "dense_backward conv2d_backward": "slices of rows", "first_non_finite": "tables are flat",
    "updated": "C returns whether all are finite",
}
# parameters that C adds: shape, place, how, and what Python returns
C_ADDS = {
    "rows columns terms count size fan_in units": "the shape of a table, which is only a pointer",
    "start_step left_row left_term right_term right_column result_row ws stream": "where things are",
    "ctx level zeros scratch": "how: the context, a row of zeros to start from, memory to work in",
    "a d_z losses d_predictions outputs d_bias factors new_parameter new_gradient result d_inputs inverse variance"
    " right":
        "results, which need no name in Python",
}
# other names on one side only, by function, and why
OTHER_NAMES = {
    "permutation": ("values value j", "C shuffles here, and only numbers"),
    "multiply_cells": ("totals", "a row of C's result"),
    "sgd": ("numbers", "it has none"),
    "sgd_momentum": ("velocity new_numbers", "one table of numbers, where Python has a list of tables"),
    "sgd_nesterov": ("velocity new_numbers", "likewise"),
    "rmsprop": ("means new_numbers", "likewise"),
    "rmsprop_momentum": ("means velocity new_numbers", "likewise"),
    "adagrad": ("totals new_numbers", "likewise"),
    "adam": ("means squared new_numbers", "likewise"),
    "rprop": ("parameters gradients steps new_numbers", "likewise"),
    "dense_backward": ("bias", "C goes on adding to d_bias, which is null without bias"),
    "softmax_forward": ("totals", "for categorical_cross_entropy_forward, which does not add up again in C"),
    "categorical_cross_entropy_forward": ("totals", "those of softmax_forward"),
    "flipped_kernel": ("cells", "C fills a table number by number"),
    "window_range": ("end", "one of two results"),
    "add_rows": ("eight j", "totals that stay in C's registers"),
    "conv2d_forward": ("cells count offsets terms", "sizes that C needs, and where it finds numbers"),
    "conv2d_backward": ("all_patches bias count d_rows job offsets pixels right",
                        "likewise; as in dense_backward, and C takes one image after the other"),
    "max_pool_forward": ("first index pooled", "C's outputs go on from image to image, and it points into the image"),
    "max_pool_backward": ("k size v", "likewise"),
    "average_pool_forward": ("index pooled totals", "likewise"),
    "average_pool_backward": ("inputs k index shares size", "likewise; C does not take what it does not need"),
    "moments": ("totals", "C adds up in place"),
    "batch_norm_forward": ("channels momentum", "C does not take what it does not need"),
    "batch_norm_predict": ("channels means momentum scales shifts", "likewise; Python repeats them for each position"),
    "inverse_deviations": ("channels", "Python knows how many"),
    "batch_norm_statistics": ("channels epsilon", "likewise, and as above"),
    "batch_norm_backward": ("beta d_positions momentum positions", "likewise; C's tables have no rows"),
    "dropout_forward": ("k kept", "C's tables have no rows"),
    "dropout_predict": ("rate", "C does not take what it does not need"),
    "dropout_backward": ("inputs", "likewise"),
    "forward": ("compute kind values steps", "C has a switch over kinds; z and a lie in the workspace"),
    "backward": ("differentiate d_parameters d_values kind values value gradients inputs d_other swap step steps",
                 "likewise"),
    "updated_statistics": ("renew statistics values inputs z", "likewise"),
    "sample_losses": ("function values read columns", "likewise"),
    "sample_factors": ("batch_weight", "a slice does not know the weights of its batch"),
    "batch_gradients": ("differentiate losses values predictions factors columns batch_weight steps gradients",
                        "as in forward"),
    "transform_gradients": ("found new_gradients penalty first start stop",
                            "in C all parameters are one table; those with penalties are listed"),
    "updated": ("optimize new new_parameter count new_running transformed update",
                "likewise, and a switch over kinds"),
    "all_finite": ("matrices values bad", "tables are flat; C looks at all, to use vectors"),
    "first_non_finite": ("matrix values k", "tables are flat"),
}


def one_by_one(lists):
    return {name for names in lists for name in names.split()}


def one_sided(python, c):
    """The names that only one of two functions has; what Python's loops go through may be cells of a table in C."""
    mine = set(python.parameters) | python.names
    its = set(c.parameters) | c.names
    added = set(c.parameters) - one_by_one(C_ADDS) | c.names
    return mine - its | added - mine - python.items


def differences(python_text, c_text):
    """What tells the twins apart, but for the lists above."""
    found = []
    for python, c in paired(of_python(python_text), of_c(c_text)):
        if not c:
            if python.name not in one_by_one(PYTHON_ONLY):
                found.append(f"{python.name}: not in C")
        elif not python:
            if c.name not in one_by_one(C_ONLY):
                found.append(f"{c.name}: not in Python")
        else:
            both = [[name for name in mine.parameters if name in its.parameters]
                    for mine, its in ((python, c), (c, python))]
            exceptions = set(OTHER_NAMES[python.name][0].split()) if python.name in OTHER_NAMES else set()
            if python.name not in one_by_one(OTHER_WORDS) and python.words != c.words:
                found.append(f"{python.name}: {python.words!r} and {c.words!r}")
            if python.comments != c.comments:
                found.append(f"{python.name}: comments {python.comments} and {c.comments}")
            if both[0] != both[1]:
                found.append(f"{python.name}: parameters {both[0]} and {both[1]}")
            if one_sided(python, c) != exceptions:
                found.append(f"{python.name}: on one side only: {sorted(one_sided(python, c))}")
    orders = [[function.name for function in functions] for functions in (of_python(python_text), of_c(c_text))]
    shared = [[name for name in names if all(name in other for other in orders)] for names in orders]
    return found + ([f"order: {shared[0]} and {shared[1]}"] if shared[0] != shared[1] else [])


@pytest.mark.parametrize("module", MODULES)
def test_twins_have_the_same_functions_names_and_words(module):
    assert differences(*read(module)) == []


def test_every_room_is_read():
    both = {path.stem for path in (ROOT / "purenet" / "reference").glob("*.py")}
    both -= {"__init__", "engine", "nonzero"}  # nonzero: Python's fast forms; C's are in csrc/fast/
    c = {path.stem for path in (ROOT / "csrc").glob("*.c")} - {"engine"}  # whole runs
    assert sorted(MODULES) == sorted(both) == sorted(c)


def test_the_exceptions_are_needed():
    texts = [read(module) for module in MODULES]
    pairs = [pair for python, c in texts for pair in paired(of_python(python), of_c(c))]
    twins = [(python, c) for python, c in pairs if python and c]
    assert one_by_one(PYTHON_ONLY) == {python.name for python, c in pairs if not c}
    assert one_by_one(C_ONLY) == {c.name for python, c in pairs if not python}
    assert one_by_one(OTHER_WORDS) == {python.name for python, c in twins if python.words != c.words}
    assert set(OTHER_NAMES) == {python.name for python, c in twins if one_sided(python, c)}
    assert one_by_one(C_ADDS) <= {name for _, c in twins for name in c.parameters}


def test_a_function_that_is_missing_renamed_moved_or_described_otherwise_is_seen():
    python, c = read("optimizers")
    assert differences(python, c.replace("void purenet_sgd_momentum(", "void purenet_momentum("))
    assert differences(python, c.replace("w = w - learning_rate g", "w = w - g"))
    start, end = c.index("/* v = momentum v"), c.index("/* v = momentum v - learning_rate g; w = w + (m")
    assert differences(python, c[:start] + c[end:])
    assert differences(python, c[:start] + c[end:] + "\n" + c[start:end])


@pytest.mark.parametrize("module, old, new", [
    ("losses", "log_total", "log_sum"),
    ("activations", "largest", "peak"),
    ("elementary", "quadrant", "quarter"),
    ("random_state", "mask", "ones"),
    ("optimizers", "learning_rate", "rate"),
    ("losses", "delta", "limit"),
    ("training", "inputs", "rows_of_x"),
])
def test_a_local_name_or_a_parameter_renamed_on_either_side_is_seen(module, old, new):
    python, c = read(module)
    renamed = [re.sub(rf"\b{old}\b", new, text) for text in (python, c)]
    assert any("on one side only" in found for found in differences(renamed[0], c))
    assert any("on one side only" in found for found in differences(python, renamed[1]))


@pytest.mark.parametrize("module, old, new, what", [
    ("optimizers", "double rho, double epsilon", "double epsilon, double rho", "parameters"),
    ("optimizers", "new_parameter", "updated", "on one side only"),
    ("elementary", "double w = z", "double spare = z; double w = z", "on one side only"),
    ("elementary", "/* cos(r), Taylor", "/* cos(r), Chebyshev", "comments"),
    ("elementary", "/* NaN */", "", "comments"),
])
def test_parameters_in_another_order_a_new_name_and_a_lost_comment_are_seen(module, old, new, what):
    python, c = read(module)
    assert old in c and any(what in found for found in differences(python, c.replace(old, new)))


class Page(HTMLParser):
    """The page's table cells, two a row; every element must be closed by its own end."""

    def __init__(self, text):
        super().__init__()
        self.open, self.cells = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag == "td":
            self.cells.append("")
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open:
            self.cells[-1] += data


def test_the_page_has_every_function_beside_its_twin():
    cells = [cell.strip("\n") for cell in Page(page()).cells]
    rows = list(zip(cells[::2], cells[1::2]))
    for module in MODULES:
        python, c = read(module)
        for mine, its in paired(of_python(python), of_c(c)):
            expected = ["\n".join(text.split("\n")[function.first:function.last]) if function else ""
                        for function, text in ((mine, python), (its, c))]
            assert tuple(expected) in rows, (mine or its).name


def test_the_page_has_every_line():
    cells = Page(page()).cells
    for side in (0, 1):
        shown = [line for cell in cells[side::2] for line in cell.split("\n") if line]
        assert shown == [line for module in MODULES for line in read(module)[side].split("\n") if line]


def test_a_page_that_is_not_well_formed_is_seen():
    for broken in (page().replace("</table>", "", 1), page().replace("</pre>", "</div>", 1)):
        with pytest.raises(AssertionError):
            Page(broken)

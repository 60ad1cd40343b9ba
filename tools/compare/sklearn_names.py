"""A plugin of pytest for sklearn_suite.py: puts purenet's names into scikit-learn's test modules and records each test.

A test module is imported twice. The first import loads what scikit-learn itself needs, with scikit-learn's names. For
the second one the public modules (`sklearn.metrics`, ...) have purenet's names, so that tables of functions and
parametrisations have them too; afterwards they get their own back. What a test imports from a private module and is
the same object is replaced as well. Nothing is wrapped: a profile function sees whether a test enters purenet.

SUITE_PURENET is the folder that has purenet, SUITE_RESULTS the file to which a line of JSON is added for each test,
SUITE_SECONDS the time a test may take.
"""
import importlib
import json
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

MODULES = {
    "sklearn.compose": "purenet.pipeline", "sklearn.impute": "purenet.preprocessing",
    "sklearn.metrics": "purenet.metrics", "sklearn.model_selection": "purenet.model_selection",
    "sklearn.neural_network": "purenet.estimators", "sklearn.pipeline": "purenet.pipeline",
    "sklearn.preprocessing": "purenet.preprocessing",
}


def public(module):
    """Return the names of a module that its users import, or none if it does not exist (yet)."""
    try:
        names = vars(importlib.import_module(module))
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return {}
    return {name: value for name, value in names.items()
            if not name.startswith("_") and getattr(value, "__module__", "").startswith("purenet")}


def replacements():
    """Return (scikit-learn's module, name, scikit-learn's object, ours) of each name that both have."""
    found = []
    for theirs, ours in MODULES.items():
        module = importlib.import_module(theirs)
        found += [(module, name, getattr(module, name), value) for name, value in public(ours).items()
                  if hasattr(module, name)]
    return found


def import_with_ours(name, replaced):
    """Import a test module with our names in the place of scikit-learn's; return which ones it has."""
    importlib.import_module(name)
    del sys.modules[name]
    try:
        for module, attribute, _, ours in replaced:
            setattr(module, attribute, ours)
        content = vars(importlib.import_module(name))
    finally:
        for module, attribute, theirs, _ in replaced:
            setattr(module, attribute, theirs)
    for key, value in list(content.items()):
        for _, _, theirs, ours in replaced:
            if value is theirs:
                content[key] = ours
    return {attribute for _, attribute, _, ours in replaced if any(value is ours for value in content.values())}


class Entered:
    """Whether the test that runs has entered a function of purenet."""

    def __init__(self, folder):
        self.folder, self.seen = str(folder), False

    def watch(self):
        self.seen = False
        threading.setprofile(self.profile)
        sys.setprofile(self.profile)

    def profile(self, frame, event, argument):
        if event == "call" and frame.f_code.co_filename.startswith(self.folder):
            self.seen = True
            self.stop()

    def stop(self):
        threading.setprofile(None)
        sys.setprofile(None)


class Suite:
    """The hooks of one run of pytest."""

    def __init__(self):
        folder = os.environ["SUITE_PURENET"]
        sys.path.insert(0, folder)
        self.replaced = replacements()
        self.entered = Entered(Path(importlib.import_module("purenet").__file__).parent)
        self.theirs = Path(importlib.import_module("sklearn").__file__).parent
        self.results = open(os.environ["SUITE_RESULTS"], "a", encoding="utf-8")  # closed with the process
        self.seconds = int(os.environ["SUITE_SECONDS"])
        self.outcome, self.names = {}, set()

    def write(self, **line):
        print(json.dumps(line), file=self.results, flush=True)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path):
        path = module_path.relative_to(self.theirs.parent)
        if path.name.startswith("test_"):
            self.names |= import_with_ours(".".join(path.with_suffix("").parts), self.replaced)
            self.write(names=sorted(self.names))

    def pytest_collection_modifyitems(self, items):
        if not self.names:
            items.clear()  # nothing was replaced: all of it is another module's subject

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        def too_long(*_):
            raise TimeoutError(f"the test takes more than {self.seconds} seconds")

        self.outcome = {"id": f"{item.path.relative_to(self.theirs)}::{item.nodeid.split('::', 1)[1]}",
                        "outcome": "passed", "message": ""}
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, too_long)
            signal.alarm(self.seconds)
        self.entered.watch()
        try:
            return (yield)
        finally:
            self.entered.stop()
            if hasattr(signal, "SIGALRM"):
                signal.alarm(0)
            self.write(**self.outcome, entered=self.entered.seen)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        if report.failed and self.outcome["outcome"] != "failed":
            self.outcome.update(outcome="failed", message=call.excinfo.exconly().strip() if call.excinfo else "")
        elif report.skipped and self.outcome["outcome"] == "passed":
            self.outcome["outcome"] = "skipped"
        return report


def pytest_configure(config):
    config.pluginmanager.register(Suite())

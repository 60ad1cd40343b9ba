"""Fixtures of the tests of the C library."""
import pytest


@pytest.fixture(scope="session")
def counting(tmp_path_factory):
    """The library built to count the cells that each kernel writes."""
    from tests.support.products import CountingLibrary

    return CountingLibrary(tmp_path_factory.mktemp("counting"))

"""The notebooks of the documentation run, from top to bottom."""

import runpy
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[3] / "docs/notebooks").glob("*.py"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, capsys):
    runpy.run_path(str(path))
    assert capsys.readouterr().out


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 3


def test_the_examples_of_the_package_hold():
    import doctest

    import netwijzer

    results = doctest.testmod(netwijzer)
    assert results.attempted >= 2 and results.failed == 0

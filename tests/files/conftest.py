"""A data folder of the test's own."""

from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path) -> Path:
    """Where the bytes of this test lie."""
    settings.DATA_DIR = tmp_path
    settings.CLAMD = ""
    return tmp_path

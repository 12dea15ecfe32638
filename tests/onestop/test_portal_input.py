"""Bad input to the portal: a clear sentence, the right status, and everything that was typed still there."""

import re
from collections.abc import Iterator
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from procedures.models import User
from procedures.now import frozen
from tests.files.corpus import pdf_with_javascript
from tests.scenarios import ANSWERS, MONDAY, Play, pdf, world
from workflows.files import LIMIT
from workflows.models import Dossier, Piece, StoredFile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    """The clock stands still on a working day, in a seeded ministry."""
    with frozen(MONDAY):
        world()
        yield

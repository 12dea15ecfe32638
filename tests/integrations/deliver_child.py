"""A delivering process of its own, for tests that kill it: one sweep, with effects noted in the tests' table."""

import django

django.setup()

from integrations import answers, delivery  # noqa: E402
from tests.integrations import effects  # noqa: E402

answers.record = effects.record
delivery.sweep()

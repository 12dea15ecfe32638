"""The customs single window."""

from tests.integrations.contract import Contract


class TestCustomsWindow(Contract):
    partner = "vnsw"

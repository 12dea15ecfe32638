"""The ASEAN single window."""

from tests.integrations.contract import Contract


class TestAseanWindow(Contract):
    partner = "asw"

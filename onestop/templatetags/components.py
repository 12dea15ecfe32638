"""`{% load components %}`: the door through which templates reach onestop.components."""

from onestop.components import blocks
from onestop.components.tags import register

__all__ = ["blocks", "register"]

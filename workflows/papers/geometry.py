"""Where signatures stand, in millimetres inside their field's box. The boxes themselves are laid out in paper.css.

The seal keeps its actual size and covers about a third of the handwriting, on its left (Decree 30/2020, Annex I,
read second-hand: illustrative). Small print stands under both, side by side, so that neither hides the other.
"""

from __future__ import annotations

__all__ = [
    "COUNTERSIGN_SCALE",
    "COUNTERSIGN_TEXT_LEFT",
    "HANDWRITING",
    "MM",
    "PERSON_TEXT_LEFT",
    "PRINT_HEIGHT",
    "PRINT_SIZE",
    "SEAL",
]

MM = 72 / 25.4
"""Points a millimetre."""
SEAL = 36.0
"""Diameter of the seal's image."""
HANDWRITING = 45.0
"""Width of the handwriting's image; it starts at the left edge of the person's box."""
PERSON_TEXT_LEFT = 24.0
"""The person's small print starts here, right of the seal's small print."""
COUNTERSIGN_SCALE = 0.55
"""Of a countersigner's handwriting, which is no more than initials (illustrative: no rule for its size was read)."""
COUNTERSIGN_TEXT_LEFT = 27.0
"""A countersigner's small print starts here, right of the handwriting."""
PRINT_HEIGHT = 9.0
"""Height kept at the foot of the box for the small print."""
PRINT_SIZE = 6.5
"""Size of the small print, in points."""

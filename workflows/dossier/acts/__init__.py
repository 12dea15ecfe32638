"""The acts. `perform` is the only writer of a dossier that has left the draft state."""

from workflows.dossier.acts._perform import Done, key_reused, perform, rehearse

__all__ = ["Done", "key_reused", "perform", "rehearse"]

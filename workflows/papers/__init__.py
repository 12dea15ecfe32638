"""Papers: frozen facts → PDF/A-3 → two signatures → a verdict that anyone can ask for.

`issue` makes the bytes, `verify` judges them, `numbering` keeps the register of numbers; `keys`, `pki` and `trust`
say who may sign and whom to believe. Architecture, sizes and what was measured: docs/papers.md.
"""

"""The ledger: what happened, one append-only hash chain a subject (docs/ledger.md).

No personal data: references and salted hashes, so that people's data can be erased and the chain still holds.
"""

from procedures.ledger.chain import (
    GENESIS,
    Head,
    append,
    canonical,
    canonical_entry,
    entry,
    hash_of,
    head_of,
    salted,
)
from procedures.ledger.proof import Finding, register_check, register_heads, verify

__all__ = [
    "GENESIS",
    "Finding",
    "Head",
    "append",
    "canonical",
    "canonical_entry",
    "entry",
    "hash_of",
    "head_of",
    "register_check",
    "register_heads",
    "salted",
    "verify",
]

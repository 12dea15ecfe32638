"""The hash tree over entries: roots as in the test data of Certificate Transparency, proofs that hold or fail."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.ledger import tree

pytestmark = pytest.mark.promise("ledger.checkpoints")
KNOWN = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Roots over the first 0, 1, … 8 of LEAVES, from the test data of RFC 6962's reference implementation."""
LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")


@pytest.mark.parametrize("count", range(9))
def test_roots_are_those_of_the_standard(count: int) -> None:
    assert tree.root_of(LEAVES[:count]) == KNOWN[count]


@given(count=st.integers(1, 70), data=st.data())
def test_every_entry_has_a_proof_and_no_other_has_it(count: int, data: st.DataObject) -> None:
    leaves = [sha256(bytes([number])).hexdigest() for number in range(count)]
    index = data.draw(st.integers(0, count - 1))
    path, root = tree.path_of(leaves, index), tree.root_of(leaves)
    assert len(path) <= (count - 1).bit_length()
    assert tree.root_from(leaves[index], index=index, count=count, path=path) == root
    stranger = sha256(b"stranger").hexdigest()
    assert tree.root_from(stranger, index=index, count=count, path=path) != root
    for place in range(len(path)):
        changed = [*path[:place], stranger, *path[place + 1 :]]
        assert tree.root_from(leaves[index], index=index, count=count, path=changed) != root


def test_a_path_that_does_not_fit_is_refused() -> None:
    leaves = [sha256(bytes([number])).hexdigest() for number in range(5)]
    path = tree.path_of(leaves, 2)
    with pytest.raises(ValueError, match="short"):
        tree.root_from(leaves[2], index=2, count=5, path=path[:-1])
    with pytest.raises(ValueError, match="long"):
        tree.root_from(leaves[2], index=2, count=5, path=[*path, path[0]])
    with pytest.raises(IndexError):
        tree.path_of(leaves, 5)

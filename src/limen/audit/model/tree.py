"""A Merkle tree that only grows (RFC 6962 §2.1), kept as the roots of its full subtrees.

For n leaves these are as many hashes as n has one-bits, largest subtree first; leaf number
n merges them from the right, so that appending costs one hash of a node on average.
"""

from hashlib import sha256

from limen.audit.model.leaves import Beginning, link

EMPTY_ROOT = sha256(b"").digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def append(frontier: list[bytes], size: int, leaf: bytes) -> None:
    """Add leaf number `size` (counted from 0) to the subtrees, in place."""
    while size & 1:
        leaf = node_hash(frontier.pop(), leaf)
        size >>= 1
    frontier.append(leaf)


def root_of(frontier: list[bytes]) -> bytes:
    """Return the tree's root hash."""
    if not frontier:
        return EMPTY_ROOT
    root = frontier[-1]
    for left in reversed(frontier[:-1]):
        root = node_hash(left, root)
    return root


def fits(frontier: list[bytes], size: int) -> bool:
    """Return whether so many subtrees can stand for `size` leaves."""
    return len(frontier) == size.bit_count()


class Head:
    """The end of an epoch of a tenant's log, growing: `seq`, chain and tree."""

    __slots__ = ("chain", "epoch", "frontier", "seq", "size")

    def __init__(self, epoch: int, seq: int, size: int, chain: bytes, frontier: bytes) -> None:
        self.epoch, self.seq, self.size, self.chain = epoch, seq, size, chain
        self.frontier = [frontier[i : i + 32] for i in range(0, len(frontier), 32)]

    def add(self, leaf: bytes) -> None:
        """Take the leaf of the next seq."""
        append(self.frontier, self.size, leaf)
        self.chain = link(self.chain, leaf)
        self.seq += 1
        self.size += 1

    @property
    def root(self) -> bytes:
        return root_of(self.frontier)

    def packed_frontier(self) -> bytes:
        return b"".join(self.frontier)

    def canonical(self) -> bytes:
        """Return the bytes that the head's MAC covers."""
        numbers = (self.epoch, self.seq, self.size)
        packed = b"".join(number.to_bytes(8, "big", signed=True) for number in numbers)
        return packed + self.chain + self.packed_frontier()


def head_at(tenant_chain: bytes, beginning: Beginning) -> Head:
    """Return the empty head of an epoch; `tenant_chain` is `beginning.chain(tenant)`."""
    return Head(beginning.epoch, beginning.after_seq, 0, tenant_chain, b"")

//! What shows that an entry is in a tree, and that one tree goes on from another (RFC 6962,
//! sections 2.1.1 and 2.1.2; checked as RFC 9162, sections 2.1.3.2 and 2.1.4.2, has it).

use std::ops::Range;

use super::Hash;

/// Where the hashes of a tree can be read.
pub trait Nodes {
    /// Why one cannot be read.
    type Error;

    /// The hash of the 2^`level` leaves from `index` · 2^`level` on, all of which exist.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn node(&self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// The hash of the leaves of `range`, which a larger tree has as one of its subtrees.
///
/// # Errors
/// Where a hash cannot be read.
pub fn subtree<N: Nodes>(nodes: &N, range: Range<u64>) -> Result<Hash, N::Error> {
    let length = range.end - range.start;
    if length == 0 {
        return Ok(Hash::of_nothing());
    }
    if length.is_power_of_two() {
        let level = length.trailing_zeros();
        return nodes.node(level, range.start >> level);
    }
    let middle = range.start + left_of(length);
    let left = subtree(nodes, range.start..middle)?;
    Ok(Hash::of_node(left, subtree(nodes, middle..range.end)?))
}

/// The number of leaves in the left subtree of a tree of `length` > 1 leaves: the largest power of
/// two below it.
fn left_of(length: u64) -> u64 {
    length.next_power_of_two() / 2
}

/// What shows that the leaf `index` is in the tree of the first `size` leaves, the nearest first.
///
/// # Errors
/// Where a hash cannot be read.
pub fn inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    let mut path = Vec::new();
    let mut range = 0..size;
    while range.end - range.start > 1 {
        let middle = range.start + left_of(range.end - range.start);
        let (own, other) = match index < middle {
            true => (range.start..middle, middle..range.end),
            false => (middle..range.end, range.start..middle),
        };
        path.push(subtree(nodes, other)?);
        range = own;
    }
    path.reverse();
    Ok(path)
}

/// What shows that the tree of the first `to` leaves goes on from that of the first `from`.
///
/// # Errors
/// Where a hash cannot be read.
pub fn consistency<N: Nodes>(nodes: &N, from: u64, to: u64) -> Result<Vec<Hash>, N::Error> {
    if from == 0 || from == to {
        return Ok(Vec::new());
    }
    let mut proof = Vec::new();
    let mut range = 0..to;
    // Down to the subtree that ends where the smaller tree does.
    while range.end != from {
        let middle = range.start + left_of(range.end - range.start);
        let (own, other) = match from <= middle {
            true => (range.start..middle, middle..range.end),
            false => (middle..range.end, range.start..middle),
        };
        proof.push(subtree(nodes, other)?);
        range = own;
    }
    if range.start > 0 {
        proof.push(subtree(nodes, range)?);
    }
    proof.reverse();
    Ok(proof)
}

/// The root of a tree of `size` leaves that has `leaf` at `index`, by the proof; none where the
/// proof is not of that length.
#[must_use]
pub fn root_by_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let mut climb = Climb { place: index, last: size - 1 };
    let mut root = leaf;
    for hash in proof {
        root = match climb.step()? {
            Side::Left => Hash::of_node(*hash, root),
            Side::Right => Hash::of_node(root, *hash),
        };
    }
    climb.is_over().then_some(root)
}

/// The way up from a node to the root.
struct Climb {
    /// Its index on its level.
    place: u64,
    /// The last index on that level.
    last: u64,
}

/// Where the next hash of a proof stands, seen from the node that was reached.
enum Side {
    Left,
    Right,
}

impl Climb {
    fn is_over(&self) -> bool {
        self.last == 0
    }

    /// Up past the next hash; none from the root.
    fn step(&mut self) -> Option<Side> {
        if self.is_over() {
            return None;
        }
        let is_left = self.place & 1 == 1 || self.place == self.last;
        while is_left && self.place & 1 == 0 && self.place != 0 {
            self.rise(); // the last node of a level may have no neighbour there
        }
        self.rise();
        Some(if is_left { Side::Left } else { Side::Right })
    }

    fn rise(&mut self) {
        self.place >>= 1;
        self.last >>= 1;
    }
}

/// Whether the proof shows that a tree of `to` leaves with the root `new` goes on from one of
/// `from` leaves with the root `old`.
#[must_use]
pub fn is_consistent((from, old): (u64, Hash), (to, new): (u64, Hash), proof: &[Hash]) -> bool {
    if from == 0 || from >= to {
        let is_same = from == 0 && old == Hash::of_nothing() || from == to && old == new;
        return is_same && proof.is_empty();
    }
    let (first, rest) = match from.is_power_of_two() {
        true => (Some(&old), proof),
        false => (proof.first(), proof.get(1..).unwrap_or_default()),
    };
    let Some(first) = first else { return false };
    let trailing = (from - 1).trailing_ones();
    let mut climb = Climb { place: (from - 1) >> trailing, last: (to - 1) >> trailing };
    let (mut before, mut after) = (*first, *first);
    for hash in rest {
        match climb.step() {
            Some(Side::Left) => {
                before = Hash::of_node(*hash, before);
                after = Hash::of_node(*hash, after);
            }
            Some(Side::Right) => after = Hash::of_node(after, *hash),
            None => return false,
        }
    }
    climb.is_over() && before == old && after == new
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::super::Tree;
    use super::*;

    /// Leaves in memory.
    struct Leaves(Vec<Hash>);

    impl Nodes for Leaves {
        type Error = Infallible;

        fn node(&self, level: u32, index: u64) -> Result<Hash, Infallible> {
            let first = usize::try_from(index << level).unwrap();
            Ok(defined(&self.0[first..first + (1 << level)]))
        }
    }

    /// The hash of a list of leaves, as RFC 6962, section 2.1, defines it.
    fn defined(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::of_nothing(),
            [leaf] => *leaf,
            _ => {
                let split = (0..).map(|power| 1 << power).take_while(|k| *k < leaves.len());
                let (left, right) = leaves.split_at(split.last().unwrap());
                Hash::of_node(defined(left), defined(right))
            }
        }
    }

    const SIZE: u64 = 40;

    fn leaves() -> Leaves {
        Leaves((0..SIZE).map(|index| Hash::of_leaf(&index.to_be_bytes())).collect())
    }

    fn root(leaves: &Leaves, size: u64) -> Hash {
        defined(&leaves.0[..usize::try_from(size).unwrap()])
    }

    #[test]
    fn the_known_trees_of_the_standard_have_their_known_roots() {
        // The first leaves of the trees that implementations of RFC 6962 compare themselves by.
        let entries: [&[u8]; 3] = [b"", b"\x00", b"\x10"];
        let hex = |hash: Hash| hash.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut tree = Tree::default();
        let mut roots = vec![hex(tree.root())];
        for entry in entries {
            tree.push(Hash::of_leaf(entry));
            roots.push(hex(tree.root()));
        }
        assert_eq!(
            roots,
            [
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            ]
        );
    }

    #[test]
    fn a_tree_grows_to_the_root_of_all_leaves() {
        let leaves: Vec<_> = (0..66_000_u64).map(|at| Hash::of_leaf(&at.to_be_bytes())).collect();
        let mut tree = Tree::default();
        for (size, leaf) in (0..).zip(&leaves) {
            if size % 13_107 == 0 || size % 256 < 2 && size < 1_000 || size == 65_536 {
                let before = &leaves[..usize::try_from(size).unwrap()];
                assert_eq!((tree.size(), tree.root()), (size, defined(before)));
                assert_eq!(subtree(&Leaves(before.to_vec()), 0..size), Ok(tree.root()));
            }
            tree.push(*leaf);
        }
        let whole: Tree = tree.tiles().iter().take(257).copied().collect();
        assert_eq!(whole.root(), defined(&leaves[..65_792]));
        assert_eq!(tree.kept(16, 0), Some(defined(&leaves[..65_536])));
        assert_eq!(tree.kept(0, 0), None);
    }

    #[test]
    fn every_leaf_is_shown_to_be_in_every_tree() {
        let leaves = leaves();
        for size in 1..=SIZE {
            for (index, leaf) in (0..size).zip(&leaves.0) {
                let Ok(proof) = inclusion(&leaves, index, size);
                let shown = |leaf, index, proof: &[Hash]| {
                    root_by_inclusion(leaf, index, size, proof) == Some(root(&leaves, size))
                };
                assert!(shown(*leaf, index, &proof));
                assert!(!shown(Hash::of_leaf(b"another"), index, &proof));
                assert!(size == 1 || !shown(*leaf, (index + 1) % size, &proof));
                assert!(proof.is_empty() || !shown(*leaf, index, &proof[1..]));
                assert!(!shown(*leaf, index, &[&proof[..], &[*leaf]].concat()));
            }
        }
    }

    #[test]
    fn every_tree_is_shown_to_go_on_from_every_smaller_one() {
        let leaves = leaves();
        for to in 0..=SIZE {
            for from in 0..=to {
                let Ok(proof) = consistency(&leaves, from, to);
                let shown = |old, new, proof: &[Hash]| is_consistent((from, old), (to, new), proof);
                let (old, new) = (root(&leaves, from), root(&leaves, to));
                assert!(shown(old, new, &proof), "{from} to {to}");
                let other = Hash::of_leaf(b"another");
                assert!(!shown(other, new, &proof), "{from} to {to}: another old root");
                assert!(from == 0 || !shown(old, other, &proof), "{from} to {to}: another root");
                assert!(
                    !shown(old, new, &[&proof[..], &[other]].concat()),
                    "{from} to {to}: longer"
                );
                for left_out in 0..proof.len() {
                    let mut shorter = proof.clone();
                    shorter.remove(left_out);
                    assert!(!shown(old, new, &shorter), "{from} to {to}: without {left_out}");
                }
            }
        }
    }
}

//! What a notary signs and shows, and when it refuses.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use causeway_log::faulty::{Fault, Faulty, Outcome};
use causeway_log::memory::{Drive, Memory};
use causeway_log::note::{Note, Signer};
use causeway_log::shelf::{Files, InMemory, Shelf};
use causeway_log::tile::{self, Content, Tile};
use causeway_log::tree::{Hash, Tree};
use causeway_log::{
    Error, Evidence, Inclusion, Journal, Log, Notary, Position, Reader, Refusal, Visitor,
};

use crate::places::{entry, group};

pub fn signer() -> Signer {
    Signer::new("log.example/lachin", &[7; 32]).expect("a name")
}

pub fn log_of(entries: usize) -> Memory {
    let mut log = Memory::default();
    log.append(&group(0..entries)).expect("a sound log takes entries");
    log
}

fn open(log: &dyn Log, shelf: &InMemory) -> Result<Notary, Refusal> {
    Notary::open(log.reader(), vec![signer()], Box::new(shelf.clone()), &|_| {})
}

pub fn signed(log: &dyn Log, shelf: &InMemory) -> Notary {
    let mut notary = open(log, shelf).expect("a log that goes on");
    notary.sign().expect("a shelf that keeps");
    notary
}

fn size(evidence: &Evidence) -> u64 {
    evidence.signed().expect("a trusted log").map_or(0, |signed| signed.checkpoint.size)
}

pub fn root(entries: usize) -> Hash {
    let mut tree = Tree::default();
    group(0..entries).iter().for_each(|entry| tree.push(Hash::of_leaf(entry)));
    tree.root()
}

#[test]
fn a_checkpoint_is_the_signed_root_of_all_entries() {
    for entries in [0, 1, 255, 256, 257, 1_000] {
        let notary = signed(&log_of(entries), &InMemory::default());
        let signed = notary.evidence().signed().unwrap().unwrap();
        assert_eq!(signed.checkpoint.size, entries as u64);
        assert_eq!(signed.checkpoint.root, root(entries));
        assert_eq!(signed.note.text, signed.checkpoint.to_string());
        signed.note.signed_by(&[signer().verifier()]).unwrap();
    }
}

#[test]
fn nothing_is_shown_before_it_is_signed() {
    let mut log = log_of(300);
    let mut notary = open(&log, &InMemory::default()).unwrap();
    let evidence = notary.evidence();
    let first = Tile { content: Content::Entries, index: 0, width: 256 };
    assert_eq!(evidence.tile(first).unwrap(), None);
    notary.sign().unwrap();
    assert!(evidence.tile(first).unwrap().is_some());
    log.append(&group(300..400)).unwrap();
    let later = Tile { content: Content::Entries, index: 1, width: 50 };
    assert_eq!(evidence.tile(later).unwrap(), None);
    assert_eq!(evidence.inclusion(300).unwrap(), None);
    assert_eq!(evidence.consistency(1, 301).unwrap(), None);
    notary.sign().unwrap();
    assert!(evidence.tile(later).unwrap().is_some());
    assert!(evidence.inclusion(300).unwrap().is_some());
}

#[test]
fn every_tile_is_made_of_the_entries() {
    const ENTRIES: usize = 66_000;
    let evidence = signed(&log_of(ENTRIES), &InMemory::default()).evidence();
    let leaves: Vec<_> = group(0..ENTRIES).iter().map(|entry| Hash::of_leaf(entry)).collect();
    let mut row = leaves;
    for level in Tile::levels(ENTRIES as u64) {
        for tile in Tile::all(Content::Hashes { level }, ENTRIES as u64) {
            let range = tile.range().start as usize..tile.range().end as usize;
            let expected = tile::of_hashes(&row[range]);
            assert_eq!(evidence.tile(tile).unwrap(), Some(expected), "tile/{tile}");
        }
        let whole = row.chunks(256).filter(|tile| tile.len() == 256);
        row = whole
            .map(|tile| tile.to_vec())
            .map(|tile| {
                let mut tree = Tree::default();
                tile.into_iter().for_each(|hash| tree.push(hash));
                tree.root()
            })
            .collect();
    }
    for tile in Tile::all(Content::Entries, ENTRIES as u64).step_by(50) {
        let bundle = evidence.tile(tile).unwrap().unwrap();
        let entries: Vec<_> = tile::entries(&bundle).map(|entry| entry.unwrap().to_vec()).collect();
        assert_eq!(entries, group(tile.range().start as usize..tile.range().end as usize));
    }
}

#[test]
fn a_narrower_tile_is_the_beginning_of_the_whole_one() {
    let evidence = signed(&log_of(700), &InMemory::default()).evidence();
    for content in [Content::Entries, Content::Hashes { level: 0 }] {
        for (index, whole) in [(0, 256), (2, 188)] {
            let of = |width| evidence.tile(Tile { content, index, width }).unwrap();
            let (part, whole) = (of(100).unwrap(), of(whole).unwrap());
            assert!(whole.starts_with(&part) && part.len() < whole.len());
        }
        assert_eq!(evidence.tile(Tile { content, index: 2, width: 189 }).unwrap(), None);
    }
}

#[test]
fn a_proof_convinces_whoever_has_the_entry_and_the_key() {
    let evidence = signed(&log_of(700), &InMemory::default()).evidence();
    let trusted = [signer().verifier()];
    for index in [0, 255, 256, 511, 699] {
        let proof = evidence.inclusion(index).unwrap().unwrap().to_string();
        let proof: Inclusion = proof.parse().unwrap();
        assert!(proof.holds_for(&entry(index as usize), &trusted), "{index}");
        assert!(!proof.holds_for(&entry(index as usize + 1), &trusted), "{index}");
        let stranger = Signer::new("log.example/lachin", &[8; 32]).unwrap().verifier();
        assert!(!proof.holds_for(&entry(index as usize), &[stranger]), "{index}");
    }
    assert_eq!(evidence.inclusion(700).unwrap(), None);
}

#[test]
fn every_checkpoint_goes_on_from_every_earlier_one() {
    let (mut log, shelf) = (log_of(0), InMemory::default());
    let mut seen = Vec::new();
    for end in [0, 3, 256, 300, 301, 900] {
        log.append(&group(log.reader().len() as usize..end)).unwrap();
        let notary = signed(&log, &shelf); // a restart each time
        let evidence = notary.evidence();
        let last = evidence.signed().unwrap().unwrap().checkpoint.clone();
        seen.push((last.size, last.root));
        for (from, old) in &seen {
            let shown = evidence.consistency(*from, last.size).unwrap().unwrap();
            assert_eq!((shown.from, shown.to), ((*from, *old), (last.size, last.root)));
        }
    }
}

#[test]
fn nothing_new_is_not_signed_again() {
    let (log, shelf) = (log_of(10), InMemory::default());
    signed(&log, &shelf);
    // The second keeping would fail.
    let faulty = Faulty::new(shelf.clone(), Fault { after: 0, outcome: Outcome::Lost });
    let mut notary = Notary::open(log.reader(), vec![signer()], Box::new(faulty), &|_| {}).unwrap();
    notary.sign().unwrap();
    assert_eq!(size(&notary.evidence()), 10);
}

#[test]
fn a_log_that_lost_its_end_is_refused() {
    let shelf = InMemory::default();
    signed(&log_of(300), &shelf);
    let refused = open(&log_of(299), &shelf).err().unwrap();
    assert!(matches!(refused, Refusal::Shorter { entries: 299, signed: 300 }), "{refused}");
}

#[test]
fn a_log_with_another_past_is_refused() {
    for tampered in [0, 200, 299] {
        let shelf = InMemory::default();
        signed(&log_of(300), &shelf);
        let mut entries = group(0..400);
        entries[tampered] = entry(1_000);
        let mut log = Memory::default();
        log.append(&entries).unwrap();
        // The hashes on the shelf hide what they cover, until somebody looks at the entries.
        match open(&log, &shelf) {
            Err(refused) => assert!(matches!(refused, Refusal::Differs { signed: 300 })),
            Ok(mut notary) => {
                assert!(tampered < 256, "{tampered} is in the tail");
                notary.sign().unwrap();
                let evidence = notary.evidence();
                evidence.trusted().unwrap();
                assert!(matches!(evidence.check(0), Err(Error::Corrupt { position: 0, .. })));
                evidence.trusted().unwrap_err();
            }
        }
    }
}

#[test]
fn damaged_hashes_on_the_shelf_are_made_again_from_the_entries() {
    let (log, mut shelf) = (log_of(3_000), InMemory::default());
    signed(&log, &shelf);
    let good = shelf.tiles().unwrap();
    assert_eq!(good.len(), 11);
    let damages: [&[Hash]; 3] = [&[Hash::of_nothing(); 11], &good[..4], &[Hash::of_nothing(); 40]];
    for damage in damages {
        shelf.keep_tiles(0, damage).unwrap();
        let notary = signed(&log, &shelf);
        notary.evidence().trusted().unwrap();
        assert_eq!(notary.evidence().signed().unwrap().unwrap().checkpoint.root, root(3_000));
        assert_eq!(shelf.tiles().unwrap(), good);
    }
}

#[test]
fn a_checkpoint_of_somebody_else_is_refused() {
    let log = log_of(5);
    let opened_by = |signer: Signer, shelf: &InMemory| {
        Notary::open(log.reader(), vec![signer], Box::new(shelf.clone()), &|_| {}).err()
    };
    let mut shelf = InMemory::default();
    signed(&log, &shelf);
    let other_key = Signer::new(signer().name(), &[8; 32]).unwrap();
    assert!(matches!(opened_by(other_key, &shelf), Some(Refusal::Unsigned(_))));
    let other_log = Signer::new("log.example/other", &[7; 32]).unwrap();
    assert!(matches!(opened_by(other_log, &shelf), Some(Refusal::OtherLog { .. })));
    shelf.keep_checkpoint("nonsense").unwrap();
    assert!(matches!(opened_by(signer(), &shelf), Some(Refusal::Unreadable)));
}

#[test]
fn a_second_key_signs_beside_the_first_and_then_alone() {
    let (log, shelf) = (log_of(5), InMemory::default());
    signed(&log, &shelf);
    let new = Signer::new(signer().name(), &[8; 32]).unwrap();
    let with = |signers: &[&Signer]| {
        let signers = signers.iter().copied().cloned().collect();
        let mut notary =
            Notary::open(log.reader(), signers, Box::new(shelf.clone()), &|_| {}).unwrap();
        notary.sign().unwrap();
        let note = notary.evidence().signed().unwrap().unwrap().note.clone();
        note.signatures.len()
    };
    assert_eq!(with(&[&signer(), &new]), 2);
    assert_eq!(with(&[&new]), 2, "nothing new, so both signatures stay");
}

#[test]
fn a_log_older_than_a_checkpoint_kept_elsewhere_is_refused() {
    let kept = |entries| {
        let notary = signed(&log_of(entries), &InMemory::default());
        notary.evidence().signed().unwrap().unwrap().note.clone()
    };
    let older = signed(&log_of(300), &InMemory::default());
    older.not_before(&kept(200)).unwrap();
    older.not_before(&kept(300)).unwrap();
    let refused = older.not_before(&kept(301)).unwrap_err();
    assert!(matches!(refused, Refusal::Shorter { entries: 300, signed: 301 }));
    let mut fork = Memory::default();
    fork.append(&[group(0..199), group(500..700)].concat()).unwrap();
    let fork = signed(&fork, &InMemory::default());
    assert!(matches!(fork.not_before(&kept(200)), Err(Refusal::Differs { signed: 200 })));
    let forged: Note = kept(200).to_string().replace("\n200\n", "\n100\n").parse().unwrap();
    assert!(matches!(older.not_before(&forged), Err(Refusal::Unsigned(_))));
}

/// A log of which some entries come back changed.
struct Altered {
    log: Arc<dyn Reader>,
    entries: HashMap<Position, Vec<u8>>,
}

impl Reader for Altered {
    fn len(&self) -> Position {
        self.log.len()
    }

    fn scan(&self, range: Range<Position>, visit: &mut Visitor<'_>) -> Result<(), Error> {
        self.log.scan(range, &mut |position, entry| -> ControlFlow<()> {
            visit(position, self.entries.get(&position).map_or(entry, Vec::as_slice))
        })
    }
}

#[test]
fn damage_is_never_shown_and_ends_the_trust() {
    for index in [100, 650] {
        let shelf = InMemory::default();
        let sound = log_of(700);
        signed(&sound, &shelf);
        let altered = || {
            let entries = HashMap::from([(index, b"something else".to_vec())]);
            let log: Arc<dyn Reader> = Arc::new(Altered { log: sound.reader(), entries });
            Notary::open(log, vec![signer()], Box::new(shelf.clone()), &|_| {})
        };
        let tile = |content| Tile { content, index: index / 256, width: 150 };
        let looks: [&dyn Fn(&Evidence) -> bool; 4] = [
            &|evidence| evidence.tile(tile(Content::Entries)).is_err(),
            &|evidence| evidence.tile(tile(Content::Hashes { level: 0 })).is_err(),
            &|evidence| evidence.inclusion(index).is_err(),
            &|evidence| evidence.consistency(index, 700).is_err(),
        ];
        for looks_damaged in looks {
            match altered() {
                Ok(notary) => {
                    let evidence = notary.evidence();
                    assert!(looks_damaged(&evidence));
                    assert!(matches!(*evidence.trusted().unwrap_err(), Refusal::Log(_)));
                    assert_eq!(evidence.tile(tile(Content::Entries)).unwrap(), None);
                }
                Err(refused) => {
                    assert_eq!(index, 650, "what is hashed at the start is found at the start");
                    assert!(matches!(refused, Refusal::Differs { signed: 700 }));
                }
            }
        }
    }
}

#[test]
fn a_checkpoint_that_could_not_be_kept_is_not_shown_and_is_tried_again() {
    for outcome in [Outcome::Lost, Outcome::Persisted] {
        for after in 0..3 {
            let (drive, shelf) = (Drive::default(), InMemory::default());
            let mut log = Journal::over(drive.clone()).unwrap();
            let faulty = Faulty::new(shelf.clone(), Fault { after, outcome });
            let mut notary =
                Notary::open(log.reader(), vec![signer()], Box::new(faulty), &|_| {}).unwrap();
            let mut shown = Vec::new();
            for end in [100, 300, 600] {
                log.append(&group(log.reader().len() as usize..end)).unwrap();
                let before = size(&notary.evidence());
                match notary.sign() {
                    Ok(()) => assert_eq!(size(&notary.evidence()), end as u64),
                    Err(_) => assert_eq!(size(&notary.evidence()), before, "not shown"),
                }
                shown.push(notary.evidence().signed().unwrap());
            }
            drop((notary, log));
            let again = signed(&Journal::over(drive).unwrap(), &shelf);
            for signed in shown.into_iter().flatten() {
                let evidence = again.evidence();
                let shown = evidence.consistency(signed.checkpoint.size, 600).unwrap().unwrap();
                assert_eq!(shown.from.1, signed.checkpoint.root, "{outcome:?} after {after}");
            }
        }
    }
}

#[test]
fn the_shelf_in_a_folder_keeps_what_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Files::in_folder(folder.path());
    assert_eq!((files.checkpoint().unwrap(), files.tiles().unwrap()), (None, Vec::new()));
    files.keep_checkpoint("one").unwrap();
    files.keep_checkpoint("two").unwrap();
    let hashes = [0, 1, 2].map(|seed| Hash([seed; 32]));
    files.keep_tiles(0, &hashes[..2]).unwrap();
    files.keep_tiles(1, &hashes[2..]).unwrap();
    let files = Files::in_folder(folder.path());
    assert_eq!(files.checkpoint().unwrap().as_deref(), Some("two"));
    assert_eq!(files.tiles().unwrap(), [hashes[0], hashes[2]]);
    let torn = std::fs::OpenOptions::new().append(true).open(folder.path().join("tiles"));
    std::io::Write::write_all(&mut torn.unwrap(), b"torn").unwrap();
    assert_eq!(files.tiles().unwrap().len(), 2);
}

#[test]
fn a_checkpoint_that_was_taken_away_is_missed() {
    let (log, mut shelf) = (log_of(600), InMemory::default());
    signed(&log, &shelf);
    let tiles = shelf.tiles().unwrap();
    shelf = InMemory::default();
    shelf.keep_tiles(0, &tiles).unwrap();
    assert!(matches!(open(&log, &shelf), Err(Refusal::Missing)));
}

//! A log carried away as files, checked there, and made again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use causeway_log::backup::{Failed, Kept, backup, restore};
use causeway_log::memory::Memory;
use causeway_log::mirror::{Directory, Mirror};
use causeway_log::note::{Note, Signer, Verifier};
use causeway_log::shelf::{InMemory, Shelf};
use causeway_log::tile::Tile;
use causeway_log::verify::{self, Against, Report};
use causeway_log::{Log, Notary};

use crate::notary::{log_of, root, signed, signer};
use crate::places::{entry, group, read_all};

fn trusted() -> [Verifier; 1] {
    [signer().verifier()]
}

fn against(trusted: &[Verifier]) -> Against<'_> {
    Against { trusted, since: None }
}

/// A log, its notary and a folder.
struct Story {
    log: Memory,
    notary: Notary,
    folder: tempfile::TempDir,
}

impl Story {
    fn of(entries: usize) -> Story {
        let log = log_of(entries);
        let notary = signed(&log, &InMemory::default());
        Story { log, notary, folder: tempfile::tempdir().expect("a folder") }
    }

    fn goes_on_to(&mut self, entries: usize) {
        let new = group(self.log.reader().len() as usize..entries);
        self.log.append(&new).expect("a sound log takes entries");
        self.notary.sign().expect("a shelf that keeps");
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn backup(&self) -> Result<Kept, Failed> {
        backup(&*self.notary.evidence(), &trusted(), self.path(), &|_| {})
    }

    fn verify(&self) -> Report {
        let report = verify::mirror(&Directory::at(self.path()), &against(&trusted()), &|_| {});
        report.expect("files that can be read")
    }

    fn files(&self) -> Vec<PathBuf> {
        files(self.path())
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn a_backup_has_the_paths_of_the_specification() {
    let story = Story::of(300);
    let kept = story.backup().unwrap();
    assert_eq!((kept.checkpoint.size, kept.before), (300, 0));
    let found: Vec<_> = story.files().into_iter().collect();
    let expected = [
        "checkpoint",
        "log.vkey",
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/44",
    ];
    assert_eq!(found, expected.map(|path| story.path().join(path)));
    assert!(story.verify().is_sound());
}

#[test]
fn a_log_without_entries_can_be_carried_away_too() {
    let story = Story::of(0);
    story.backup().unwrap();
    assert!(story.verify().is_sound());
}

#[test]
fn a_second_backup_copies_only_what_is_new() {
    let mut story = Story::of(700);
    story.backup().unwrap();
    let old = story.path().join("tile/entries/000");
    let written = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let before = written(&old);
    story.goes_on_to(1_100);
    assert_eq!(story.backup().unwrap().before, 700);
    assert_eq!(written(&old), before);
    assert!(story.verify().is_sound());
    let narrower = |path: &PathBuf| path.to_string_lossy().contains(".p/188");
    assert_eq!(story.files().iter().find(|path| narrower(path)), None);
    assert_eq!(story.backup().unwrap().before, 1_100);
}

/// A mirror that breaks after so many tiles.
struct Breaking<'a> {
    mirror: &'a dyn Mirror,
    left: std::sync::atomic::AtomicI64,
}

impl Mirror for Breaking<'_> {
    fn checkpoint(&self) -> io::Result<Note> {
        self.mirror.checkpoint()
    }

    fn tile(&self, tile: Tile) -> io::Result<Vec<u8>> {
        match self.left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) > 0 {
            true => self.mirror.tile(tile),
            false => Err(io::ErrorKind::ConnectionReset.into()),
        }
    }

    fn keys(&self) -> io::Result<Vec<Verifier>> {
        self.mirror.keys()
    }
}

#[test]
fn an_interrupted_backup_goes_on_where_it_was() {
    let mut story = Story::of(2_000);
    story.backup().unwrap();
    let checkpoint = fs::read(story.path().join("checkpoint")).unwrap();
    story.goes_on_to(5_000);
    let evidence = story.notary.evidence();
    let mut rounds = 0;
    loop {
        let breaking = Breaking { mirror: &*evidence, left: 8.into() };
        match backup(&breaking, &trusted(), story.path(), &|_| {}) {
            Ok(_) => break,
            Err(failed) => assert!(matches!(failed, Failed::Storage { .. }), "{failed}"),
        }
        assert_eq!(fs::read(story.path().join("checkpoint")).unwrap(), checkpoint);
        assert!(story.verify().is_sound(), "the last finished backup stands");
        rounds += 1;
        assert!(rounds < 100, "it never ends");
    }
    assert!(rounds > 1, "{rounds}");
    assert!(story.verify().is_sound());
    assert_eq!(story.verify().checkpoint.unwrap().size, 5_000);
}

#[test]
fn a_backup_of_another_log_or_a_fork_is_left_alone() {
    let story = Story::of(700);
    story.backup().unwrap();
    let before: Vec<_> = story.files().iter().map(|path| fs::read(path).unwrap()).collect();
    let smaller = Story::of(600);
    let mut entries = group(0..800);
    entries[3] = entry(9_999);
    let mut fork = Memory::default();
    fork.append(&entries).unwrap();
    let fork = signed(&fork, &InMemory::default());
    for other in [&*smaller.notary.evidence(), &*fork.evidence()] {
        let failed = backup(other, &trusted(), story.path(), &|_| {}).unwrap_err();
        let is_told = matches!(failed, Failed::AnotherLog { .. } | Failed::FallenBehind { .. });
        assert!(is_told, "{failed}");
        let after: Vec<_> = story.files().iter().map(|path| fs::read(path).unwrap()).collect();
        assert!(before == after, "not a byte was touched");
        story.backup().unwrap();
    }
}

/// A mirror of which one bundle comes changed, once.
struct Garbled<'a> {
    mirror: &'a dyn Mirror,
    left: std::sync::atomic::AtomicBool,
}

impl Mirror for Garbled<'_> {
    fn checkpoint(&self) -> io::Result<Note> {
        self.mirror.checkpoint()
    }

    fn tile(&self, tile: Tile) -> io::Result<Vec<u8>> {
        let mut bytes = self.mirror.tile(tile)?;
        let is_bundle = tile.content == causeway_log::tile::Content::Entries && tile.index == 1;
        if is_bundle && self.left.swap(false, std::sync::atomic::Ordering::Relaxed) {
            bytes[9] ^= 1;
        }
        Ok(bytes)
    }

    fn keys(&self) -> io::Result<Vec<Verifier>> {
        self.mirror.keys()
    }
}

#[test]
fn what_comes_garbled_is_not_kept() {
    for entries in [300, 700] {
        let story = Story::of(entries);
        let evidence = story.notary.evidence();
        let garbled = Garbled { mirror: &*evidence, left: true.into() };
        let failed = backup(&garbled, &trusted(), story.path(), &|_| {}).unwrap_err();
        assert!(matches!(failed, Failed::Damaged(ref tile) if tile.contains("entries/001")));
        backup(&garbled, &trusted(), story.path(), &|_| {}).unwrap();
        assert!(story.verify().is_sound());
    }
}

#[test]
fn a_backup_that_nobody_trusted_has_signed_is_not_made() {
    let story = Story::of(5);
    let stranger = Signer::new("log.example/lachin", &[8; 32]).unwrap().verifier();
    let evidence = story.notary.evidence();
    let failed = backup(&*evidence, &[stranger], story.path(), &|_| {}).unwrap_err();
    assert!(matches!(failed, Failed::Untrusted(_)), "{failed}");
    assert!(story.files().is_empty());
}

#[test]
fn a_flipped_bit_anywhere_in_a_backup_is_found_and_its_file_named() {
    let story = Story::of(66_000);
    story.backup().unwrap();
    let checked = |path: &PathBuf| !path.ends_with("log.vkey");
    let files: Vec<_> = story.files().into_iter().filter(checked).collect();
    // All kinds of files, and of those of which there are many, some.
    let some = |path: &PathBuf| {
        let name = path.strip_prefix(story.path()).unwrap().to_string_lossy().into_owned();
        let is_one_of_many = name.starts_with("tile/0/") || name.starts_with("tile/entries/");
        !is_one_of_many || ["000", "133", ".p/208"].iter().any(|end| name.ends_with(end))
    };
    let files: Vec<_> = files.into_iter().filter(some).collect();
    assert!(files.len() > 8 && files.len() < 20, "{}", files.len());
    for path in files {
        let sound = fs::read(&path).unwrap();
        let (last, middle) = (sound.len() - 1, sound.len() / 2);
        for at in [0, 1, middle, last] {
            let mut flipped = sound.clone();
            flipped[at] ^= 1 << (at % 8);
            fs::write(&path, flipped).unwrap();
            let report =
                verify::mirror(&Directory::at(story.path()), &against(&trusted()), &|_| {});
            let name = path.strip_prefix(story.path()).unwrap().to_string_lossy().into_owned();
            match report {
                Ok(report) => {
                    let named: Vec<_> = report.damages.iter().map(|one| &one.place).collect();
                    assert!(named.contains(&&name), "byte {at} of {name}: {named:?}");
                    let alone = path.to_string_lossy().contains(".p/") || name == "checkpoint";
                    assert!(alone || named.len() == 1, "byte {at} of {name}: {named:?}");
                }
                Err(error) => {
                    assert_eq!((&*name, error.kind()), ("checkpoint", io::ErrorKind::InvalidData));
                }
            }
        }
        fs::write(&path, sound).unwrap();
    }
    assert!(story.verify().is_sound());
}

#[test]
fn the_next_backup_mends_what_has_suffered() {
    let story = Story::of(700);
    story.backup().unwrap();
    for name in ["tile/entries/001", "tile/0/001", "tile/entries/002.p/188", "tile/1/000.p/2"] {
        let path = story.path().join(name);
        let sound = fs::read(&path).unwrap();
        for suffered in [Vec::new(), sound[..9].to_vec(), vec![7; sound.len()]] {
            fs::write(&path, suffered).unwrap();
            assert!(!story.verify().is_sound());
            story.backup().unwrap();
            assert_eq!(fs::read(&path).unwrap(), sound, "{name}");
        }
    }
    assert!(story.verify().is_sound());
}

#[test]
fn what_is_missing_or_cut_off_is_found() {
    let story = Story::of(600);
    story.backup().unwrap();
    for name in ["tile/0/001", "tile/entries/001", "tile/entries/002.p/88", "tile/1/000.p/2"] {
        let path = story.path().join(name);
        let sound = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(story.verify().damages[0].to_string().split([',', ':']).next(), Some(name));
        fs::write(&path, &sound[..sound.len() - 1]).unwrap();
        let report = story.verify();
        assert_eq!((report.damaged, &*report.damages[0].place), (1, name));
        fs::write(&path, sound).unwrap();
    }
    assert!(story.verify().is_sound());
}

#[test]
fn the_entry_that_was_changed_is_named_by_its_position() {
    let story = Story::of(600);
    story.backup().unwrap();
    let path = story.path().join("tile/entries/001");
    let mut bundle = fs::read(&path).unwrap();
    let changed = entry(300);
    let at = bundle.windows(changed.len()).position(|bytes| bytes == changed).unwrap();
    bundle[at] ^= 1;
    fs::write(&path, bundle).unwrap();
    let report = story.verify();
    assert_eq!(report.damages[0].positions, Some(300..301));
    assert_eq!(report.damages[0].place, "tile/entries/001");
}

#[test]
fn a_restored_log_has_the_same_root() {
    let story = Story::of(3_000);
    story.backup().unwrap();
    let mut log = Memory::default();
    let note = restore(&Directory::at(story.path()), &trusted(), &mut log, &|_| {}).unwrap();
    assert_eq!(read_all(&log), group(0..3_000));
    let mut shelf = InMemory::default();
    shelf.keep_checkpoint(&note.to_string()).unwrap();
    let again = signed(&log, &shelf);
    assert_eq!(again.evidence().signed().unwrap().unwrap().checkpoint.root, root(3_000));
}

#[test]
fn a_damaged_backup_is_not_restored() {
    let story = Story::of(600);
    story.backup().unwrap();
    let path = story.path().join("tile/entries/000");
    let mut bundle = fs::read(&path).unwrap();
    bundle[5] ^= 1;
    fs::write(&path, bundle).unwrap();
    let from = Directory::at(story.path());
    let failed = restore(&from, &trusted(), &mut Memory::default(), &|_| {}).unwrap_err();
    assert!(matches!(failed, Failed::Damaged(_)), "{failed}");
}

/// A log, what was kept of it, and what became of it.
fn stored(log: &dyn Log, note: &Note, shelf: &InMemory) -> Report {
    let kept = shelf.tiles().expect("a shelf in memory");
    let report = verify::stored(&*log.reader(), note, &kept, &against(&trusted()), &|_| {});
    report.expect("a log that can be read")
}

#[test]
fn a_stored_log_is_checked_against_what_was_signed_and_kept() {
    let (mut log, mut shelf) = (log_of(1_000), InMemory::default());
    let note = signed(&log, &shelf).evidence().signed().unwrap().unwrap().note.clone();
    log.append(&group(1_000..1_100)).unwrap();
    let report = stored(&log, &note, &shelf);
    assert!(report.is_sound());
    assert_eq!((report.unsigned, report.signed_by.len()), (100, 1));

    let mut entries = group(0..1_000);
    entries[300] = entry(9_999);
    let mut changed = Memory::default();
    changed.append(&entries).unwrap();
    let report = stored(&changed, &note, &shelf);
    assert_eq!(report.damages[0].to_string(), "log, positions 256 to 511: not what was hashed");

    let report = stored(&log_of(900), &note, &shelf);
    assert_eq!(report.damages[0].to_string(), "log, positions 900 to 999: its end is missing");

    let mut entries = group(0..1_000);
    entries[999] = entry(9_999);
    let mut changed = Memory::default();
    changed.append(&entries).unwrap();
    assert_eq!(stored(&changed, &note, &shelf).damages[0].place, "checkpoint");

    let mut kept = shelf.tiles().unwrap();
    kept[2].0[7] ^= 1;
    shelf.keep_tiles(0, &kept).unwrap();
    let report = stored(&log, &note, &shelf);
    assert_eq!((report.damaged, &*report.damages[0].place), (1, "tiles"));
    assert_eq!(report.damages[0].positions, Some(512..768));
}

#[test]
fn a_checkpoint_that_was_kept_has_to_lead_to_what_is_there() {
    let kept = |entries| Story::of(entries).notary.evidence().checkpoint().unwrap();
    let story = Story::of(700);
    story.backup().unwrap();
    let mut shelf = InMemory::default();
    let now = story.notary.evidence().checkpoint().unwrap();
    shelf.keep_checkpoint(&now.to_string()).unwrap();
    let check = |since: &Note| {
        let trusted = trusted();
        let against = Against { trusted: &trusted, since: Some(since) };
        let copied = verify::mirror(&Directory::at(story.path()), &against, &|_| {}).unwrap();
        let log = story.log.reader();
        let stored = verify::stored(&*log, &now, &[], &against, &|_| {}).unwrap();
        assert_eq!(copied.damages, stored.damages);
        stored.damages.into_iter().map(|damage| damage.to_string()).collect::<Vec<_>>()
    };
    for size in [0, 3, 256, 300, 700] {
        assert_eq!(check(&kept(size)), [""; 0], "{size}");
    }
    assert!(check(&kept(800))[0].starts_with("log, positions 700 to 799: they were signed"));
    let mut fork = Memory::default();
    fork.append(&[group(0..299), group(500..700)].concat()).unwrap();
    let fork = signed(&fork, &InMemory::default()).evidence().checkpoint().unwrap();
    assert!(check(&fork)[0].starts_with("log, positions 0 to 498: they are not those"));
    let mut forged = kept(300);
    forged.text = forged.text.replace("300", "200");
    assert!(check(&forged)[0].starts_with("the checkpoint that was kept: "));
}

//! Damage is told apart and never served.

use causeway_log::memory::Drive;
use causeway_log::{Block, Error, Journal, Log, Store};

use crate::places::{group, noise, read};

/// A block of `count` short entries, as an older version or a strange disk may have left it.
fn block(first: u64, count: u8) -> Block {
    let lengths = [0, 1].repeat(count.into());
    let bytes = [vec![1, count], lengths, vec![b'x'; count.into()]].concat();
    Block { first, bytes }
}

fn opened(blocks: impl IntoIterator<Item = Block>) -> Result<Journal<Drive>, Error> {
    let drive = Drive::default();
    drive.write(blocks.into_iter().collect()).expect("memory takes all");
    Journal::over(drive)
}

#[test]
fn a_block_of_the_first_format_is_still_read() {
    let log = opened([block(0, 3), block(3, 2)]).unwrap();
    assert_eq!(read(&*log.reader(), 0..9), vec![b"x"; 5]);
}

#[test]
fn a_missing_block_is_found_at_the_start() {
    for (blocks, gap) in [
        (vec![block(0, 3), block(5, 2)], 3),
        (vec![block(0, 3), block(3, 1), block(5, 2), block(9, 2)], 4),
        (vec![block(1, 3)], 0),
    ] {
        let found = opened(blocks).err();
        assert!(
            matches!(found, Some(Error::Corrupt { position, .. }) if position == gap),
            "{found:?}"
        );
    }
}

#[test]
fn a_block_from_the_future_is_not_guessed_at() {
    let strange = Block { first: 2, bytes: vec![9, 1, 0, 1, b'x'] };
    let log = opened([block(0, 2), strange]).unwrap();
    assert_eq!(log.reader().get(1).unwrap().as_deref(), Some(&b"x"[..]));
    let found = log.reader().get(2).unwrap_err();
    assert_eq!(found.to_string(), "the log is damaged at position 2: a block of unknown format 9");
}

#[test]
fn a_scan_visits_what_is_sound_before_the_damage() {
    let mut cut = block(4, 4);
    cut.bytes.pop();
    let log = opened([block(0, 4), cut]).unwrap();
    let mut visited = Vec::new();
    let visit = &mut |position, _: &[u8]| {
        visited.push(position);
        std::ops::ControlFlow::Continue(())
    };
    let found = log.reader().scan(0..8, visit).unwrap_err();
    assert!(matches!(found, Error::Corrupt { position: 4, .. }), "{found}");
    assert_eq!(visited, [0, 1, 2, 3]);
}

#[test]
fn no_flipped_byte_in_a_compressed_block_is_fatal() {
    let drive = Drive::default();
    Journal::over(drive.clone()).unwrap().append(&group(0..60)).unwrap();
    let sound = drive.block_at(0).unwrap().expect("the block just written");
    for (place, noise) in noise(3, sound.bytes.len()).into_iter().enumerate() {
        let mut flipped = sound.clone();
        flipped.bytes[place] ^= noise | 1;
        if let Ok(log) = opened([flipped]) {
            let visit = &mut |_, _: &[u8]| std::ops::ControlFlow::Continue(());
            drop(log.reader().scan(0..60, visit)); // whatever it finds, it comes back
        }
    }
}

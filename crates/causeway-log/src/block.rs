//! The stored form of entries: a block is a run of consecutive entries of one group.
//!
//! One byte of format, one byte of count (1 to 128), then the body: `count` lengths of two bytes,
//! big-endian, and the entries one after another. In format 2 the body is one zstd frame.
//! What was written once is read for ever, so another layout takes another format byte.

use std::io;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::get_frame_content_size;

use crate::{Block, ENTRY_LIMIT, Position};

/// Most entries in a block.
pub const ENTRIES_LIMIT: usize = 128;

/// Most bytes in a body, uncompressed. What does not compress grows by a few bytes.
pub const BODY_LIMIT: usize = 100 * 1024;

/// A block of fewer entries is not worth compressing.
const COMPRESSED_FROM: usize = 8;
const COMPRESSION_LEVEL: i32 = 1;

const PLAIN: u8 = 1;
const ZSTD: u8 = 2;

const LENGTH_BYTES: usize = size_of::<u16>();

// Any entry fits a body, any length two bytes and any count one.
const _: () = assert!(LENGTH_BYTES + ENTRY_LIMIT <= BODY_LIMIT);
const _: () = assert!(ENTRY_LIMIT <= u16::MAX as usize && ENTRIES_LIMIT <= u8::MAX as usize);

/// Makes blocks of entries.
pub struct Encoder {
    zstd: Compressor<'static>,
}

impl Encoder {
    pub fn new() -> io::Result<Encoder> {
        Ok(Encoder { zstd: Compressor::new(COMPRESSION_LEVEL)? })
    }

    /// The blocks of a group of entries, none of them over `ENTRY_LIMIT`, that begins at `first`.
    pub fn blocks(&mut self, first: Position, entries: &[Vec<u8>]) -> io::Result<Vec<Block>> {
        let mut next = first;
        runs(entries)
            .map(|run| {
                let first = next;
                next += run.len() as Position;
                self.block(first, run)
            })
            .collect()
    }

    /// The block of entries that fit one.
    pub fn block(&mut self, first: Position, entries: &[Vec<u8>]) -> io::Result<Block> {
        Ok(Block { first, bytes: self.encode(entries)? })
    }

    fn encode(&mut self, run: &[Vec<u8>]) -> io::Result<Vec<u8>> {
        let count = run.len() as u8; // at most ENTRIES_LIMIT
        if run.len() < COMPRESSED_FROM {
            return Ok([vec![PLAIN, count], body(run)].concat());
        }
        Ok([vec![ZSTD, count], self.zstd.compress(&body(run))?].concat())
    }
}

/// Splits a group into runs that each fit a block.
fn runs(mut entries: &[Vec<u8>]) -> impl Iterator<Item = &[Vec<u8>]> {
    std::iter::from_fn(move || {
        let (run, rest) = entries.split_at(run_length(entries));
        entries = rest;
        (!run.is_empty()).then_some(run)
    })
}

fn run_length(entries: &[Vec<u8>]) -> usize {
    let mut bytes = 0;
    let fits = |entry: &&Vec<u8>| {
        bytes += LENGTH_BYTES + entry.len();
        bytes <= BODY_LIMIT
    };
    entries.iter().take(ENTRIES_LIMIT).take_while(fits).count()
}

fn body(run: &[Vec<u8>]) -> Vec<u8> {
    let lengths = run.iter().flat_map(|entry| (entry.len() as u16).to_be_bytes());
    let mut body: Vec<u8> = lengths.collect();
    run.iter().for_each(|entry| body.extend_from_slice(entry));
    body
}

/// How many entries a block says it has.
pub fn count(block: &[u8]) -> Position {
    block.get(1).copied().map_or(0, Position::from)
}

/// How many bytes a block says that its body has, uncompressed, if it says so.
pub fn body_len(block: &[u8]) -> Option<usize> {
    let &[format, _count, ref body @ ..] = block else { return None };
    match format {
        PLAIN => Some(body.len()),
        ZSTD => get_frame_content_size(body).ok().flatten()?.try_into().ok(),
        _ => None,
    }
}

/// Takes blocks apart again, one at a time in the same memory.
#[derive(Default)]
pub struct Decoder {
    zstd: Option<Decompressor<'static>>,
    body: Vec<u8>,
}

impl Decoder {
    /// The entries of a block, or what is wrong with it.
    pub fn entries<'a>(&'a mut self, block: &'a [u8]) -> Result<Entries<'a>, String> {
        let &[format, count, ref body @ ..] = block else {
            return Err(format!("a block of {} bytes", block.len()));
        };
        match format {
            PLAIN => Entries::split(count, body),
            ZSTD => Entries::split(count, self.unpacked(body)?),
            unknown => Err(format!("a block of unknown format {unknown}")),
        }
    }

    fn unpacked(&mut self, frame: &[u8]) -> Result<&[u8], String> {
        self.body.clear();
        self.body.reserve(BODY_LIMIT);
        let zstd = self.zstd.get_or_insert_default();
        match zstd.decompress_to_buffer(frame, &mut self.body) {
            Ok(_) => Ok(&self.body),
            Err(error) => Err(format!("a block that does not unpack: {error}")),
        }
    }
}

/// The entries of one block, in order.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    lengths: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Entries<'a> {
    /// Splits a body, making sure that the lengths account for every byte of it.
    fn split(count: u8, body: &'a [u8]) -> Result<Entries<'a>, String> {
        let (lengths, bytes) = body
            .split_at_checked(usize::from(count) * LENGTH_BYTES)
            .ok_or_else(|| format!("a block of {count} entries in {} bytes", body.len()))?;
        let said: usize = lengths.chunks_exact(LENGTH_BYTES).map(length).sum();
        if said != bytes.len() {
            return Err(format!("{count} entries of {said} bytes in a block of {}", bytes.len()));
        }
        Ok(Entries { lengths, bytes })
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length_bytes, lengths) = self.lengths.split_at_checked(LENGTH_BYTES)?;
        let (entry, bytes) = self.bytes.split_at_checked(length(length_bytes))?;
        (self.lengths, self.bytes) = (lengths, bytes);
        Some(entry)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.lengths.len() / LENGTH_BYTES;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Entries<'_> {}

fn length(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |length, &byte| length << 8 | usize::from(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A block as version 0.1.0 wrote it: eight entries, "entry 0" to "entry 7".
    const OF_FORMAT_2: &[u8] = b"\x02\x08(\xb5/\xfd H=\x01\x00\xb0\x00\x07entry 0123456entry 7\
        \x07\x00`\x08\x18\x07\x06\x03C\xc0\xb8*\x83IvX";

    fn entries(block: &[u8]) -> Vec<Vec<u8>> {
        let mut decoder = Decoder::default();
        decoder.entries(block).expect("a sound block").map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn a_short_run_is_stored_plainly() {
        let blocks = Encoder::new().unwrap().blocks(7, &[b"ab".to_vec(), b"c".to_vec()]).unwrap();
        let bytes = b"\x01\x02\x00\x02\x00\x01abc".to_vec();
        assert_eq!(blocks, [Block { first: 7, bytes }]);
    }

    #[test]
    fn a_block_of_the_second_format_is_still_read() {
        let expected: Vec<_> = (0..8).map(|n| format!("entry {n}").into_bytes()).collect();
        assert_eq!(entries(OF_FORMAT_2), expected);
    }

    #[test]
    fn a_long_run_is_stored_small() {
        let blocks = Encoder::new().unwrap().blocks(0, &vec![vec![7; 1000]; 8]).unwrap();
        assert!(blocks[0].bytes.len() < 1000, "{} bytes", blocks[0].bytes.len());
    }

    fn lengths() -> impl Strategy<Value = Vec<usize>> {
        prop::collection::vec(prop_oneof![9 => 0..400_usize, 1 => 0..=ENTRY_LIMIT], 0..500)
    }

    proptest! {
        #[test]
        fn blocks_stay_within_their_limits(lengths in lengths()) {
            let group: Vec<_> = lengths.into_iter().map(|length| vec![7; length]).collect();
            let blocks = Encoder::new().unwrap().blocks(0, &group).unwrap();
            for block in &blocks {
                prop_assert!(count(&block.bytes) <= ENTRIES_LIMIT as Position);
                prop_assert!(block.bytes.len() <= 2 + BODY_LIMIT);
            }
            let read: Vec<_> = blocks.iter().flat_map(|block| entries(&block.bytes)).collect();
            prop_assert!(read == group);
        }

        #[test]
        fn no_bytes_are_fatal(format in 0..4_u8, rest in prop::collection::vec(any::<u8>(), 0..40)) {
            let block = [vec![format], rest].concat();
            if let Ok(entries) = Decoder::default().entries(&block) {
                prop_assert_eq!(entries.len(), entries.count());
            }
        }
    }
}

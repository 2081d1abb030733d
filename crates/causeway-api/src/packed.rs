//! Answers packed with gzip (RFC 1952), of which the long part was packed once.
//!
//! An answer begins with `as_of` and may end with a cursor: both are another each time. Between
//! them is `data`, which was compressed when it was made. A deflate stream (RFC 1951) is a row of
//! blocks: what differs goes in as stored blocks, and the blocks of `data` stand between them.

use std::io::{self, Write};

use actix_web::web::Bytes;
use crc32fast::Hasher;
use flate2::Compression;
use flate2::write::DeflateEncoder;

/// Bytes in packed form, to be put between others.
#[derive(Debug)]
pub struct Packed {
    /// Whole deflate blocks, none of them the last, that end where a byte ends.
    blocks: Bytes,
    /// The checksum of what they stand for.
    sum: Hasher,
    /// The length of what they stand for.
    length: usize,
}

/// A gzip header: deflate, no name, no time, an unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// How much a stored block holds.
const STORED_LIMIT: usize = 65_535;

impl Packed {
    /// Packs `bytes`.
    ///
    /// # Errors
    /// Where the encoder fails, which writes to memory only.
    pub fn new(bytes: &[u8]) -> io::Result<Packed> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes)?;
        encoder.flush()?; // ends the block at a whole byte, and does not call it the last
        let mut blocks = std::mem::take(encoder.get_mut());
        blocks.shrink_to_fit();
        let mut sum = Hasher::new();
        sum.update(bytes);
        Ok(Packed { blocks: blocks.into(), sum, length: bytes.len() })
    }

    /// How many bytes it takes in memory.
    #[must_use]
    pub fn size(&self) -> usize {
        self.blocks.len()
    }

    /// The packed bytes, which clones share.
    #[must_use]
    pub fn blocks(&self) -> Bytes {
        self.blocks.clone()
    }

    /// What comes before the packed bytes and after them in the gzip file of `head`, what was
    /// packed, and `tail`.
    #[must_use]
    pub fn around(&self, head: &[u8], tail: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (mut before, mut after) = (HEADER.to_vec(), Vec::new());
        store(&mut before, head);
        store(&mut after, tail);
        after.extend([1, 0, 0, 0xff, 0xff]); // the last block, with nothing in it
        let mut sum = Hasher::new();
        sum.update(head);
        sum.combine(&self.sum);
        sum.update(tail);
        after.extend(sum.finalize().to_le_bytes());
        // Modulo 2^32, as the format has it.
        let length = (head.len() + self.length + tail.len()) as u32;
        after.extend(length.to_le_bytes());
        (before, after)
    }
}

/// Adds `bytes` as stored blocks.
fn store(file: &mut Vec<u8>, bytes: &[u8]) {
    for block in bytes.chunks(STORED_LIMIT) {
        let length = block.len() as u16;
        file.push(0);
        file.extend(length.to_le_bytes());
        file.extend((!length).to_le_bytes());
        file.extend(block);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::MultiGzDecoder;
    use proptest::prelude::*;

    use super::*;

    fn between(packed: &Packed, head: &[u8], tail: &[u8]) -> Vec<u8> {
        let (before, after) = packed.around(head, tail);
        [before, packed.blocks().to_vec(), after].concat()
    }

    fn unpacked(file: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        MultiGzDecoder::new(file).read_to_end(&mut bytes).unwrap();
        bytes
    }

    proptest! {
        #[test]
        fn what_is_packed_between_others_comes_out_with_them(
            head in "[ -~]{0,300}",
            data in "[ab\n]{0,3000}",
            tail in "[ -~]{0,300}",
        ) {
            let packed = Packed::new(data.as_bytes()).unwrap();
            let file = between(&packed, head.as_bytes(), tail.as_bytes());
            prop_assert_eq!(unpacked(&file), format!("{head}{data}{tail}").into_bytes());
        }
    }

    #[test]
    fn what_is_longer_than_a_stored_block_is_stored_in_several() {
        let (head, data) = (vec![b'h'; STORED_LIMIT + 1], vec![b'd'; 1 << 20]);
        let file = between(&Packed::new(&data).unwrap(), &head, b"");
        assert!(file.len() < head.len() + data.len() / 100);
        assert_eq!(unpacked(&file), [head, data].concat());
    }
}

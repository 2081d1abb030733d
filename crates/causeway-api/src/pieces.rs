//! Long answers, sent piece by piece: the same bytes go to all who ask, and no connection takes a
//! copy of the whole.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;

/// As much as is handed over at a time.
pub const PIECE: usize = 32 << 10;

/// A body of three parts, one after another.
#[derive(Debug)]
pub struct Pieces([Bytes; 3]);

impl Pieces {
    /// The body `head`, `data`, `tail`.
    #[must_use]
    pub fn new(head: Vec<u8>, data: Bytes, tail: &[u8]) -> Pieces {
        Pieces([head.into(), data, Bytes::copy_from_slice(tail)])
    }
}

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.iter().map(|part| part.len() as u64).sum())
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let part = self.0.iter_mut().find(|part| !part.is_empty());
        Poll::Ready(part.map(|part| Ok(part.split_to(part.len().min(PIECE)))))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::rt::System;

    use super::*;

    #[test]
    fn the_pieces_are_the_whole() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7] {
            let data: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            let body = Pieces::new(b"head".to_vec(), data.clone().into(), b"}");
            assert_eq!(body.size(), BodySize::Sized(length as u64 + 5));
            let sent = System::new().block_on(to_bytes(body)).unwrap();
            assert_eq!(sent, [b"head", &*data, b"}"].concat());
        }
    }
}

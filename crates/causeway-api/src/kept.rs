//! Answers that were made, kept as bytes under their tags, so that nobody makes them again.
//!
//! Whatever is here is right for ever, because a tag names everything that an answer depends on.
//! What was asked for least goes when there is too much.

use std::future::Future;
use std::sync::Arc;

use actix_web::web;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::packed::Packed;
use crate::problem::Problem;
use crate::tag::Tag;

/// How many bytes of answers are kept.
pub const KEPT_LIMIT: u64 = 64 << 20;
/// How many bytes of packed answers are kept beside them.
pub const KEPT_PACKED_LIMIT: u64 = 32 << 20;

/// What the memory of one answer is taken to be, beside its bytes.
const EACH: u64 = 256;
/// How many answers there are about, if each has 4 KiB.
const ANSWERS: usize = (KEPT_LIMIT / 4_096) as usize;

/// Answers, as they are and packed.
#[derive(Debug)]
pub struct Kept {
    plain: Cache<Tag, Arc<Data>, Bytes>,
    packed: Cache<Tag, Arc<Packed>, Bytes>,
}

/// What is so, as it is sent.
#[derive(Debug)]
pub struct Data {
    /// The JSON of `data`.
    pub json: web::Bytes,
    /// The last item of a page that others follow.
    pub last: Option<String>,
}

/// Weighs answers by the memory they take.
#[derive(Debug, Clone)]
struct Bytes;

impl Weighter<Tag, Arc<Data>> for Bytes {
    fn weight(&self, _: &Tag, data: &Arc<Data>) -> u64 {
        let last = data.last.as_ref().map_or(0, String::len);
        EACH + (data.json.len() + last) as u64
    }
}

impl Weighter<Tag, Arc<Packed>> for Bytes {
    fn weight(&self, _: &Tag, packed: &Arc<Packed>) -> u64 {
        EACH + packed.size() as u64
    }
}

impl Default for Kept {
    fn default() -> Self {
        Kept::within(KEPT_LIMIT, KEPT_PACKED_LIMIT)
    }
}

impl Kept {
    /// Keeps at most so many bytes.
    fn within(plain: u64, packed: u64) -> Kept {
        Kept {
            plain: Cache::with_weighter(ANSWERS, plain, Bytes),
            packed: Cache::with_weighter(ANSWERS, packed, Bytes),
        }
    }

    /// What is kept under the tag, or else what `make` makes. It is made once, however many ask
    /// for it meanwhile.
    ///
    /// # Errors
    /// Where it cannot be made; the next who asks tries again.
    pub async fn or_make(
        &self,
        tag: &Tag,
        make: impl Future<Output = Result<Data, Problem>>,
    ) -> Result<Arc<Data>, Problem> {
        self.plain.get_or_insert_async(tag, async { make.await.map(Arc::new) }).await
    }

    /// What is kept under the tag.
    #[must_use]
    pub fn get(&self, tag: &Tag) -> Option<Arc<Data>> {
        self.plain.get(tag)
    }

    /// The same as [`Kept::or_make`], for whoever is beside the reactor.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn or_make_here(
        &self,
        tag: &Tag,
        make: impl FnOnce() -> Result<Data, Problem>,
    ) -> Result<Arc<Data>, Problem> {
        self.plain.get_or_insert_with(tag, || make().map(Arc::new))
    }

    /// The packed form that is kept under the tag, or else what `pack` packs, once.
    ///
    /// # Errors
    /// Where it cannot be packed.
    pub async fn or_pack(
        &self,
        tag: &Tag,
        pack: impl Future<Output = Result<Packed, Problem>>,
    ) -> Result<Arc<Packed>, Problem> {
        self.packed.get_or_insert_async(tag, async { pack.await.map(Arc::new) }).await
    }

    /// How many bytes are kept.
    #[must_use]
    pub fn weight(&self) -> u64 {
        self.plain.weight() + self.packed.weight()
    }

    #[cfg(test)]
    pub fn clear(&self) {
        self.plain.clear();
        self.packed.clear();
    }
}

#[cfg(test)]
mod tests {
    use actix_web::rt::System;
    use tokio::sync::oneshot;

    use super::*;

    fn tag(number: u8) -> Tag {
        Tag::numbered(number)
    }

    fn data(length: usize) -> Data {
        Data { json: vec![b'0'; length].into(), last: None }
    }

    #[test]
    fn what_is_kept_takes_no_more_than_its_limit() {
        System::new().block_on(async {
            let kept = Kept::within(64 << 10, 64 << 10);
            for number in 0..=255 {
                kept.or_make(&tag(number), async { Ok(data(4 << 10)) }).await.unwrap();
                assert!(kept.weight() <= 64 << 10, "{} bytes", kept.weight());
            }
            assert!(kept.weight() > 16 << 10, "nothing is kept");
        });
    }

    #[test]
    fn what_many_ask_for_at_once_is_made_once() {
        System::new().block_on(async {
            let kept = Kept::default();
            let (ready, made) = oneshot::channel::<()>();
            let slow = async {
                made.await.unwrap();
                Ok(data(1))
            };
            let other = async { panic!("it is being made already") };
            let tag = tag(1);
            let (first, second, ()) =
                tokio::join!(kept.or_make(&tag, slow), kept.or_make(&tag, other), async {
                    ready.send(()).unwrap()
                },);
            assert!(Arc::ptr_eq(&first.unwrap(), &second.unwrap()));
        });
    }

    #[test]
    fn what_could_not_be_made_is_tried_again() {
        System::new().block_on(async {
            let kept = Kept::default();
            let failing = async { Err(Problem::too_many_questions()) };
            kept.or_make(&tag(1), failing).await.unwrap_err();
            kept.or_make(&tag(1), async { Ok(data(1)) }).await.unwrap();
        });
    }
}

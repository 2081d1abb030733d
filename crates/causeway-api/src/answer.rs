//! Answers: pinned inputs, a tag that tells whether anything changed, and one shape.
//!
//! Whether the client has the answer already is decided before it is made.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, ETAG, LINK, VARY};
use actix_web::{HttpResponse, HttpResponseBuilder, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use causeway_domain::{Id, Kind, SubjectId};
use causeway_views::{AsOf, Asked, Page, Paging, Policy, Position, Seen, Snapshot, View};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::caller::Reader;
use crate::cursor::Cursor;
use crate::problem::Problem;
use crate::query::Sent;

/// An answer: what was asked, exactly, and what is so.
#[derive(Debug, Serialize, ToSchema)]
pub struct Answer<T> {
    /// The inputs; whoever asks with these gets the same answer again.
    pub as_of: AsOf,
    /// What is so.
    pub data: T,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerList<T> {
    /// The inputs; the same on every page.
    pub as_of: AsOf,
    /// What is so.
    pub data: Vec<T>,
    /// The `cursor` of the next page; null on the last.
    #[schema(required)]
    pub next: Option<String>,
}

/// What an answer depends on besides its inputs: the newest event on it tells whether the answer
/// may have changed.
#[derive(Debug, Clone)]
pub enum Touched {
    /// The events on one subject.
    Subject(Kind, Id),
    /// The events on all subjects of a kind.
    Kind(Kind),
    /// Any event.
    Anything,
    /// None: it changes with the software only.
    Nothing,
}

/// A reader's request with its inputs pinned.
#[derive(Debug, Clone)]
pub struct Answering {
    /// What can be read.
    pub snapshot: Arc<Snapshot>,
    /// What is asked.
    pub asked: Asked,
    /// What came with the request.
    pub sent: Sent,
    /// Who asks.
    pub reader: Reader,
}

/// A reader's request for a page of a list.
#[derive(Debug)]
pub struct Listing {
    /// The request.
    pub answering: Answering,
    /// The filters as they were sent.
    pub filters: Vec<(String, String)>,
    /// At most so many items.
    pub limit: usize,
    /// The last item of the page before.
    pub after: Option<String>,
}

impl Answering {
    /// Answers with one thing, if there is such a thing for this reader.
    ///
    /// # Errors
    /// Where there is not.
    pub fn one<T: Serialize>(
        &self,
        touched: &Touched,
        read: impl FnOnce(&View<'_>) -> Option<T>,
    ) -> Result<HttpResponse, Problem> {
        let tag = self.tag(touched);
        if self.has(&tag) {
            return Ok(self.head(HttpResponse::NotModified(), &tag).finish());
        }
        let view = self.snapshot.view(&self.asked);
        let data = read(&view).ok_or_else(|| Problem::not_found(&self.sent.path))?;
        if self.has_any() {
            return Ok(self.head(HttpResponse::NotModified(), &tag).finish());
        }
        let answer = Answer { as_of: self.asked.as_of(), data };
        Ok(self.head(HttpResponse::Ok(), &tag).json(answer))
    }

    /// Answers with what may take long to make: beside the reactor.
    ///
    /// # Errors
    /// Where that failed.
    pub async fn worked_out<T: Serialize>(
        self,
        touched: &Touched,
        read: impl FnOnce(&View<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let tag = self.tag(touched);
        if self.has(&tag) {
            return Ok(self.head(HttpResponse::NotModified(), &tag).finish());
        }
        let answering = self.clone();
        let body = web::block(move || {
            let data = read(&self.snapshot.view(&self.asked))?;
            let answer = Answer { as_of: self.asked.as_of(), data };
            serde_json::to_vec(&answer).map_err(Problem::internal)
        });
        let body = body.await??;
        if answering.has_any() {
            return Ok(answering.head(HttpResponse::NotModified(), &tag).finish());
        }
        let mut response = answering.head(HttpResponse::Ok(), &tag);
        Ok(response.content_type("application/json").body(body))
    }

    /// The same tag means the same `data`. It covers what was asked, for whom, and the newest
    /// event that can bear on it (rule 13).
    fn tag(&self, touched: &Touched) -> String {
        let chronicle = &self.snapshot.chronicle;
        // What came after the position asked for changes nothing, except what may be seen at all.
        let touched = self.touched(touched).min(self.asked.position);
        let party = match self.asked.policy {
            Policy::Party(_) => self.snapshot.streams(Kind::Actor).touched(),
            Policy::Best | Policy::Verified | Policy::Latest => None,
        };
        let places = self.sent.parameters.iter().any(|(name, _)| name == "area");
        let places = places.then(|| self.snapshot.streams(Kind::Place).touched()).flatten();
        let registers = (party.min(self.asked.position), places.min(self.asked.position));
        let positions = (touched, registers, chronicle.last_raise());
        let inputs = (self.asked.effective_at, self.asked.clearance, &self.sent.parameters);
        let covered = (env!("CARGO_PKG_VERSION"), &self.sent.path, inputs, positions);
        let hash = Sha256::digest(format!("{covered:?}"));
        format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16]))
    }

    fn touched(&self, touched: &Touched) -> Option<Position> {
        match touched {
            Touched::Subject(kind, id) => {
                // A subject that the reader does not know of must look like none at all.
                let chronicle = &self.snapshot.chronicle;
                let seen = Seen::new(chronicle, self.asked.position, self.asked.clearance);
                let stream = self.snapshot.streams(*kind).get(id);
                stream.filter(|stream| stream.is_known(seen)).and_then(|stream| stream.touched())
            }
            Touched::Kind(kind) => self.snapshot.streams(*kind).touched(),
            Touched::Anything => self.snapshot.chronicle.head(),
            Touched::Nothing => None,
        }
    }

    fn has(&self, tag: &str) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let known = self.sent.if_none_match.as_deref().unwrap_or_default();
        known.split(',').any(|known| opaque(known) == opaque(tag))
    }

    fn has_any(&self) -> bool {
        self.sent.if_none_match.as_deref().map(str::trim) == Some("*")
    }

    /// The headers that answers share.
    fn head(&self, mut response: HttpResponseBuilder, tag: &str) -> HttpResponseBuilder {
        response.insert_header((ETAG, tag));
        response.insert_header((CACHE_CONTROL, self.reader.cache_control()));
        response.insert_header((VARY, "authorization"));
        response
    }
}

impl Listing {
    /// # Errors
    /// Where the reader knows of no such subject.
    pub fn check_known(&self, subject: &SubjectId) -> Result<(), Problem> {
        let Answering { snapshot, asked, sent, .. } = &self.answering;
        match snapshot.view(asked).knows(subject) {
            true => Ok(()),
            false => Err(Problem::not_found(&sent.path)),
        }
    }

    /// Answers with a page of what `read` lists. Lists can be long, so they are made beside the
    /// reactor.
    ///
    /// # Errors
    /// Where that failed.
    pub async fn many<T: Serialize>(
        self,
        touched: Touched,
        read: impl FnOnce(&View<'_>, &Paging) -> Page<T> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let tag = self.answering.tag(&touched);
        if self.answering.has(&tag) || self.answering.has_any() {
            return Ok(self.answering.head(HttpResponse::NotModified(), &tag).finish());
        }
        let answering = self.answering.clone();
        let (body, next) = web::block(move || self.page(read)).await??;
        let mut response = answering.head(HttpResponse::Ok(), &tag);
        if let Some(next) = next {
            let next = format!("<{}?cursor={next}>; rel=\"next\"", answering.sent.path);
            response.insert_header((LINK, next));
        }
        Ok(response.content_type("application/json").body(body))
    }

    /// The page as it is sent, and the cursor of the next.
    fn page<T: Serialize>(
        self,
        read: impl FnOnce(&View<'_>, &Paging) -> Page<T>,
    ) -> Result<(Vec<u8>, Option<String>), Problem> {
        let Answering { snapshot, asked, .. } = &self.answering;
        let paging = Paging { after: self.after.clone(), limit: Some(self.limit) };
        let page = read(&snapshot.view(asked), &paging);
        let next = page.next.map(|after| self.cursor(after).to_string());
        let answer = AnswerList { as_of: asked.as_of(), data: page.items, next: next.clone() };
        let body = serde_json::to_vec(&answer).map_err(Problem::internal)?;
        Ok((body, next))
    }

    fn cursor(&self, after: String) -> Cursor {
        let asked = self.answering.asked.clone();
        Cursor {
            path: self.answering.sent.path.clone(),
            position: asked.position,
            known_at: asked.known_at,
            effective_at: asked.effective_at,
            policy: asked.policy,
            window: asked.window,
            clearance: asked.clearance,
            filters: self.filters.clone(),
            limit: self.limit,
            after,
        }
    }
}

//! Answers: pinned inputs, a tag that tells whether anything changed, and one shape.
//!
//! Whether the client has the answer already is decided before anything else. If not, what is kept
//! under the tag is sent, and only what is not kept is made. `as_of` and cursors are not kept:
//! they are what this request asked.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, ETAG, HeaderValue, LINK, VARY};
use actix_web::{HttpResponse, HttpResponseBuilder};
use causeway_domain::{Id, Kind, SubjectId};
use causeway_service::Question;
use causeway_views::{AsOf, Asked, Page, Paging, Policy, Position, Seen, Snapshot, View};
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Reader;
use crate::cursor::Cursor;
use crate::kept::Data;
use crate::packed::Packed;
use crate::pieces::{PIECE, Pieces};
use crate::problem::Problem;
use crate::query::{Sent, check_names};
use crate::rounds::{Told, Topic};
use crate::tag::{Covered, Tag};
use crate::turns::Length;

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
    /// Any event, and the time of knowing itself, which the answer prints.
    Knowing,
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
    /// What it was pinned from.
    pub question: Question,
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
    /// The subject it is about, where it is about one.
    pub subject: Option<SubjectId>,
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
    pub async fn one<T: Serialize>(
        &self,
        touched: &Touched,
        read: impl FnOnce(&View<'_>) -> Option<T> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let read = |answering: &Answering, view: &View<'_>| {
            let data = read(view).ok_or_else(|| Problem::not_found(&answering.sent.path))?;
            Data::of(&data)
        };
        self.answer(touched, Length::Short, read).await
    }

    /// Answers with what may take long to make. What is asked about now is as of when the work
    /// begins, and all who asked for it by then get the same answer.
    ///
    /// # Errors
    /// Where that failed.
    pub async fn worked_out<T: Serialize>(
        &self,
        touched: &Touched,
        read: impl FnOnce(&View<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        self.worked_out_as(touched, |view| Data::of(&read(view)?)).await
    }

    /// The same, with what is written as it is made.
    ///
    /// # Errors
    /// Where that failed.
    pub async fn worked_out_as(
        &self,
        touched: &Touched,
        read: impl FnOnce(&View<'_>) -> Result<Data, Problem> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let make = |_: &Answering, view: &View<'_>| read(view);
        if !self.question.is_about_now() {
            return self.answer(touched, Length::Long, make).await;
        }
        let tag = self.tag(touched);
        if self.has(&tag) {
            return Ok(self.unchanged(&tag));
        }
        if let Some(data) = self.sent.api.kept().get(&tag) {
            return self.unless_anything(&tag, data).await;
        }
        let told = self.round(touched, make).await?;
        let answering = Answering { asked: told.asked.clone(), ..self.clone() };
        match answering.has(&told.tag) {
            true => Ok(answering.unchanged(&told.tag)),
            false => answering.unless_anything(&told.tag, Arc::clone(&told.data)).await,
        }
    }

    /// The whole answer, unless the client has whatever there is.
    async fn unless_anything(&self, tag: &Tag, data: Arc<Data>) -> Result<HttpResponse, Problem> {
        match self.has_anything() {
            true => Ok(self.unchanged(tag)),
            false => self.full(tag, data, b"}").await,
        }
    }

    /// Takes part in the next round of answering this question.
    async fn round(
        &self,
        touched: &Touched,
        make: impl FnOnce(&Answering, &View<'_>) -> Result<Data, Problem> + Send + 'static,
    ) -> Result<Arc<Told>, Problem> {
        let Sent { api, path, parameters, .. } = &self.sent;
        let topic = Topic {
            path: path.clone(),
            parameters: parameters.clone(),
            clearance: self.reader.clearance,
        };
        let seat = api.rounds().join(topic);
        let (answering, touched, begun) = (self.clone(), touched.clone(), seat.ticket());
        let tell = move || {
            let api = answering.sent.api.clone();
            api.rounds().close(&begun);
            let answering = answering.asked_again()?;
            let tag = answering.tag(&touched);
            let data = api.kept().or_make_here(&tag, || answering.make(make))?;
            Ok(Told { asked: answering.asked, tag, data })
        };
        seat.answer(api.turns().work(Length::Long, tell)).await
    }

    /// The same question, asked now.
    fn asked_again(self) -> Result<Answering, Problem> {
        let service = self.sent.api.service();
        let (snapshot, asked) = service.ask_now(&self.question, self.reader.clearance)?;
        Ok(Answering { snapshot, asked, ..self })
    }

    async fn answer(
        &self,
        touched: &Touched,
        length: Length,
        read: impl FnOnce(&Answering, &View<'_>) -> Result<Data, Problem> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let tag = self.tag(touched);
        match self.unless_known(&tag, length, read).await? {
            None => Ok(self.unchanged(&tag)),
            Some(data) => self.full(&tag, data, b"}").await,
        }
    }

    /// Whether the client has what the tag stands for.
    fn has(&self, tag: &Tag) -> bool {
        self.sent.if_none_match.as_deref().is_some_and(|known| tag.is_among(known))
    }

    /// Whether the client has whatever there is: only what there is not is not known to it.
    fn has_anything(&self) -> bool {
        self.sent.if_none_match.as_deref().map(str::trim) == Some("*")
    }

    /// The data under the tag, made beside the reactor if it is not kept; none where the client
    /// has it already.
    async fn unless_known(
        &self,
        tag: &Tag,
        length: Length,
        read: impl FnOnce(&Answering, &View<'_>) -> Result<Data, Problem> + Send + 'static,
    ) -> Result<Option<Arc<Data>>, Problem> {
        if self.has(tag) {
            return Ok(None);
        }
        let api = &self.sent.api;
        let make = async {
            let answering = self.clone();
            api.turns().work(length, move || answering.make(read)).await
        };
        let data = api.kept().or_make(tag, make).await?;
        Ok((!self.has_anything()).then_some(data))
    }

    fn make(
        &self,
        read: impl FnOnce(&Answering, &View<'_>) -> Result<Data, Problem>,
    ) -> Result<Data, Problem> {
        let named = self.sent.parameters.iter();
        let named = named.map(|(name, value)| (name.as_str(), value.as_str()));
        check_names(&self.snapshot, &self.asked, named)?;
        read(self, &self.snapshot.view(&self.asked))
    }

    /// The same tag means the same `data` (rule 13): this is all that it depends on.
    fn tag(&self, touched: &Touched) -> Tag {
        let Asked { position, known_at, effective_at, clearance, .. } = self.asked;
        // What came after the position asked for changes nothing, except what may be seen at all.
        let by_then = |touched: Option<Position>| touched.min(position);
        let register = |kind: Kind| by_then(self.snapshot.streams(kind).touched());
        let asks_a_party = matches!(self.asked.policy, Policy::Party(_));
        let asks_an_area = self.sent.parameters.iter().any(|(name, _)| name == "area");
        Tag::of(&Covered {
            path: &self.sent.path,
            parameters: &self.sent.parameters,
            effective_at,
            known_at: matches!(touched, Touched::Knowing).then_some(known_at),
            clearance,
            touched: by_then(self.touched(touched)),
            actors: asks_a_party.then(|| register(Kind::Actor)).flatten(),
            places: asks_an_area.then(|| register(Kind::Place)).flatten(),
            last_raise: self.snapshot.chronicle.last_raise(),
        })
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
            Touched::Anything | Touched::Knowing => self.snapshot.chronicle.head(),
            Touched::Nothing => None,
        }
    }

    /// The answer to who has it already.
    fn unchanged(&self, tag: &Tag) -> HttpResponse {
        self.head(HttpResponse::NotModified(), tag).finish()
    }

    /// The whole answer, of which `tail` is what comes after `data`: what is kept, between what
    /// belongs to this request alone.
    async fn full(&self, tag: &Tag, data: Arc<Data>, tail: &[u8]) -> Result<HttpResponse, Problem> {
        let mut head = br#"{"as_of":"#.to_vec();
        serde_json::to_writer(&mut head, &self.asked.as_of()).map_err(Problem::internal)?;
        head.extend(br#","data":"#);
        let mut response = self.head(HttpResponse::Ok(), tag);
        response.content_type("application/json");
        if !self.sent.takes_gzip {
            return Ok(match data.json.len() < PIECE {
                true => response.body([&head, &*data.json, tail].concat()),
                false => response.body(Pieces::new(head, data.json.clone(), tail)),
            });
        }
        let api = &self.sent.api;
        let pack = api
            .turns()
            .work(Length::Short, move || Packed::new(&data.json).map_err(Problem::internal));
        let packed = api.kept().or_pack(tag, pack).await?;
        let (head, tail) = packed.around(&head, tail);
        response.insert_header((CONTENT_ENCODING, "gzip"));
        response.append_header((VARY, "accept-encoding"));
        Ok(response.body(Pieces::new(head, packed.blocks(), &tail)))
    }

    /// The headers that answers share.
    fn head(&self, mut response: HttpResponseBuilder, tag: &Tag) -> HttpResponseBuilder {
        response.insert_header((ETAG, tag.to_string()));
        response.insert_header((CACHE_CONTROL, self.reader.cache_control()));
        response.insert_header((VARY, "authorization"));
        response
    }
}

impl Data {
    /// What is sent of `data`.
    pub(crate) fn of(data: &impl Serialize) -> Result<Data, Problem> {
        serde_json::to_vec(data).map(Data::written).map_err(Problem::internal)
    }

    /// This JSON.
    pub(crate) fn written(mut json: Vec<u8>) -> Data {
        json.shrink_to_fit(); // kept answers weigh what they are long
        Data { json: json.into(), last: None }
    }
}

impl Listing {
    /// The list of what is on record about one subject, which the reader has to know of.
    #[must_use]
    pub fn on(self, subject: SubjectId) -> Listing {
        Listing { subject: Some(subject), ..self }
    }

    /// Answers with a page of what `read` lists.
    ///
    /// # Errors
    /// Where that failed.
    pub async fn many<T: Serialize>(
        &self,
        touched: &Touched,
        read: impl FnOnce(&View<'_>, &Paging) -> Page<T> + Send + 'static,
    ) -> Result<HttpResponse, Problem> {
        let tag = self.answering.tag(touched);
        let paging = Paging { after: self.after.clone(), limit: Some(self.limit) };
        let subject = self.subject.clone();
        let page = move |answering: &Answering, view: &View<'_>| {
            if subject.is_some_and(|subject| !view.knows(&subject)) {
                return Err(Problem::not_found(&answering.sent.path));
            }
            let page = read(view, &paging);
            Ok(Data { last: page.next, ..Data::of(&page.items)? })
        };
        match self.answering.unless_known(&tag, Length::Short, page).await? {
            None => Ok(self.answering.unchanged(&tag)),
            Some(data) => self.full(&tag, data).await,
        }
    }

    async fn full(&self, tag: &Tag, data: Arc<Data>) -> Result<HttpResponse, Problem> {
        let next = data.last.as_ref().map(|last| self.cursor(last.clone()).to_string());
        let tail = match &next {
            None => br#","next":null}"#.to_vec(),
            Some(next) => format!(r#","next":"{next}"}}"#).into_bytes(), // base64url
        };
        let mut response = self.answering.full(tag, data, &tail).await?;
        if let Some(next) = next {
            let next = format!("<{}?cursor={next}>; rel=\"next\"", self.answering.sent.path);
            let next = HeaderValue::from_str(&next).map_err(Problem::internal)?;
            response.headers_mut().insert(LINK, next);
        }
        Ok(response)
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

//! Bulletins: figures that were published, and can be computed again.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use causeway_domain::bulletin::Issued;
use causeway_domain::id::SubjectRef;
use causeway_domain::text::Title;
use causeway_domain::words::Classification;
use causeway_domain::{EventId, Id, Kind, Payload, Refusal, Time, bulletin, event};
use causeway_service::{Batch, Question, Receipt, Verdict};
use causeway_views::bulletins::{Bulletin, BulletinInFull};
use causeway_views::indicators::{self, Bucket, FORMULA};
use causeway_views::{Asked, Policy, Position, Snapshot, Window};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use strum::{Display, EnumString};
use utoipa::{IntoParams, ToSchema};

use super::history::Between;
use super::named;
use crate::Api;
use crate::answer::{Answer, AnswerList, Touched};
use crate::body::read_json;
use crate::caller::{Reader, Recorder};
use crate::code::Code;
use crate::parameters::{Given, NoParameters, word};
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, Item, List, Paged, check_names};
use crate::responses::{Issuing, Reading, ReadingFigures};
use crate::turns::Length;

/// What to publish. What is left out is as in GET /v1/indicators.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewBulletin {
    /// Id of the event, a UUID made by the client, best of version 7: it makes a repeat safe.
    id: Option<EventId>,
    /// `bulletin/<id>`, or `bulletin` for an id of the server's.
    #[serde(default = "any_bulletin")]
    #[schema(value_type = Option<String>, example = "bulletin/september-2023")]
    subject: SubjectRef,
    /// One line that names it.
    title: Option<Title>,
    /// Start of the period.
    from: Time,
    /// End of the period, not included.
    to: Time,
    /// How the period is cut.
    bucket: Option<Bucket>,
    /// Only what touches this corridor.
    corridor: Option<Id>,
    /// Only what lies in this place, by id or P-code.
    area: Option<Title>,
    /// Only deliveries of this organisation, and the lag of what it recorded.
    organisation: Option<Id>,
    /// The time in the world that is asked about.
    effective_at: Option<Time>,
    /// The time of knowing.
    known_at: Option<Time>,
    /// The position of knowing, instead of `known_at`.
    at_position: Option<Position>,
    /// How one answer is made of many claims.
    #[serde(default, deserialize_with = "from_text")]
    #[schema(value_type = Option<String>, example = "best")]
    policy: Option<Policy>,
    /// How long a claim counts against newer ones, in hours.
    #[serde(default, deserialize_with = "from_number")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 8760, example = 72)]
    window_hours: Option<Window>,
    /// Who may read it, and so how sensitive an event it may rest on; `public` where left out.
    #[serde(default = "anybody")]
    #[schema(value_type = Option<Classification>)]
    dataclassification: Classification,
}

fn any_bulletin() -> SubjectRef {
    SubjectRef { kind: Kind::Bulletin, id: None }
}

fn anybody() -> Classification {
    Classification::Public
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Policy>, D::Error> {
    let text: Option<String> = Deserialize::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}

fn from_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Window>, D::Error> {
    let hours: Option<u32> = Deserialize::deserialize(deserializer)?;
    hours.map(|hours| hours.to_string().parse().map_err(serde::de::Error::custom)).transpose()
}

impl NewBulletin {
    fn question(&self) -> Question {
        Question {
            effective_at: self.effective_at,
            known_at: self.known_at,
            at_position: self.at_position,
            policy: self.policy.clone().unwrap_or(Policy::Best),
            window: self.window_hours.unwrap_or_default(),
        }
    }

    fn figures(&self) -> Result<indicators::Question, Problem> {
        Ok(indicators::Question {
            period: Between { from: Some(self.from), to: Some(self.to) }.period()?,
            bucket: self.bucket,
            corridor: self.corridor.clone(),
            area: self.area.as_ref().map(ToString::to_string),
            organisation: self.organisation.clone(),
            with_events: false,
        })
    }

    /// The names that somebody must have used.
    fn named(&self) -> impl Iterator<Item = (&str, &str)> {
        let named = [
            ("corridor", self.corridor.as_ref().map(Id::as_str)),
            ("area", self.area.as_deref()),
            ("organisation", self.organisation.as_ref().map(Id::as_str)),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// What was issued before under this id, and when.
    fn before(&self, snapshot: &Snapshot) -> Option<(Time, Box<Issued>)> {
        let report = snapshot.report(snapshot.chronicle.position(&self.id?)?)?;
        let Payload::Bulletin(bulletin::Event::Issued(before)) = report.original.payload else {
            return None;
        };
        Some((report.time, before))
    }

    /// A repeat is the same bulletin: what was left to the moment is as it was then.
    fn settle(&self, asked: &mut Asked, before: &Issued) {
        if self.known_at.is_none() && self.at_position.is_none() {
            asked.position = Some(Position::from(before.position.0));
            asked.known_at = before.known_at.unwrap_or(asked.known_at);
        }
        if self.effective_at.is_none() {
            asked.effective_at = before.effective_at.unwrap_or(asked.effective_at);
        }
    }

    /// The event that issues it.
    fn event(
        &self,
        time: Time,
        asked: &Asked,
        formula: &str,
        values: &Map<String, Value>,
    ) -> Value {
        let data = json!({
            "title": self.title,
            "position": asked.position,
            "known_at": asked.known_at,
            "effective_at": asked.effective_at,
            "policy": asked.policy.to_string(),
            "window_hours": asked.window.hours(),
            "from": self.from,
            "to": self.to,
            "bucket": self.bucket,
            "corridor": self.corridor,
            "area": self.area,
            "organisation": self.organisation,
            "formula": formula,
            "values": values,
        });
        without_nulls(json!({
            "specversion": "1.0",
            "id": self.id,
            "type": "bulletin.issued.v1",
            "subject": self.subject,
            "time": time,
            "dataclassification": self.dataclassification,
            "data": without_nulls(data),
        }))
    }
}

/// What is left out is left out.
fn without_nulls(mut data: Value) -> Value {
    if let Some(members) = data.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    data
}

/// Publishes the figures of a period: computes them, and records them with everything they
/// depend on.
///
/// A bulletin rests on what its own readers may see: events above its `dataclassification` do not
/// count. Sending the same again under the same `id` is safe.
#[utoipa::path(
    tag = "bulletins",
    request_body(content = NewBulletin, example = json!({
        "id": "0192c7c8-6d2e-7a31-9d41-0f3c6a1be0b1",
        "subject": "bulletin/september-2023",
        "title": "The Lachin corridor in September 2023",
        "from": "2023-09-01T00:00:00+04:00",
        "to": "2023-10-01T00:00:00+04:00",
        "corridor": "lachin",
    })),
    responses((status = 201, description = "It is on record", body = Receipt), Issuing),
)]
#[post("/v1/bulletins")]
pub(super) async fn issue_bulletin(
    Recorder(caller): Recorder,
    _none: Given<NoParameters>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let new = new_bulletin(&read_json(&request, payload).await?)?;
    caller.may_see(new.dataclassification)?;
    let (api, figures) = (Api::of(&request).clone(), new.figures()?);
    let (snapshot, mut asked) = api.service().ask(&new.question(), new.dataclassification).await?;
    check_names(&snapshot, &asked, new.named())?;
    let event = match new.before(&snapshot) {
        // What it asked decides whether this is the same; what came out stands.
        Some((time, before)) => {
            new.settle(&mut asked, &before);
            new.event(time, &asked, &before.formula, &before.values)
        }
        None if asked.position.is_none() => {
            return Err(Problem::new(Code::InvalidEvent, "nothing was known then"));
        }
        None => {
            let computing = asked.clone();
            let compute = move || {
                let values = snapshot.view(&computing).published(&figures);
                values.map_err(|error| Problem::new(Code::TooWide, error))
            };
            let values = api.turns().work(Length::Long, compute).await?;
            new.event(Time::stamp(api.service().now()), &asked, FORMULA, &values)
        }
    };
    let event = event.to_string();
    let batch = Batch { events: vec![event::parse(&event)], atomic: false, dry_run: false };
    let verdict = api.service().record(caller, batch).await?.into_iter().next();
    match verdict.ok_or_else(|| Problem::internal("an event without a verdict"))? {
        Verdict::Recorded(receipt) => {
            let location = format!("/v1/bulletins/{}", receipt.subject.id);
            Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(receipt))
        }
        Verdict::Duplicate(receipt) => Ok(HttpResponse::Ok().json(receipt)),
        Verdict::Rejected(Refusal::TooLarge { size, limit }) => {
            let detail = format_args!(
                "the figures take {size} bytes, an event at most {limit}: name a corridor or an \
                 area, or ask for longer buckets"
            );
            Err(Problem::new(Code::TooWide, detail))
        }
        Verdict::Rejected(refusal) => Err(refusal.into()),
    }
}

fn new_bulletin(body: &[u8]) -> Result<NewBulletin, Problem> {
    serde_json::from_slice(body).map_err(|error| match error.is_data() {
        true => Problem::new(Code::InvalidEvent, error),
        false => Problem::new(Code::MalformedJson, error),
    })
}

/// The bulletins, by id, without their figures.
#[utoipa::path(
    tag = "bulletins",
    params(Paged, Inputs, Freshness),
    responses((status = 200, description = "A page of them", body = AnswerList<Bulletin>), Reading),
)]
#[get("/v1/bulletins")]
pub(super) async fn list_bulletins(
    reader: Reader,
    list: List<NoParameters>,
) -> Result<HttpResponse, Problem> {
    let (_, listing) = list.ask(reader).await?;
    listing.many(&Touched::Kind(Kind::Bulletin), |view, paging| view.bulletins(paging)).await
}

/// What a bulletin is compared with.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Beside {
    /// `now`: say what would be answered otherwise with what is known at the time asked, and
    /// which events changed it.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "now")]
    compare: Option<Compare>,
}

/// What a bulletin can be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, ToSchema)]
#[schema(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
enum Compare {
    /// What is known at the time asked.
    Now,
}

/// One bulletin: its figures as published, and computed again from the record as it was.
#[utoipa::path(
    tag = "bulletins",
    params(
        ("id" = Id, Path, description = "The bulletin's id", example = "september-2023"),
        Beside,
        Inputs,
        Freshness,
    ),
    responses(
        (status = 200, description = "The bulletin", body = Answer<BulletinInFull>),
        ReadingFigures,
    ),
)]
#[get("/v1/bulletins/{id}")]
pub(super) async fn get_bulletin(
    reader: Reader,
    id: web::Path<String>,
    item: Item<Beside>,
) -> Result<HttpResponse, Problem> {
    let id: Id = named(&id)?;
    let compares = item.wanted.compare == Some(Compare::Now);
    let answering = item.ask(reader).await?;
    let nothing = Problem::not_found(&answering.sent.path);
    let touched = match compares {
        true => Touched::Anything,
        false => Touched::Subject(Kind::Bulletin, id.clone()),
    };
    let read = answering.worked_out(&touched, move |view| {
        let bulletin = view.bulletin(&id, compares);
        bulletin.map_err(|error| Problem::new(Code::TooWide, error))?.ok_or(nothing)
    });
    read.await
}

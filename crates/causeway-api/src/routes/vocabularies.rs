//! Vocabularies: the closed lists of words that events are made of.

use std::sync::LazyLock;

use actix_web::{HttpResponse, get, web};
use causeway_domain::words::{Vocabulary, vocabularies};

use crate::answer::{Answer, Touched};
use crate::caller::Reader;
use crate::problem::Problem;
use crate::query::{Freshness, Inputs, Item};
use crate::responses::{Reading, ReadingOne};

static VOCABULARIES: LazyLock<Vec<Vocabulary>> = LazyLock::new(vocabularies);

/// All vocabularies, by name.
#[utoipa::path(
    tag = "registers",
    params(Inputs, Freshness),
    responses((status = 200, description = "All of them", body = Answer<Vec<Vocabulary>>), Reading),
)]
#[get("/v1/vocabularies")]
pub(super) async fn list_vocabularies(reader: Reader, item: Item) -> Result<HttpResponse, Problem> {
    item.ask(reader).await?.one(&Touched::Nothing, |_| Some(&*VOCABULARIES)).await
}

/// One vocabulary: its words in order, what each means, its code in a published standard.
#[utoipa::path(
    tag = "registers",
    params(
        ("name" = String, Path, description = "Its name", example = "corridor-statuses"),
        Inputs,
        Freshness,
    ),
    responses((status = 200, description = "The vocabulary", body = Answer<Vocabulary>), ReadingOne),
)]
#[get("/v1/vocabularies/{name}")]
pub(super) async fn get_vocabulary(
    reader: Reader,
    name: web::Path<String>,
    item: Item,
) -> Result<HttpResponse, Problem> {
    let named = move |one: &&Vocabulary| *one.name == **name;
    item.ask(reader).await?.one(&Touched::Nothing, move |_| VOCABULARIES.iter().find(named)).await
}

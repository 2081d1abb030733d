//! Who asks: the key in `Authorization: Bearer <key>`, or nobody in particular (rule 56).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use causeway_domain::words::Classification;
use causeway_service::Caller;
use causeway_service::keys::Role;

use crate::Api;
use crate::code::Code;
use crate::problem::Problem;

/// Somebody who may read, and how much.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// The most sensitive events that exist for this reader.
    pub clearance: Classification,
    /// Whether they came without a key, so that anybody gets the same answer.
    pub is_anonymous: bool,
}

impl Reader {
    /// Who is behind a request now.
    ///
    /// # Errors
    /// Where its key opens nothing, or not any more, or one is needed.
    pub fn of(request: &HttpRequest) -> Result<Reader, Problem> {
        match caller(request)? {
            Some(caller) => Ok(Reader { clearance: caller.clearance, is_anonymous: false }),
            None if Api::of(request).settings().anonymous_reads => {
                Ok(Reader { clearance: Classification::Public, is_anonymous: true })
            }
            None => Err(no_key()),
        }
    }

    /// Who may keep an answer to this reader: it is always asked for again before it is used.
    #[must_use]
    pub fn cache_control(self) -> &'static str {
        match self.is_anonymous {
            true => "public, no-cache",
            false => "private, no-cache",
        }
    }
}

/// Somebody who may record events; which ones, the service decides.
#[derive(Debug)]
pub struct Recorder(pub Caller);

/// Somebody who may make and revoke keys.
#[derive(Debug)]
pub struct Admin(pub Caller);

/// The public id of the key that a request came with, for the log of requests.
#[derive(Debug, Clone)]
pub struct KeyId(pub String);

impl FromRequest for Reader {
    type Error = Problem;
    type Future = Ready<Result<Reader, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Reader::of(request))
    }
}

impl FromRequest for Recorder {
    type Error = Problem;
    type Future = Ready<Result<Recorder, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(holder(request).and_then(|caller| match caller.role.records() {
            true => Ok(Recorder(caller)),
            false => Err(lacks_role(caller.role, "records nothing")),
        }))
    }
}

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Ready<Result<Admin, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(holder(request).and_then(|caller| match caller.role {
            Role::Admin => Ok(Admin(caller)),
            Role::Reader | Role::Reporter | Role::Assessor | Role::Auditor => {
                Err(lacks_role(caller.role, "may not manage keys"))
            }
        }))
    }
}

fn holder(request: &HttpRequest) -> Result<Caller, Problem> {
    caller(request)?.ok_or_else(no_key)
}

/// The holder of the key that came with the request. A key that opens nothing is refused even
/// where none is needed, so that its holder hears of it.
fn caller(request: &HttpRequest) -> Result<Option<Caller>, Problem> {
    let Some(header) = request.headers().get(AUTHORIZATION) else {
        return Ok(None);
    };
    let token = header.to_str().ok().and_then(bearer).ok_or_else(bad_key)?;
    let api = Api::of(request);
    let caller = api.keys().authenticate(token, api.service().now()).ok_or_else(bad_key)?;
    request.extensions_mut().insert(KeyId(caller.key.to_string()));
    Ok(Some(caller))
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then_some(token.trim())
}

fn no_key() -> Problem {
    let detail = "this needs a key, and none came with the request";
    Problem::new(Code::NotAuthenticated, detail)
        .with_header(WWW_AUTHENTICATE, r#"Bearer realm="causeway""#)
}

fn bad_key() -> Problem {
    let detail = "the key is unknown, revoked or expired, or was not sent as `Bearer <key>`";
    Problem::new(Code::NotAuthenticated, detail)
        .with_header(WWW_AUTHENTICATE, r#"Bearer realm="causeway", error="invalid_token""#)
}

fn lacks_role(role: Role, lack: &str) -> Problem {
    Problem::new(Code::NotPermitted, format_args!("a key with the role {role} {lack}"))
}

//! Preferences: what a client would like, and may not get (RFC 7240).

use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName};

/// Where a client says what it prefers.
pub const PREFER: HeaderName = HeaderName::from_static("prefer");
/// Where an answer says which of it was done.
pub const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// How long a client is kept waiting at most, however long it would wait.
pub const WAIT_LIMIT: Duration = Duration::from_secs(60);

/// How long the client would wait for an answer that says something. A preference that cannot be
/// understood is none, and of two the first counts.
pub fn wait(headers: &HeaderMap) -> Option<Duration> {
    let lines = headers.get_all(PREFER).filter_map(|line| line.to_str().ok());
    let mut preferences = lines.flat_map(|line| line.split(',')).map(|preference| {
        let preference = preference.split(';').next().unwrap_or_default();
        preference.split_once('=').unwrap_or((preference, ""))
    });
    let (_, seconds) = preferences.find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))?;
    let seconds = seconds.trim();
    let is_number = !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit());
    // A number too large to read is more than the limit all the same.
    is_number.then(|| seconds.parse().map_or(WAIT_LIMIT, Duration::from_secs).min(WAIT_LIMIT))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn seconds(lines: &[&'static str]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(PREFER, HeaderValue::from_static(line));
        }
        wait(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_found_among_other_preferences_and_capped() {
        assert_eq!(seconds(&["wait=20"]), Some(20));
        assert_eq!(seconds(&["respond-async, Wait = 7; foo=\"bar\""]), Some(7));
        assert_eq!(seconds(&["return=minimal", "wait=0"]), Some(0));
        assert_eq!(seconds(&["wait=3, wait=9"]), Some(3));
        assert_eq!(seconds(&["wait=61"]), Some(60));
        assert_eq!(seconds(&["wait=99999999999999999999999"]), Some(60));
    }

    #[test]
    fn what_cannot_be_understood_is_no_preference() {
        for line in ["", "wait", "wait=", "wait=soon", "wait=-1", "wait=+5", "wait=1.5", "waits=5"]
        {
            assert_eq!(seconds(&[line]), None, "{line}");
        }
    }
}

//! A witness, reached over HTTP.

use std::io;
use std::str::FromStr;
use std::time::Duration;

use causeway_log::note::Verifier;
use causeway_log::witness::Witness;
use serde_with::DeserializeFromStr;
use ureq::Agent;

/// How long a witness may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// No answer of a witness is longer.
const ANSWER_LIMIT: u64 = 64 << 10;

/// Whose signatures are asked for, and where.
#[derive(Debug, Clone, PartialEq, Eq, DeserializeFromStr)]
pub struct Address {
    key: Verifier,
    url: String,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        let wrong = || "expected the key of the witness, a space, and its URL".to_owned();
        let (key, url) = text.split_once(' ').ok_or_else(wrong)?;
        let key = key.parse().map_err(|error| format!("{}: {error}", wrong()))?;
        let is_url = url.starts_with("http://") || url.starts_with("https://");
        let url = url.trim_end_matches('/').to_owned();
        if is_url { Ok(Address { key, url }) } else { Err(wrong()) }
    }
}

/// A witness that can be asked.
pub struct Remote {
    address: Address,
    agent: Agent,
}

impl Remote {
    /// The witness at an address.
    #[must_use]
    pub fn at(address: Address) -> Remote {
        let agent = crate::remote::agent(|config| config.timeout_global(Some(PATIENCE)));
        Remote { address, agent }
    }
}

impl Witness for Remote {
    fn key(&self) -> &Verifier {
        &self.address.key
    }

    fn add_checkpoint(&self, request: &str) -> io::Result<(u16, String)> {
        let url = format!("{}/add-checkpoint", self.address.url);
        let sent = self.agent.post(url).content_type("text/plain; charset=utf-8").send(request);
        let mut response = sent.map_err(io::Error::other)?;
        let body = response.body_mut().with_config().limit(ANSWER_LIMIT).read_to_string();
        Ok((response.status().as_u16(), body.map_err(io::Error::other)?))
    }
}

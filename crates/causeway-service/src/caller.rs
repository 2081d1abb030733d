//! Who asks, and what they may do (CONTRACT.md, section 7; rule 16).

use causeway_domain::report;
use causeway_domain::words::Classification;
use causeway_domain::{Id, Payload, Producer, Refusal};

use crate::keys::Role;

/// The holder of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The public id of the key.
    pub key: Id,
    /// The organisation it speaks for.
    pub organisation: Id,
    /// What it may do.
    pub role: Role,
    /// How sensitive an event it may see and record.
    pub clearance: Classification,
    /// How sensitive an event is where the client does not say.
    pub default_classification: Classification,
}

impl Caller {
    /// The organisation as producer of an event.
    #[must_use]
    pub fn producer(&self) -> Producer {
        Producer::organisation_itself(&self.organisation)
    }

    /// Whether the caller may speak for anyone and import history.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// # Errors
    /// [`Refusal::NotPermitted`] where the role does not record such events.
    pub fn may_record(&self, payload: &Payload) -> Result<(), Refusal> {
        let judges =
            matches!(payload, Payload::Report(report::Event::Assessed(_)) | Payload::Bulletin(_));
        match self.role {
            Role::Reader | Role::Auditor => {
                Err(Refusal::NotPermitted("a reader's or auditor's key only reads"))
            }
            Role::Reporter if judges => Err(Refusal::NotPermitted(
                "only an assessor or an admin assesses and issues bulletins",
            )),
            Role::Reporter | Role::Assessor | Role::Admin => Ok(()),
        }
    }

    /// # Errors
    /// [`Refusal::NotPermitted`] where the producer is another organisation than the caller's.
    pub fn may_speak_for(&self, producer: Option<&Producer>) -> Result<(), Refusal> {
        let is_own = producer.is_none_or(|one| *one.organisation() == self.organisation);
        match is_own || self.is_admin() {
            true => Ok(()),
            false => {
                Err(Refusal::NotPermitted("`source` names another organisation than the key's"))
            }
        }
    }

    /// # Errors
    /// [`Refusal::AboveClearance`] where the event is more sensitive than the caller may see.
    pub fn may_see(&self, event: Classification) -> Result<(), Refusal> {
        match event <= self.clearance {
            true => Ok(()),
            false => Err(Refusal::AboveClearance { event, clearance: self.clearance }),
        }
    }
}

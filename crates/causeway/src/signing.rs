//! The keys that sign for a log: `signing.key` in the data folder, one on each line, in the form
//! that signed notes give them. While there are two, both sign.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use causeway_log::lasting;
use causeway_log::note::{Note, Signer};
use clap::Args;
use zeroize::Zeroizing;

use crate::folder::Folder;
use crate::{Refused, output};

/// Show, add and retire the keys that sign for the log
#[derive(Debug, Args)]
#[command(after_help = "\
What is printed is what others check signatures with: publish it where they trust you.
To change the key, add one, publish it, and retire the old one when everybody knows the new one;
the service has to be stopped for each step, and signs with both in between.

Examples:
  causeway keys signing --data ./data
  causeway keys signing --add --data ./data
  causeway keys signing --retire 5f1d7a84 --data ./data")]
pub struct Signing {
    /// Make one more key
    #[arg(long, conflicts_with = "retire")]
    add: bool,
    /// Take away the key of this id
    #[arg(long, value_name = "ID")]
    retire: Option<String>,
    /// Folder of the record; the service must be stopped
    #[arg(long, value_name = "DIR", env = "CAUSEWAY_DATA")]
    data: PathBuf,
}

impl Signing {
    /// Does what is asked for, and prints the keys that sign from then on.
    pub fn run(self) -> anyhow::Result<()> {
        let keys = Folder::open(&self.data)?.signing_keys();
        if self.add {
            keys.add()?;
        }
        if let Some(id) = self.retire {
            keys.retire(&id)?;
        }
        keys.existing()?.iter().try_for_each(|key| output::print(&key.verifier().to_string()))
    }
}

/// Longest name of a log, in bytes.
const ORIGIN_LIMIT: usize = 200;

/// The file of the keys that sign.
#[derive(Debug)]
pub struct SigningKeys {
    path: PathBuf,
    checkpoint: PathBuf,
}

impl SigningKeys {
    /// Those of the data folder `dir`.
    #[must_use]
    pub fn in_folder(dir: &Path) -> SigningKeys {
        SigningKeys { path: dir.join("signing.key"), checkpoint: dir.join("checkpoint") }
    }

    /// The keys, if any was made.
    ///
    /// # Errors
    /// Where they cannot be read, or are lost: then nobody can sign what goes on from what they
    /// signed.
    pub fn read(&self) -> anyhow::Result<Option<Vec<Signer>>> {
        let path = self.path.display();
        let text = lasting::read(&self.path).with_context(|| format!("cannot read {path}"))?;
        let Some(text) = text.map(Zeroizing::new) else {
            if self.checkpoint.exists() {
                bail!(
                    "{path} is lost, and {} was signed with it: put it back from where it is kept; \
                     OPERATIONS.md says what to do where it is gone for good",
                    self.checkpoint.display()
                );
            }
            return Ok(None);
        };
        let wrong = || format!("{path} does not hold keys that sign: put it back from a copy");
        let text = str::from_utf8(&text).with_context(wrong)?;
        let signers: Vec<Signer> =
            text.lines().map(str::parse).collect::<Result<_, _>>().with_context(wrong)?;
        match signers.as_slice() {
            [first, others @ ..] if others.iter().all(|one| one.name() == first.name()) => {}
            _ => bail!(wrong()),
        }
        Ok(Some(signers))
    }

    /// The keys, one made where there is none, for `origin` or a name that nobody else has.
    ///
    /// # Errors
    /// As `read`; and where they are of another origin.
    pub fn open(&self, origin: Option<&str>) -> anyhow::Result<Vec<Signer>> {
        match (self.read()?, origin) {
            (Some(signers), Some(origin)) if signers[0].name() != origin => bail!(
                "this log is called `{}` in what it has signed, for good; it cannot become `{origin}`",
                signers[0].name()
            ),
            (Some(signers), _) => Ok(signers),
            (None, origin) => {
                let signer = make(&origin.map_or_else(random_origin, |name| Ok(name.to_owned()))?)?;
                self.write(&[&signer])?;
                if origin.is_none() {
                    tracing::warn!(
                        origin = signer.name(),
                        "no --origin was given, so this log has a random name from now on"
                    );
                }
                Ok(vec![signer])
            }
        }
    }

    /// Makes one more key, which signs beside the others from the next start on.
    ///
    /// # Errors
    /// Where there is none yet, or it cannot be kept.
    pub fn add(&self) -> anyhow::Result<Signer> {
        let signers = self.existing()?;
        let new = make(signers[0].name())?;
        self.write(&signers.iter().chain([&new]).collect::<Vec<_>>())?;
        Ok(new)
    }

    /// Takes a key away, which signs no more from the next start on.
    ///
    /// # Errors
    /// Where there is no such key, it is the last, or the others cannot be kept.
    pub fn retire(&self, id: &str) -> anyhow::Result<()> {
        let signers = self.existing()?;
        let is_named = |signer: &&Signer| signer.verifier().id().to_string() == id;
        let (retired, left): (Vec<_>, Vec<_>) = signers.iter().partition(is_named);
        match (&retired[..], &left[..]) {
            ([], _) => Err(Refused(format!("no key that signs has the id `{id}`")).into()),
            (_, []) => Err(Refused("this is the only key that signs: add one first".into()).into()),
            _ if !self.have_signed(&left)? => Err(Refused(
                "the keys that would be left have not signed the last checkpoint: start the service \
                 once with all of them first"
                    .into(),
            )
            .into()),
            _ => self.write(&left),
        }
    }

    /// Whether one of `signers` has signed the last checkpoint, so that it can go on from it.
    fn have_signed(&self, signers: &[&Signer]) -> anyhow::Result<bool> {
        let Some(note) = lasting::read(&self.checkpoint)? else { return Ok(true) };
        let note: Note =
            String::from_utf8_lossy(&note).parse().context("the checkpoint is damaged")?;
        let keys: Vec<_> = signers.iter().map(|signer| signer.verifier()).collect();
        Ok(note.signed_by(&keys).is_ok())
    }

    /// The keys, of which there must be one.
    ///
    /// # Errors
    /// Where there is none.
    pub fn existing(&self) -> anyhow::Result<Vec<Signer>> {
        self.read()?.context("no key signs for this log yet: `causeway serve` makes one")
    }

    fn write(&self, signers: &[&Signer]) -> anyhow::Result<()> {
        let mut text = Zeroizing::new(String::new());
        for signer in signers {
            text.push_str(&signer.reveal());
            text.push('\n');
        }
        lasting::replace(&self.path, text.as_bytes())
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

fn make(origin: &str) -> anyhow::Result<Signer> {
    if origin.contains("://") || origin.ends_with('/') || origin.len() > ORIGIN_LIMIT {
        let why =
            "it is a URL without scheme and without `/` at the end, of 200 characters at most";
        return Err(Refused(format!("`{origin}` cannot be an origin: {why}")).into());
    }
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).context("the system gives no randomness")?;
    Signer::new(origin, &seed).map_err(|_wrong| {
        Refused(format!(
            "`{origin}` cannot be an origin: it has white space or `+` in it, or nothing"
        ))
        .into()
    })
}

fn random_origin() -> anyhow::Result<String> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).context("the system gives no randomness")?;
    Ok(format!("causeway.invalid/{:032x}", u128::from_be_bytes(bits)))
}

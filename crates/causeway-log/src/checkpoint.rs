//! Checkpoints: what a log says of itself, so few words that they can be signed (C2SP
//! tlog-checkpoint).

use std::fmt;
use std::str::FromStr;

use crate::tile::number;
use crate::tree::Hash;

/// The head of a log: so many entries, and the root of the tree over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: a URL without scheme, by recommendation.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)
    }
}

/// A text that is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a checkpoint: expected the origin, the size and the root, each on a line")]
pub struct NotACheckpoint;

/// Lines after the third are allowed, and mean nothing here.
impl FromStr for Checkpoint {
    type Err = NotACheckpoint;

    fn from_str(text: &str) -> Result<Checkpoint, NotACheckpoint> {
        let lines: Vec<_> = text.strip_suffix('\n').ok_or(NotACheckpoint)?.split('\n').collect();
        let [origin, size, root, ..] = lines[..] else { return Err(NotACheckpoint) };
        if lines.iter().any(|line| line.is_empty()) {
            return Err(NotACheckpoint);
        }
        Ok(Checkpoint {
            origin: origin.to_owned(),
            size: number(size).ok_or(NotACheckpoint)?,
            root: root.parse().map_err(|_wrong| NotACheckpoint)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "example.com/behind-the-sofa\n20852163\n\
                        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    #[test]
    fn a_checkpoint_reads_as_it_is_written() {
        let checkpoint: Checkpoint = TEXT.parse().unwrap();
        assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
        assert_eq!(checkpoint.size, 20_852_163);
        assert_eq!(checkpoint.to_string(), TEXT);
        assert_eq!(format!("{TEXT}an extension\n").parse(), Ok(checkpoint));
    }

    #[test]
    fn other_texts_are_none() {
        let lines: Vec<_> = TEXT.lines().collect();
        for wrong in [
            String::new(),
            "\n".to_owned(),
            TEXT.trim_end().to_owned(),
            TEXT.replace("20852163", "020852163"),
            TEXT.replace("20852163", "+20852163"),
            TEXT.replace("q2I=", "q2J="),
            TEXT.replace("q2I=", ""),
            format!("\n{TEXT}"),
            format!("{TEXT}\nextension\n"),
            format!("{}\n{}\n", lines[0], lines[1]),
        ] {
            assert_eq!(wrong.parse::<Checkpoint>(), Err(NotACheckpoint), "{wrong:?}");
        }
    }
}

//! What stands above the figures: what they are, where they were measured, and how to have them
//! again.

use std::path::Path;

use crate::machine;

const ABOUT: &str = "\
# Performance

Figures of the real executable over real HTTP, authentication, validation, hash tree and views
included, with what others do beside it on the same machine in the same minutes.
Rounds of all contestants alternate; a figure is the median of its rounds, with the range; a ratio
is taken round by round.
The callers share the processors with what they call.
Machines differ: of all this only ratios carry over to another one.
[PROFILES.md](PROFILES.md) says where the time goes, and of each target that is missed why, and what it
would take.

The record is a year of a country that does not exist: ten events to a subject, about 600 bytes each
as sent, notes in prose, sources that contradict each other, late reports, corrections, withdrawals,
disputes and assessments; the same seed gives the same bytes.
";

const AGAIN: &str = "\
```sh
cargo build --release --package causeway
crates/causeway-bench/setup target/bench-others
cargo run --release --manifest-path crates/causeway-bench/Cargo.toml -- all --write docs/PERFORMANCE.md
```

`-- all --help` shows how to measure one thing, a smaller record or a shorter day;
`-- generate --events N` prints the events.
";

/// The beginning of the page.
pub fn head(causeway: &Path) -> String {
    format!("{ABOUT}\n{}\n{AGAIN}", machine::described(causeway))
}

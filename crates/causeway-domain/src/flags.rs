//! What was remarkable about a report when it was recorded. The world is never refused; it is
//! flagged (rule 40).

use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use strum::{EnumCount, EnumIter, IntoEnumIterator, IntoStaticStr};
use utoipa::ToSchema;

/// One remark, judged when the event was recorded.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, EnumCount, EnumIter, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Recorded more than 24 hours after it happened.
    Late,
    /// Its time lies after the time of recording.
    Future,
    /// Older than the newest report on its subject.
    OutOfOrder,
    /// A step that the steps before it do not lead to.
    UnexpectedStep,
    /// On a delivery that was cancelled or closed.
    AfterEnd,
    /// It counts a line that the plan does not have.
    UnplannedLine,
    /// It counts a line in another unit than the plan.
    UnitMismatch,
    /// It names an actor that is not in the register.
    UnregisteredActor,
    /// It names a place that is not in the register.
    UnregisteredPlace,
    /// It is about something that was withdrawn, and has no effect.
    TargetWithdrawn,
}

/// A set of flags, printed as a list in the order of [`Flag`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags(u16);

impl Flags {
    /// Adds one flag.
    pub fn add(&mut self, flag: Flag) {
        self.0 |= 1 << flag as u16;
    }

    /// Adds a flag where `so`.
    pub fn add_if(&mut self, so: bool, flag: Flag) {
        if so {
            self.add(flag);
        }
    }

    /// These flags and `others`.
    #[must_use]
    pub fn with(self, others: Flags) -> Flags {
        Flags(self.0 | others.0)
    }

    /// One bit for each, the lowest [`Flags::BITS`].
    #[must_use]
    pub fn bits(self) -> u16 {
        self.0
    }

    /// How many flags there are.
    pub const BITS: u32 = Flag::COUNT as u32;

    /// The set of these bits; others do not count.
    #[must_use]
    pub fn from_bits(bits: u16) -> Flags {
        Flags(bits & ((1 << Flags::BITS) - 1))
    }

    /// Whether `flag` is among them.
    #[must_use]
    pub fn has(self, flag: Flag) -> bool {
        self.0 >> flag as u16 & 1 == 1
    }
}

impl Serialize for Flags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for flag in Flag::iter().filter(|flag| self.has(*flag)) {
            list.serialize_element(&flag)?;
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_printed_in_their_own_order() {
        let mut late = Flags::default();
        late.add(Flag::AfterEnd);
        late.add(Flag::Late);
        let mut withdrawn = Flags::default();
        withdrawn.add_if(true, Flag::TargetWithdrawn);
        withdrawn.add_if(false, Flag::Future);
        let printed = serde_json::to_string(&late.with(withdrawn)).unwrap();
        assert_eq!(printed, r#"["late","after_end","target_withdrawn"]"#);
        assert_eq!(serde_json::to_string(&Flags::default()).unwrap(), "[]");
    }

    #[test]
    fn every_flag_fits() {
        for one in Flag::iter() {
            let mut flags = Flags::default();
            flags.add(one);
            assert_eq!(Flags::from_bits(flags.bits()), flags);
            assert_eq!(Flag::iter().filter(|flag| flags.has(*flag)).collect::<Vec<_>>(), [one]);
        }
    }
}

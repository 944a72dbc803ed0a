//! The words of the glossary, in rows.
//!
//! Severity, outcome and the like are written as the names that `detect` gives them, and read back by those names.

use detect::{Confidence, Outcome, Role, Severity, Stage};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// A word out of a short list.
pub(super) trait Named: Copy + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// The name to show.
    fn name(self) -> &'static str;
}

macro_rules! named {
    ($($word:ty: $all:expr;)*) => {
        $(impl Named for $word {
            const ALL: &'static [Self] = &$all;

            fn name(self) -> &'static str {
                <$word>::name(self)
            }
        })*
    };
}

named! {
    Severity: Severity::ALL;
    Stage: Stage::ALL;
    Confidence: [Confidence::Anomaly, Confidence::Attempt, Confidence::Probable, Confidence::Confirmed];
    Outcome: [Outcome::Failure, Outcome::Unknown, Outcome::Success];
    Role: [Role::Objective, Role::Dress, Role::Surprise, Role::Outcome];
}

pub(super) fn serialize<T: Named, S: Serializer>(word: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(word.name())
}

pub(super) fn deserialize<'de, T: Named, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let name = String::deserialize(deserializer)?;
    let known = || T::ALL.iter().map(|word| word.name()).collect::<Vec<_>>().join(", ");
    let word = T::ALL.iter().find(|word| word.name() == name);
    word.copied().ok_or_else(|| D::Error::custom(format_args!("expected one of {}, not {name:?}", known())))
}

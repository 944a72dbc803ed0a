//! Sizes that the thing asked for can have.
//!
//! Files of keys, environments and accounts are short; web pages are seldom so. A dump of memory is never short. A
//! reply of an impossible size was something else.

use crate::outcome::Case;
use crate::signal::{Aim, Role, Signal, Way, Weight};

/// The size of the reply, beside what is asked for.
pub(crate) struct PlausibleSize;

impl Signal for PlausibleSize {
    fn name(&self) -> &'static str {
        "plausible-size"
    }

    fn role(&self) -> Role {
        Role::Outcome
    }

    fn about(&self) -> &'static str {
        "The size of the reply, beside the sizes that such a thing can have: files of keys are short, dumps of memory are long."
    }

    fn twin(&self) -> &'static str {
        "A short error page with the status 200."
    }

    fn needs(&self) -> accesslog::Fields {
        accesslog::Fields::BYTES
    }

    fn weigh(&self, case: &Case<'_>) -> Option<Weight> {
        let (_, bytes) = case.answer()?;
        if bytes == 0 || !matches!(case.evidence.way, Way::Document | Way::Read | Way::Fetch) {
            return None;
        }
        let (bits, expected) = match (case.evidence.signal().name(), &case.evidence.aim) {
            ("credential-file" | "local-file", _) | (_, Aim::Metadata { .. }) => {
                (short(bytes), "a short document, up to some kilobytes")
            }
            ("debug-endpoint", _) if case.evidence.what.contains("memory of a Java process") => {
                (long(bytes), "a dump of memory, many megabytes")
            }
            _ => return None,
        };
        (bits != 0).then(|| Weight { bits, seen: format!("{bytes} bytes"), expected: expected.to_owned() })
    }
}

fn short(bytes: u64) -> i32 {
    match bytes {
        0..=8_191 => 1,
        8_192..=24_575 => 0,
        24_576..=65_535 => -2,
        _ => -4,
    }
}

fn long(bytes: u64) -> i32 {
    match bytes {
        0..=99_999 => -4,
        100_000..=999_999 => 0,
        _ => 2,
    }
}

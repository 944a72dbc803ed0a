//! What the size of the reply says of the outcome, beside the sizes that the route answers others.
//!
//! A program that ignores the hostile parameter answers its usual page: the size is the usual one. A program that
//! obeys answers something else.

use crate::outcome::Case;
use crate::profile::Sizes;
use crate::signal::{Aim, Role, Signal, Way, Weight};

/// How many answers a route needs before its sizes are usual.
const ANSWERS_MIN: u64 = 5;

/// The size of the reply, beside the usual sizes.
pub(crate) struct ReplySize;

impl Signal for ReplySize {
    fn name(&self) -> &'static str {
        "reply-size"
    }

    fn role(&self) -> Role {
        Role::Outcome
    }

    fn about(&self) -> &'static str {
        "The size of the reply, beside the sizes that this route answers everyone else."
    }

    fn twin(&self) -> &'static str {
        "A route that answers every size tells nothing by one."
    }

    fn needs(&self) -> accesslog::Fields {
        accesslog::Fields::BYTES
    }

    fn weigh(&self, case: &Case<'_>) -> Option<Weight> {
        let (_, bytes) = case.answer()?;
        let seen = format!("{bytes} bytes");
        if bytes == 0 {
            return Some(Weight { bits: -4, seen: "an empty reply".to_owned(), expected: "a document".to_owned() });
        }
        // Who fetches what a header names shows it, and who does not answers as always.
        let is_asked_for = matches!(case.evidence.aim, Aim::Metadata { .. }) && case.evidence.way == Way::Inject;
        if !is_asked_for && !matches!(case.evidence.way, Way::Fetch | Way::Read | Way::Select) {
            return None;
        }
        let usual = case.usual();
        let total = usual.total();
        if total < ANSWERS_MIN {
            return None;
        }
        let (first, last) = usual.range();
        let range = format!(
            "{} to {} bytes, as {total} other answers of this route",
            Sizes::floor(first),
            Sizes::floor(last + 1).saturating_sub(1)
        );
        let bucket = Sizes::bucket(bytes);
        let is_inside = first <= bucket && bucket <= last;
        let is_beside = first <= bucket + 1 && bucket <= last + 1;
        let bits = match (is_inside, is_beside) {
            // More fields make a longer answer; a shorter one is a complaint.
            (false, false) if case.evidence.way == Way::Select && bucket < first => -3,
            (false, false) => 3,
            // Where the parameter is really fetched, sizes follow what was fetched; but not that of the answer where there
            // was nothing to fetch.
            _ if case.live().is_some() && !usual.is_of_nothing(bytes) => return None,
            (false, true) => -2,
            (true, _) => -5,
        };
        Some(Weight { bits, seen, expected: range })
    }
}

//! Answers that unrelated paths share.
//!
//! A single-page application answers 200 and its one page to whatever is asked for; so do many error pages. Such an
//! answer is known by its size, which paths share that have nothing else in common.

use crate::hash::Key;
use crate::outcome::Case;
use crate::profile::size_key;
use crate::signal::{Role, Signal, Way, Weight};

/// How many groups of routes, and of first segments, share an answer that means nothing.
const ROUTES_MIN: u32 = 8;
const HEADS_MIN: u32 = 3;

/// How far sizes may differ that are one page, in bytes: a time or a token in it.
const TOLERANCE_BYTES: u64 = 2;

/// An answer that everything gets.
pub(crate) struct SharedAnswer;

impl Signal for SharedAnswer {
    fn name(&self) -> &'static str {
        "shared-answer"
    }

    fn role(&self) -> Role {
        Role::Outcome
    }

    fn about(&self) -> &'static str {
        "The very answer that many unrelated paths get, or the site's front page: nothing was given away."
    }

    fn twin(&self) -> &'static str {
        "A secret that happens to have the size of such a page."
    }

    fn needs(&self) -> accesslog::Fields {
        accesslog::Fields::BYTES
    }

    fn weigh(&self, case: &Case<'_>) -> Option<Weight> {
        let (status, bytes) = case.answer()?;
        if bytes == 0 || matches!(case.evidence.way, Way::Inject | Way::Callout | Way::Leak) {
            return None;
        }
        let (profile, key) = (case.ground.profile(), Key::in_force());
        let expected = || "a size of its own".to_owned();
        if case.finding.is_root {
            return None;
        }
        if profile.roots.get(size_key(status, bytes, key)).is_some() {
            return Some(Weight { bits: -7, seen: format!("{bytes} bytes, as the front page"), expected: expected() });
        }
        let sharing = |bytes: u64| profile.shared.shared(size_key(status, bytes, key));
        let (routes, heads) =
            (bytes.saturating_sub(TOLERANCE_BYTES)..=bytes + TOLERANCE_BYTES).map(sharing).max().unwrap_or_default();
        // What sizes nearby share by chance: on a large site any size has its pages.
        let noise =
            (1..=8).map(|step| sharing(bytes + 16 + step).0 + sharing(bytes.saturating_sub(16 + step)).0).sum::<u32>()
                / 16;
        if routes < ROUTES_MIN + 2 * noise || heads < HEADS_MIN {
            return None;
        }
        Some(Weight {
            bits: -7,
            seen: format!("{bytes} bytes, as at least {routes} unrelated paths"),
            expected: expected(),
        })
    }
}

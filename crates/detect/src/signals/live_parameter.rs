//! Parameters from which this service really fetches.

use crate::outcome::Case;
use crate::signal::{Role, Signal, Way, Weight};

/// A parameter that ordinarily holds URLs.
pub(crate) struct LiveParameter;

impl Signal for LiveParameter {
    fn name(&self) -> &'static str {
        "live-parameter"
    }

    fn role(&self) -> Role {
        Role::Outcome
    }

    fn about(&self) -> &'static str {
        "The parameter is one that ordinarily holds URLs here: this service fetches what stands in it."
    }

    fn twin(&self) -> &'static str {
        "A parameter that holds URLs only to send browsers there."
    }

    fn weigh(&self, case: &Case<'_>) -> Option<Weight> {
        if case.evidence.way != Way::Fetch {
            return None;
        }
        case.answer()?;
        let (urls, clients) = case.live()?;
        let seen = format!("{urls} URLs from at least {clients} other clients stand in this parameter");
        Some(Weight { bits: 2, seen, expected: "a parameter that nobody else fills with URLs".to_owned() })
    }
}

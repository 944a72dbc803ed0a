//! One answer for different things, to one client.
//!
//! Where a log is too small to know the pages that everything gets, the client that tries many things shows them: a
//! server that gives three different documents the same size gives none of them.

use crate::outcome::Case;
use crate::signal::{Role, Signal, Way, Weight};

/// How many things must have got one answer.
const THINGS_MIN: usize = 3;

/// The same answer for different things.
pub(crate) struct ConstantAnswer;

impl Signal for ConstantAnswer {
    fn name(&self) -> &'static str {
        "constant-answer"
    }

    fn role(&self) -> Role {
        Role::Outcome
    }

    fn about(&self) -> &'static str {
        "The answer that this client got for other things too, or one that differs from it by the length of the target alone."
    }

    fn twin(&self) -> &'static str {
        "One thing asked for in several spellings gets one answer: that counts as one."
    }

    fn needs(&self) -> accesslog::Fields {
        accesslog::Fields::BYTES
    }

    fn weigh(&self, case: &Case<'_>) -> Option<Weight> {
        let (status, bytes) = case.answer()?;
        if bytes == 0 || matches!(case.evidence.way, Way::Inject | Way::Callout | Way::Leak) {
            return None;
        }
        let length = case.finding.target.as_ref().map_or(0, |target| target.len());
        let (same, echo) = case.ground.constant(case.finding.client_key, status, bytes, length);
        let expected = "a size of its own for each".to_owned();
        match (THINGS_MIN <= same, THINGS_MIN <= echo) {
            (true, _) => {
                Some(Weight { bits: -6, seen: format!("{bytes} bytes, as for {} other things", same - 1), expected })
            }
            (_, true) => Some(Weight {
                bits: -5,
                seen: format!(
                    "{bytes} bytes, the length of the target and a constant, as for {} other things",
                    echo - 1
                ),
                expected,
            }),
            _ => None,
        }
    }
}

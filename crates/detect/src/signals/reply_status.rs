//! What the status says of the outcome.

use crate::outcome::Case;
use crate::signal::{Role, Signal, Way, Weight};

/// The status of the reply.
pub(crate) struct ReplyStatus;

impl Signal for ReplyStatus {
    fn name(&self) -> &'static str {
        "reply-status"
    }

    fn role(&self) -> Role {
        Role::Outcome
    }

    fn about(&self) -> &'static str {
        "The status with which the server replied."
    }

    fn twin(&self) -> &'static str {
        "Many sites answer 200 to whatever is asked: the status alone never makes a theft."
    }

    fn needs(&self) -> accesslog::Fields {
        accesslog::Fields::STATUS
    }

    fn weigh(&self, case: &Case<'_>) -> Option<Weight> {
        let status = case.finding.status?;
        let bits = match status {
            200 | 203 | 206 => 2,
            201 | 202 => 1,
            204 | 205 => -2,
            304 => -1,
            300..=399 => -4,
            400..=499 => -6,
            500..=599 => -4,
            _ => return None,
        };
        // Text that some program may act on is acted on before the reply, or never: an answer proves nothing.
        let bits = if matches!(case.evidence.way, Way::Inject | Way::Callout | Way::Leak) { bits.min(0) } else { bits };
        (bits != 0).then(|| Weight {
            bits,
            seen: format!("status {status}"),
            expected: "an answer, 200, if it was reached".to_owned(),
        })
    }
}

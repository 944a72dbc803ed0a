//! Objectives hidden under more encoding than a browser puts on.

use crate::catalog::Grade;
use crate::decode::Layer;
use crate::request::Request;
use crate::signal::{Evidence, Role, Signal, Way};

/// An objective under two layers of encoding, or under one that browsers never write.
pub(crate) struct LayeredEncoding;

impl Signal for LayeredEncoding {
    fn name(&self) -> &'static str {
        "layered-encoding"
    }

    fn role(&self) -> Role {
        Role::Dress
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1027")
    }

    fn about(&self) -> &'static str {
        "Hides what it reaches for under more encoding than a browser puts on."
    }

    fn twin(&self) -> &'static str {
        "A URL inside a URL inside a URL is encoded thrice in good faith: encoding alone is no finding."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        let is_layered = |evidence: &&Evidence| {
            1 < evidence.trail.len() || evidence.trail.iter().any(|layer| *layer != Layer::Percent)
        };
        let Some(hidden) = out.iter().filter(is_layered).max_by_key(|evidence| evidence.trail.len()) else { return };
        let part = request.parts.iter().find(|part| part.field == hidden.field && *part.name == *hidden.name);
        if let Some(part) = part {
            let trail: Vec<&str> = hidden.trail.iter().map(|layer| layer.name()).collect();
            let seen = trail.join(" > ");
            let evidence =
                Evidence::new(Grade::Fair, Way::Inject, part, &hidden.trail, seen.as_bytes(), "encoding over encoding");
            out.push(evidence);
        }
    }
}

//! Hidden files that no catalogue names.
//!
//! A list of tools is never whole: each year brings a few that keep tokens in a folder of their own. What they
//! share is the dot. No page of a site links to a hidden file, but for the one folder that standards use.

use crate::catalog::Grade;
use crate::names::segments;
use crate::parts::Part;
use crate::request::{Field, Request};
use crate::signal::{Evidence, Role, Signal, Way};

/// Hidden names that are public on purpose (RFC 8615; archives of old sites).
const PUBLIC: [&[u8]; 4] = [b".well-known", b".netlify", b".vercel", b".within.website"];

/// Whether a text may be a path: in a parameter only what begins as one from a root is.
fn may_be_path(part: &Part, text: &[u8]) -> bool {
    let is_rooted = text.starts_with(b"~/") || text.starts_with(b"/") && !text.starts_with(b"//");
    part.field == Field::Path || part.kind.is_none() && is_rooted && !text.iter().any(|byte| b" ?<".contains(byte))
}

/// A hidden file or folder.
pub(crate) struct HiddenFile;

impl Signal for HiddenFile {
    fn name(&self) -> &'static str {
        "hidden-file"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1083")
    }

    fn about(&self) -> &'static str {
        "Asks for a hidden file: its name begins with a dot, and no catalogue knows it."
    }

    fn twin(&self) -> &'static str {
        "`/.well-known/` and a few folders of hosting services are public on purpose."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        let parts =
            request.parts.iter().enumerate().filter(|(_, part)| matches!(part.field, Field::Path | Field::Param));
        for (part_at, part) in parts {
            if request.is_own_storage || request.names.iter().any(|name| name.part == part_at) {
                continue;
            }
            let readings = part.readings.iter().filter(|reading| reading.bytes.has(b'.'));
            for reading in readings.filter(|reading| may_be_path(part, &reading.folded)) {
                let is_hidden = |segment: &&[u8]| {
                    matches!(segment, [b'.', letter, ..] if letter.is_ascii_alphanumeric()) && !PUBLIC.contains(segment)
                };
                if let Some(hidden) = segments(&reading.folded).find(is_hidden) {
                    let way = if part.field == Field::Path { Way::Document } else { Way::Read };
                    let evidence = Evidence::new(Grade::Fair, way, part, &reading.trail, hidden, "a hidden file");
                    out.push(evidence.reaching_for(&reading.folded));
                    break;
                }
            }
        }
    }
}

//! What the signals for names of files have in common.

use crate::catalog::{Grade, Kind};
use crate::names::Name;
use crate::request::{Field, Request};
use crate::signal::{Evidence, Way};

/// The files of one kind that a request names.
///
/// A document asked for by its path is another matter than a file named in a parameter: the one is answered by
/// the web server, the other by a program that may not be meant to open files.
pub(super) fn look(kind: Kind, request: &Request<'_>, out: &mut Vec<Evidence>) {
    // The owner's own programs fetch whatever lies in a bucket.
    if request.is_own_storage {
        return;
    }
    for part_at in 0..request.parts.len() {
        let of_part = || request.names.iter().filter(|name| name.part == part_at && name.rule.kind == kind);
        if of_part().any(|name| name.rule.grade == Grade::None) {
            continue;
        }
        // Of the rules that know a name the most telling speaks; of two alike the first found.
        let Some(name) = of_part().reduce(|best, name| if best.rule.grade < name.rule.grade { name } else { best })
        else {
            continue;
        };
        out.extend(evidence(kind, name, request));
    }
}

fn evidence(kind: Kind, name: &Name, request: &Request<'_>) -> Option<Evidence> {
    let part = &request.parts[name.part];
    let reading = &part.readings[name.reading];
    let way = match part.field {
        Field::Path | Field::Line | Field::Origin => Way::Document,
        // A switch makes the same answer longer, if there is one.
        Field::Param if kind == Kind::Debug && name.rule.is_of_params() => Way::Select,
        Field::Param if kind == Kind::Debug => Way::Document,
        Field::Param => Way::Read,
        _ => Way::Inject,
    };
    // A parameter holds names of many things; only what is seldom public tells.
    let is_common_value = way == Way::Read && !part.name.is_empty() && name.rule.grade < Grade::Fair;
    // What an agent or a referer names is text that nobody may ever act on.
    let is_idle_text = way == Way::Inject && name.rule.grade < Grade::Strong;
    if is_common_value || is_idle_text {
        return None;
    }
    let evidence = Evidence::new(name.rule.grade, way, part, &reading.trail, &name.piece, name.rule.holds);
    Some(if part.field == Field::Path { evidence.reaching_for(&reading.folded) } else { evidence })
}

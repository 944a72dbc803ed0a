//! Internal addresses in what a server is asked to fetch.

use crate::catalog::{Grade, ParamKind};
use crate::host::Reach;
use crate::names::Place;
use crate::parts::Part;
use crate::request::{Field, Request};
use crate::signal::{Evidence, Role, Signal, Way};

/// An address inside, in a place where the server may fetch from it.
pub(crate) struct InternalAddress;

impl Signal for InternalAddress {
    fn name(&self) -> &'static str {
        "internal-address"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1190")
    }

    fn about(&self) -> &'static str {
        "Names an address inside the network, or the machine itself, where the server may fetch from it."
    }

    fn twin(&self) -> &'static str {
        "A program on a desk logs in with `redirect_uri=http://127.0.0.1:…` (RFC 8252): the server sends the browser there and fetches nothing."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        for (part_at, part) in request.parts.iter().enumerate() {
            if !matches!(part.field, Field::Param | Field::Path | Field::Origin) {
                continue;
            }
            let inside = request.places.iter().filter(|place| {
                place.part == part_at && Reach::Callback < place.host.reach && place.host.reach < Reach::Metadata
            });
            let graded = inside.filter_map(|place| Some((grade(part, place)?, place)));
            if let Some((grade, place)) = graded.max_by_key(|(grade, place)| (*grade, place.host.reach)) {
                let seen = [&place.written[..], &place.path].concat();
                out.push(Evidence::new(
                    grade,
                    Way::Fetch,
                    part,
                    &part.readings[place.reading].trail,
                    &seen,
                    place.host.reach.words(),
                ));
            }
        }
    }
}

/// Whether the name of a parameter says that it holds a version.
fn names_version(name: &[u8]) -> bool {
    name == b"v"
        || ["ver", "release", "build", "firmware", "revision"]
            .iter()
            .any(|word| name.split(|byte| !byte.is_ascii_alphanumeric()).any(|part| part.starts_with(word.as_bytes())))
        || memchr::memmem::find(name, b"version").is_some()
}

/// How telling it is that this part names this place; `None` if it is not.
fn grade(part: &Part, place: &Place) -> Option<Grade> {
    let has_scheme = !place.scheme.is_empty();
    let has_more = 1 < place.path.len() || place.written.contains(&b':');
    let is_disguised = place.host.plain.is_some();
    match (part.kind, place.host.reach) {
        (Some(ParamKind::Redirect), Reach::Loopback | Reach::InternalName) if !is_disguised => None,
        (Some(ParamKind::Redirect), _) if !is_disguised => Some(Grade::Weak),
        (Some(ParamKind::Search), _) if !has_scheme => None,
        (_, Reach::InternalName) if !has_scheme => None,
        // Numbers in four parts are often versions; whoever means a host in such a space says how to reach it.
        (_, Reach::Reserved | Reach::Shared) if !has_scheme && !has_more => None,
        _ if !has_scheme && !has_more && names_version(&part.name) => None,
        (_, Reach::InternalName) => Some(Grade::Fair),
        _ if part.field == Field::Origin || is_disguised => Some(Grade::Likely),
        _ if has_scheme => Some(Grade::Likely),
        _ if has_more => Some(Grade::Fair),
        _ => Some(Grade::Weak),
    }
}

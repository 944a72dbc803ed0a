//! Metadata services of clouds: by their address in any spelling, by their names, and by their paths.
//!
//! Whoever can make a server fetch from its metadata service gets the keys of the server's role. No page of a site
//! does that in good faith, so the aim is told by the text alone; whether it was reached is told by the answer.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::catalog::{Answer, Grade, METADATA_PATHS, MetadataRule};
use crate::decode::Reading;
use crate::host::Reach;
use crate::parts::Part;
use crate::request::{Field, Request};
use crate::signal::{Aim, Evidence, Role, SEEN_BYTES_MAX, Signal, Way};
use crate::vocabulary::{Mark, Needle};

/// How far from the root of a server's own path a metadata path may begin: behind `/latest` or a date.
const ROOT_BYTES_MAX: usize = 12;

/// The metadata service of a cloud.
pub(crate) struct MetadataService;

impl Signal for MetadataService {
    fn name(&self) -> &'static str {
        "metadata-service"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1552.005")
    }

    fn about(&self) -> &'static str {
        "Makes the server ask the metadata service of its cloud, which hands out the keys of the server's role."
    }

    fn twin(&self) -> &'static str {
        "Pages that write about metadata services have such text in their own path, and many readers; scanners send it blindly and get the same answer everywhere."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        for (part_at, part) in request.parts.iter().enumerate() {
            let place =
                request.places.iter().find(|place| place.part == part_at && place.host.reach == Reach::Metadata);
            let is_beside_inside =
                request.places.iter().any(|place| place.part == part_at && Reach::Callback < place.host.reach);
            let path = part
                .readings
                .iter()
                .filter_map(|reading| Some((reading, metadata_path(part, reading, is_beside_inside)?)))
                .max_by_key(|(_, (rule, _))| rule.answer);
            match (place, path) {
                (None, None) => {
                    if let Some(reading) = part
                        .readings
                        .iter()
                        .find(|reading| reading.words.has(Mark::Place) && ADDRESS.find(&reading.folded).is_some())
                    {
                        let evidence = metadata(
                            part,
                            reading,
                            b"169.254.169.254",
                            "a cloud, by its address in the text",
                            Answer::Inside,
                            None,
                        );
                        out.push(Evidence { grade: Grade::Likely, ..evidence });
                    }
                }
                (Some(place), None) => {
                    let reading = &part.readings[place.reading];
                    let what = place.host.known_as.unwrap_or("a cloud");
                    let seen = [&place.written[..], &place.path].concat();
                    out.push(metadata(part, reading, &seen, what, Answer::Inside, None).reaching_for(&place.path));
                }
                (_, Some((reading, (rule, at)))) => {
                    let role = role_behind(rule, &reading.text[at + rule.text.len()..]);
                    let answer =
                        if rule.answer == Answer::List && role.is_some() { Answer::Secret } else { rule.answer };
                    let seen = place.filter(|place| std::ptr::eq(&part.readings[place.reading], reading)).map_or_else(
                        || reading.text[at..].to_vec(),
                        |place| [&place.written[..], &place.path].concat(),
                    );
                    out.push(
                        metadata(part, reading, &seen, rule.what, answer, role).reaching_for(&reading.folded[at..]),
                    );
                }
            }
        }
    }
}

fn metadata(
    part: &Part,
    reading: &Reading,
    seen: &[u8],
    what: &'static str,
    answer: Answer,
    role: Option<Box<[u8]>>,
) -> Evidence {
    let way = match part.field {
        Field::Path if reading.trail.is_empty() && part.readings[0].folded.starts_with(seen) => Way::Document,
        Field::Path | Field::Param | Field::Origin | Field::Host => Way::Fetch,
        _ => Way::Inject,
    };
    Evidence {
        aim: Aim::Metadata { answer, role },
        ..Evidence::new(Grade::Strong, way, part, &reading.trail, seen, what)
    }
}

/// The address of most metadata services. The beginning of it is a [`Mark::Place`].
static ADDRESS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"169.254.169.254"));

/// The most telling path of a metadata service in a text, and where it begins.
fn metadata_path(part: &Part, reading: &Reading, is_beside_inside: bool) -> Option<(&'static MetadataRule, usize)> {
    let mut best: Option<(&'static MetadataRule, usize)> = None;
    for &(needle, end) in &reading.words.places {
        let Needle::Metadata(rule) = needle else { continue };
        let rule = &METADATA_PATHS[usize::from(rule)];
        let at = end - rule.text.len();
        let is_at_root =
            part.field != Field::Path || is_beside_inside || at <= ROOT_BYTES_MAX && reading.folded.starts_with(b"/");
        let is_own = !rule.is_common || is_beside_inside;
        if is_at_root
            && is_own
            && best.is_none_or(|(other, _)| (other.answer, other.text.len()) < (rule.answer, rule.text.len()))
        {
            best = Some((rule, at));
        }
    }
    best
}

/// The role that is named behind a path that lists roles.
fn role_behind(rule: &MetadataRule, behind: &[u8]) -> Option<Box<[u8]>> {
    if rule.answer != Answer::List {
        return None;
    }
    let behind = behind.strip_prefix(b"/")?;
    let end = behind
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && !b"-_+=,.@".contains(byte))
        .unwrap_or(behind.len());
    if 0 < end && end <= SEEN_BYTES_MAX { Some(behind[..end].into()) } else { None }
}

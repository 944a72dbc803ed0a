//! Schemes by which a fetcher of pages is made to open files or speak to other services.

use crate::catalog::{Grade, ParamKind, SCHEMES, TextRule};
use crate::parts::Part;
use crate::request::{Field, Request};
use crate::signal::{Evidence, Role, Signal, Way};

/// Schemes whose URLs name a file of the server itself.
const OF_FILES: [&str; 11] =
    ["file", "netdoc", "local_file", "php", "glob", "phar", "zip", "rar", "zlib", "compress.zlib", "compress.bzip2"];

/// A URL of another scheme than the web's.
pub(crate) struct ForeignScheme;

impl Signal for ForeignScheme {
    fn name(&self) -> &'static str {
        "foreign-scheme"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1190")
    }

    fn about(&self) -> &'static str {
        "Gives a URL of another scheme than the web's, by which a fetcher of pages opens files or speaks to other services."
    }

    fn twin(&self) -> &'static str {
        "A link to a file server, in a parameter that names where to go next."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        for part in request.parts.iter().filter(|part| matches!(part.field, Field::Param | Field::Path | Field::Origin))
        {
            let mut readings = part.readings.iter().filter(|reading| reading.bytes.has(b':'));
            let found = readings.find_map(|reading| Some((reading, foreign(part, &reading.folded)?)));
            if let Some((reading, (rule, at))) = found {
                let way = if OF_FILES.contains(&rule.text) { Way::Read } else { Way::Fetch };
                out.push(Evidence::new(rule.grade, way, part, &reading.trail, &reading.text[at..], rule.what));
            }
        }
    }
}

/// The first URL of a foreign scheme in a text: its rule, and where it begins.
fn foreign(part: &Part, text: &[u8]) -> Option<(&'static TextRule, usize)> {
    let is_loose = matches!(part.kind, Some(ParamKind::Redirect | ParamKind::Search));
    memchr::memchr_iter(b':', text).find_map(|colon| {
        let start = text[..colon]
            .iter()
            .rposition(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b'_' | b'-'))
            .map_or(0, |at| at + 1);
        let rule = SCHEMES.iter().find(|rule| rule.text.as_bytes() == &text[start..colon])?;
        let rest = &text[colon + 1..];
        // `jar:` and its like hold another URL; behind the others a slash must follow, or they are words.
        let is_url = rest.starts_with(b"/") || rule.text == "jar" && scheme_follows(rest);
        let is_at_start = start == 0
            || match part.field {
                // Broken links leave all kinds of text in a path.
                Field::Path => text[start - 1] == b'/',
                // A lookup that names a scheme is another signal's.
                _ => {
                    matches!(text[start - 1], b'=' | b'"' | b'\'' | b'(' | b',' | b' ' | b'/' | b'+' | b'>' | b'@')
                        || text[..start].ends_with(b"url:")
                }
            };
        let is_telling = !is_loose || Grade::Fair < rule.grade;
        if is_url && is_at_start && is_telling { Some((rule, start)) } else { None }
    })
}

fn scheme_follows(rest: &[u8]) -> bool {
    ["http:", "https:", "file:", "ftp:"].iter().any(|scheme| rest.starts_with(scheme.as_bytes()))
}

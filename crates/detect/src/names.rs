//! What a request names: files by the catalogue, and hosts.
//!
//! Both are looked for once for all signals. A text may name several things, so it is also cut into the pieces
//! that a shell or a URL parser would make of it.

use std::ops::Range;

use crate::bytes::Bytes;
use crate::catalog::{FILES, FileRule, Grade, ParamKind};
use crate::decode::Reading;
use crate::host::{self, Host, Reach};
use crate::parts::Part;
use crate::request::Field;
use crate::vocabulary::Mark;

/// How many names or places of one request are kept.
const NAMES_MAX: usize = 64;

/// A file that a request names.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    /// The part that names it, by its place among the parts.
    pub(crate) part: usize,
    /// The reading in which it does, by its place among the readings.
    pub(crate) reading: usize,
    /// The rule that knows it.
    pub(crate) rule: &'static FileRule,
    /// The path, as it stands in the reading.
    pub(crate) piece: Vec<u8>,
}

/// A host that a request names.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) part: usize,
    pub(crate) reading: usize,
    pub(crate) host: Host,
    /// The host as it stands in the reading, in lower case.
    pub(crate) written: Vec<u8>,
    /// The scheme before it; empty where there is none.
    pub(crate) scheme: Vec<u8>,
    /// What stands behind it.
    pub(crate) path: Vec<u8>,
}

/// The files that the parts name.
pub(crate) fn names(parts: &[Part]) -> Vec<Name> {
    let mut out: Vec<Name> = Vec::new();
    for (part_at, part) in parts.iter().enumerate() {
        for (reading_at, reading) in
            part.readings.iter().enumerate().filter(|(_, reading)| !reading.words.files.is_empty())
        {
            let paths = Paths::new(part, &reading.folded);
            for rule in reading.words.files.iter().map(|rule| &FILES[usize::from(*rule)]) {
                let is_new = out.iter().all(|name| name.part != part_at || !std::ptr::eq(name.rule, rule));
                let piece = if is_new { paths.named(rule) } else { None };
                if let (Some(piece), true) = (piece, out.len() < NAMES_MAX) {
                    out.push(Name { part: part_at, reading: reading_at, rule, piece: piece.to_vec() });
                }
            }
        }
    }
    out
}

/// What of a text may be the path of a file. Many rules are held against it, so it is cut up once.
struct Paths<'t> {
    part: &'t Part,
    text: &'t [u8],
    /// The pieces, and which of the segments are theirs.
    pieces: Vec<(&'t [u8], Range<usize>)>,
    segments: Vec<&'t [u8]>,
}

impl<'t> Paths<'t> {
    fn new(part: &'t Part, text: &'t [u8]) -> Paths<'t> {
        let mut paths = Paths { part, text, pieces: Vec::new(), segments: Vec::new() };
        if part.field == Field::Param && !may_name_file(part.kind, text) {
            return paths;
        }
        // In a header only a path from a root is no prose.
        let is_sure = |piece: &&[u8]| part.field.is_target() || piece.starts_with(b"/") || piece.starts_with(b"~/");
        for piece in pieces(text).filter(is_sure) {
            let from = paths.segments.len();
            paths.segments.extend(segments(piece));
            paths.pieces.push((piece, from..paths.segments.len()));
        }
        paths
    }

    /// The piece of the text that the rule knows.
    fn named(&self, rule: &FileRule) -> Option<&'t [u8]> {
        let Paths { part, text, .. } = *self;
        if part.field == Field::Param && rule.matches_param(&part.name, text) {
            return Some(text);
        }
        // A page that lists a folder is no file, whatever the folder's name.
        if part.field == Field::Path && text.ends_with(b"/") && rule.is_of_files() {
            return None;
        }
        let pieces = self.pieces.iter().map(|(piece, segments)| (*piece, &self.segments[segments.clone()]));
        pieces.into_iter().find_map(|(piece, segments)| {
            let is_own_path = part.field == Field::Path && piece.starts_with(b"/");
            let is_named = rule.matches(segments, is_own_path)
                && (Grade::Fair < rule.grade || rule.grade == Grade::None || !is_word(part, segments));
            is_named.then_some(piece)
        })
    }
}

/// Folders of pages that write about things.
const OF_PROSE: [&[u8]; 14] = [
    b"articles",
    b"blog",
    b"blogs",
    b"docs",
    b"documentation",
    b"guide",
    b"guides",
    b"help",
    b"learn",
    b"news",
    b"products",
    b"tag",
    b"tags",
    b"wiki",
];

/// Whether a name without an ending is but a word: in a folder of pages that write about such things, in a title of
/// many words, or as the value of a parameter that does not name files.
fn is_word(part: &Part, segments: &[&[u8]]) -> bool {
    let Some((last, folders)) = segments.split_last() else { return false };
    if last.contains(&b'.') {
        return false;
    }
    match part.field {
        Field::Path => {
            folders.iter().any(|folder| OF_PROSE.contains(folder))
                || TITLE_DASHES_MIN <= last.iter().filter(|byte| **byte == b'-').count()
        }
        // A name of several words tied together is a program's own.
        Field::Param => folders.is_empty() && !last.contains(&b'_') && !names_file(&part.name),
        _ => false,
    }
}

/// From how many dashes on a name is a title.
const TITLE_DASHES_MIN: usize = 3;

/// Whether the name of a parameter says that it names a file.
pub(crate) fn names_file(name: &[u8]) -> bool {
    ["file", "path", "src", "download", "attach", "doc", "template", "include"]
        .iter()
        .any(|word| memchr::memmem::find(name, word.as_bytes()).is_some())
}

/// Endings of what a program is made of or set up by, and of what it writes down: no page shows it, and nobody downloads it.
const OF_PROGRAMS: [&[u8]; 30] = [
    b"asp",
    b"aspx",
    b"bak",
    b"cfg",
    b"cnf",
    b"conf",
    b"config",
    b"cs",
    b"db",
    b"env",
    b"inc",
    b"ini",
    b"java",
    b"jsp",
    b"key",
    b"log",
    b"old",
    b"pem",
    b"php",
    b"pl",
    b"properties",
    b"ps1",
    b"py",
    b"rb",
    b"sh",
    b"sql",
    b"sqlite",
    b"toml",
    b"yaml",
    b"yml",
];

/// Whether a path leads to a file of a program.
pub(crate) fn is_of_program(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or(path);
    let ending = name.iter().rposition(|byte| *byte == b'.').map(|dot| &name[dot + 1..]);
    ending.is_some_and(|ending| OF_PROGRAMS.iter().any(|one| ending.eq_ignore_ascii_case(one)))
}

/// Whether the value of a parameter may be the name of a file of the server, and not prose or a web page's address.
pub(crate) fn may_name_file(kind: Option<ParamKind>, text: &[u8]) -> bool {
    let is_rooted = text.starts_with(b"/") || text.starts_with(b"./") || has_step_up(text);
    match kind {
        Some(ParamKind::Search | ParamKind::Redirect) if !is_rooted => false,
        _ if is_web_address(text) => false,
        _ => is_rooted || !text.iter().any(|byte| matches!(byte, b' ' | b'+')),
    }
}

fn has_step_up(text: &[u8]) -> bool {
    memchr::memchr_iter(b'.', text).any(|at| text[at..].starts_with(b"../"))
}

/// Whether a text is the address of a page on a public host.
fn is_web_address(text: &[u8]) -> bool {
    (text.starts_with(b"http://") || text.starts_with(b"https://") || text.starts_with(b"//"))
        && host::hosts_in(text).iter().all(|found| found.host.reach <= Reach::Callback)
}

/// The pieces of a text that may be a path: between blanks, quotes, and the marks of shells and URLs.
pub(crate) fn pieces(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| APART.has(*byte)).filter(|piece| !piece.is_empty())
}

/// What stands between such pieces: blanks, quotes and marks.
static APART: Bytes = Bytes::of(b" \t\n\x0C\r\0\"'`|&;<>(){},=?#:!*+");

/// The segments of a path: empty ones and those of one dot left out, blanks and last dots trimmed.
pub(crate) fn segments(piece: &[u8]) -> impl Iterator<Item = &[u8]> {
    let trimmed = piece.split(|byte| *byte == b'/').map(|segment| {
        let segment = segment.trim_ascii();
        let end = segment.iter().rposition(|byte| *byte != b'.').map_or(segment.len(), |last| last + 1);
        &segment[..end]
    });
    trimmed.filter(|segment| !segment.is_empty() && *segment != b".")
}

/// The hosts that the parts name.
pub(crate) fn places(parts: &[Part]) -> Vec<Place> {
    let mut out: Vec<Place> = Vec::new();
    for (part_at, part) in parts.iter().enumerate() {
        for (reading_at, reading) in part.readings.iter().enumerate() {
            if !may_name_host(reading) {
                continue;
            }
            let mut found = host::hosts_in(&reading.folded);
            if part.field == Field::Path {
                found.extend(hosts_in_path(&reading.folded));
            }
            for found in found {
                let is_new = out
                    .iter()
                    .all(|place| place.part != part_at || place.host != found.host || place.path != found.path);
                if is_new && out.len() < NAMES_MAX {
                    let (written, scheme, path) = (found.written.to_vec(), found.scheme.to_vec(), found.path.to_vec());
                    out.push(Place { part: part_at, reading: reading_at, host: found.host, written, scheme, path });
                }
            }
        }
    }
    out
}

/// Whether a reading may name a host: names have a dot or stand behind a scheme or slashes, but for one.
fn may_name_host(reading: &Reading) -> bool {
    let text = &reading.folded;
    [b'.', b':'].into_iter().any(|byte| reading.bytes.has(byte))
        || text.starts_with(b"//")
        // The name is a mark.
        || reading.words.has(Mark::Place) && memchr::memmem::find(text, b"localhost").is_some()
}

/// The segments of a path that can be nothing but hosts: `/proxy/169.254.169.254/latest`, `/127.0.0.1:80/`.
fn hosts_in_path(path: &[u8]) -> Vec<host::Found<'_>> {
    let mut found = Vec::new();
    let mut rest = path;
    while let Some(at) = memchr::memchr(b'/', rest) {
        rest = &rest[at + 1..];
        let end = memchr::memchr(b'/', rest).unwrap_or(rest.len());
        let written = rest[..end].strip_prefix(b"@").unwrap_or(&rest[..end]);
        // A name without a dot says no more than a word, nor does a single number.
        if memchr::memchr2(b'.', b':', written).is_none() {
            continue;
        }
        let has_port = written.contains(&b':');
        let Some(host) = host::read(written)
            .filter(|host| !host.is_number && (host.is_address && host.plain.is_none() || written.contains(&b'.')))
        else {
            continue;
        };
        // An address with a port is meant to be called, if it is spelt as addresses are.
        let is_called = has_port
            && (host.plain.is_none() || written.starts_with(b"["))
            && matches!(host.reach, Reach::Private | Reach::LinkLocal | Reach::Unspecified | Reach::Loopback);
        if is_called || matches!(host.reach, Reach::Callback | Reach::Metadata) {
            found.push(host::Found { host, written, scheme: b"", path: &rest[end..] });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use accesslog::Record;

    use super::*;
    use crate::request::{Others, Request};

    fn named(target: &str) -> Vec<(Grade, String)> {
        let record = Record { target: Some(target.as_bytes()), ..Record::default() };
        let request = Request::new(&record, target.as_bytes(), Others::default());
        request.names.iter().map(|name| (name.rule.grade, String::from_utf8_lossy(&name.piece).into_owned())).collect()
    }

    #[test]
    fn files_are_named_however_they_are_reached() {
        for target in [
            "/.env",
            "/a/..%2f.env",
            "/x?f=../.env",
            "/x?f=%252e%252e%252f.env%00.jpg",
            "/x?f=file:///app/.env",
            "/static../.env",
            "/.env;.css",
            "/.env%20",
            "//.env/",
        ] {
            assert!(named(target).iter().any(|(grade, _)| *grade == Grade::Strong), "{target}: {:?}", named(target));
        }
    }

    #[test]
    fn prose_and_addresses_of_pages_name_no_files() {
        for target in [
            "/search?q=how+to+use+.env",
            "/search?q=.htpasswd",
            "/p?url=https://example.com/.env",
            "/login?next=wp-config.php",
            "/environment",
            "/blog/dotenv",
        ] {
            assert_eq!(named(target), [], "{target}");
        }
    }

    #[test]
    fn a_segment_of_a_path_may_be_a_host() {
        let hosts = |path: &str| hosts_in_path(path.as_bytes()).len();
        assert_eq!(hosts("/proxy/169.254.169.254/latest"), 1);
        assert_eq!(hosts("/127.0.0.1:80/"), 1);
        assert_eq!(hosts("/docs/10.0.0.1/notes"), 0, "versions look like addresses");
        assert_eq!(hosts("/api/metadata/x"), 0);
        assert_eq!(hosts("/hosts/192.168.1.1"), 0);
    }
}

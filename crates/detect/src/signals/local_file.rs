//! Files of the server outside the site: named from a root, or reached by steps up.

use crate::bytes::{Bytes, find_pair, has_pair};
use crate::catalog::{Grade, ParamKind, SYSTEM_FILES, TextRule};
use crate::names::{is_of_program, names_file};
use crate::parts::Part;
use crate::request::{Field, Request};
use crate::signal::{Evidence, Role, Signal, Way};
use crate::vocabulary::{Needle, PROGRAMS, ROOTS, VOCABULARY};

/// A file of the server that is no page.
pub(crate) struct LocalFile;

impl Signal for LocalFile {
    fn name(&self) -> &'static str {
        "local-file"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1083")
    }

    fn about(&self) -> &'static str {
        "Names a file of the system, or steps up out of the folder that it is meant to stay in."
    }

    fn twin(&self) -> &'static str {
        "Pages that write about such files have their names in a path of words; links of old pages step up once."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        for part in &request.parts {
            let evidence = system_file(part).or_else(|| steps_up(part)).or_else(|| rooted(part));
            let evidence = evidence.or_else(|| share(part)).or_else(|| top(part)).or_else(|| encoded_slash(part));
            let evidence = evidence.or_else(|| borrowed_ending(part));
            if let Some(evidence) = evidence.or_else(|| program(part)) {
                out.push(evidence);
            }
        }
    }
}

/// What a path tells, where a file of a program is likelier meant than a document.
fn raised(grade: Grade, path: &[u8]) -> Grade {
    if is_of_program(path) { grade.max(Grade::Likely) } else { grade }
}

fn way(part: &Part, has_steps: bool) -> Way {
    match part.field {
        Field::Path | Field::Origin if !has_steps => Way::Document,
        Field::Path | Field::Param | Field::Origin => Way::Read,
        _ => Way::Inject,
    }
}

/// A file of the system, wherever the text names it.
fn system_file(part: &Part) -> Option<Evidence> {
    part.readings.iter().find_map(|reading| {
        let straightened = straightened(&reading.folded);
        let words = straightened.as_deref().map(|text| VOCABULARY.words(text, 0, false));
        let text = straightened.as_deref().unwrap_or(&reading.folded);
        let mut best: Option<(&TextRule, usize)> = None;
        for &(needle, end) in &words.as_ref().unwrap_or(&reading.words).places {
            let Needle::System(rule) = needle else { continue };
            let rule = &SYSTEM_FILES[usize::from(rule)];
            let start = end - rule.text.len();
            if stands_alone(text, start, end) && best.is_none_or(|(other, _)| other.grade < rule.grade) {
                best = Some((rule, start));
            }
        }
        let (rule, start) = best?;
        // Prose names files with blanks around them; a search for one opens none.
        let is_prose = part.kind == Some(ParamKind::Search)
            && !text.starts_with(b"/")
            && !text.starts_with(b".")
            && !text.contains(&b':');
        let is_header_prose = !part.field.is_target() && rule.grade < Grade::Strong && !text[..start].ends_with(b"/");
        if is_prose || is_header_prose {
            return None;
        }
        Some(Evidence::new(
            if part.field == Field::Param { raised(rule.grade, text) } else { rule.grade },
            way(part, reading.folded.windows(2).any(|pair| pair == b"..")),
            part,
            &reading.trail,
            &text[start..],
            rule.what,
        ))
    })
}

/// The text with its slashes single and its steps walked, so that `/etc//./x/../passwd` is `/etc/passwd`; none if it is so.
fn straightened(text: &[u8]) -> Option<Vec<u8>> {
    let may_be_odd = |slash: usize| slash.checked_sub(1).is_some_and(|before| matches!(text[before], b'/' | b'.'));
    if !text.ends_with(b".") && !memchr::memchr_iter(b'/', text).any(may_be_odd) {
        return None;
    }
    let mut out: Vec<&[u8]> = Vec::new();
    for (number, segment) in text.split(|byte| *byte == b'/').enumerate() {
        match segment {
            b"" if 0 < number => {}
            b"." => {}
            b".." if out.last().is_some_and(|last| is_plain(last)) => {
                out.pop();
            }
            _ => out.push(segment),
        }
    }
    let mut joined = out.join(&b'/');
    if text.len() > 1 && text.ends_with(b"/") {
        joined.push(b'/');
    }
    if text.starts_with(b"/") && !joined.starts_with(b"/") {
        joined.insert(0, b'/');
    }
    Some(joined)
}

fn is_plain(segment: &[u8]) -> bool {
    !segment.is_empty() && segment.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether what stands between is no part of a longer word.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let before = start == 0 || !is_word(text[start - 1]);
    let after = text[end - 1] == b'/'
        || text.get(end).is_none_or(|byte| !is_word(*byte) || *byte == b'-' && end + 1 == text.len());
    before && after
}

/// Steps up: in a parameter any, in a path those that leave the root, are encoded, or hang on a word (`static..`).
fn steps_up(part: &Part) -> Option<Evidence> {
    if !matches!(part.field, Field::Path | Field::Param) {
        return None;
    }
    part.readings.iter().find_map(|reading| {
        let text = &reading.folded;
        let first = if reading.bytes.has(b'.') { find_pair(text, *b"..")? } else { return None };
        let pieces = || text.split(|byte| APART.has(*byte));
        // A step begins its piece, but for blanks.
        let begins = |at: usize| at.checked_sub(1).map(|before| text[before]);
        let may_be_step = |at: usize| begins(at).is_none_or(|byte| APART.has(byte) || byte.is_ascii_whitespace());
        let has_steps = memchr::memchr_iter(b'.', text).any(may_be_step);
        let steps = if has_steps { pieces().filter(|segment| is_step(segment)).count() } else { 0 };
        let is_odd = || {
            pieces().any(|segment| is_hanging(segment) || is_step(segment) && segment.contains(&b';'))
                || reading.text.windows(3).any(|step| matches!(step, b"..\\"))
        };
        let grade = match part.field {
            Field::Param if 1 < steps => Grade::Likely,
            Field::Param if part.kind == Some(ParamKind::Search) => return None,
            // One step leads out of a folder of documents as well, if a program lies there.
            Field::Param if 1 == steps && is_of_program(text) => Grade::Likely,
            Field::Param if 1 == steps && (text.contains(&b'/') || text == b"..") => Grade::Fair,
            Field::Path if leaves_root(text) => Grade::Likely,
            Field::Path if 0 < steps && !reading.trail.is_empty() => Grade::Fair,
            Field::Path if 1 < steps || is_odd() => Grade::Fair,
            // Browsers walk a step before they ask; a careless program does not.
            Field::Path if pieces().any(|segment| segment.trim_ascii() == b"..") => Grade::Weak,
            _ => return None,
        };
        Some(Evidence::new(grade, Way::Read, part, &reading.trail, &text[first..], "steps up out of its folder"))
    })
}

/// What stands between the pieces of a path that may be steps.
static APART: Bytes = Bytes::of(b"/?&=#\0");

/// Whether a segment steps up: dots alone, two or more, as some programs strip some of them; blanks and what
/// stands behind a `;` do not count.
fn is_step(segment: &[u8]) -> bool {
    let segment = segment.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    2 <= segment.len() && segment.iter().all(|byte| *byte == b'.')
}

/// Whether a step hangs on a word without a slash between them, by which a badly made alias is left.
fn is_hanging(segment: &[u8]) -> bool {
    match segment {
        [.., letter, b'.', b'.'] | [b'.', b'.', letter, ..] => letter.is_ascii_alphanumeric(),
        _ => false,
    }
}

fn leaves_root(path: &[u8]) -> bool {
    let mut depth = 0_i32;
    path.split(|byte| *byte == b'/').filter(|segment| !segment.is_empty()).any(|segment| {
        depth += if is_step(segment) { -1 } else { 1 };
        depth < 0
    })
}

/// A parameter that is a path from a root of the system, or from a drive.
fn rooted(part: &Part) -> Option<Evidence> {
    if part.field != Field::Param || part.kind.is_some() {
        return None;
    }
    part.readings.iter().find_map(|reading| {
        let text = &reading.folded;
        let is_drive = match text[..] {
            [letter, b':', b'/', b'/'] | [letter, b':', b'/'] => letter.is_ascii_alphabetic(),
            [letter, b':', b'/', next, ..] => letter.is_ascii_alphabetic() && next != b'/',
            _ => false,
        };
        let is_root = ROOTS.iter().any(|root| text.starts_with(root.as_bytes()) && is_below(root, text));
        (is_drive || is_root).then(|| {
            let grade = raised(Grade::Fair, text);
            Evidence::new(grade, Way::Read, part, &reading.trail, text, "a path from the root of the system")
        })
    })
}

/// Whether a path below a root is one of the system: `/home/` is a page of many sites, a hidden file in it is none.
fn is_below(root: &str, text: &[u8]) -> bool {
    root != "/home/" || has_pair(text, *b"/.")
}

/// A file on a share of Windows: to open it the server logs in there, with a digest of its password.
fn share(part: &Part) -> Option<Evidence> {
    if part.field != Field::Param {
        return None;
    }
    part.readings.iter().find_map(|reading| {
        let rest = reading.text.strip_prefix(b"\\\\")?;
        let host = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b".-_@".contains(byte)).count();
        let is_share = 1 < host && rest.get(host) == Some(&b'\\');
        is_share.then(|| {
            Evidence::new(Grade::Fair, Way::Read, part, &reading.trail, &reading.text, "a file on a share of Windows")
        })
    })
}

/// The root of all folders, in a parameter that names one.
fn top(part: &Part) -> Option<Evidence> {
    if part.field != Field::Param || part.kind.is_some() {
        return None;
    }
    let reading = part.readings.iter().find(|reading| reading.folded == b"/")?;
    let names_folder = ["dir", "folder", "file", "src", "root"]
        .iter()
        .any(|word| memchr::memmem::find(&part.name, word.as_bytes()).is_some());
    (names_folder && !names_direction(&part.name))
        .then(|| Evidence::new(Grade::Weak, Way::Read, part, &reading.trail, b"/", "the root of all folders"))
}

/// Whether a name speaks of where to go (`redir`) or of an order (`dir`), not of a folder.
fn names_direction(name: &[u8]) -> bool {
    memchr::memmem::find(name, b"redir").is_some() || memchr::memmem::find(name, b"direction").is_some()
}

/// A segment of a path that is an encoded slash and nothing else: it has no name, so it is for a program's mistake.
fn encoded_slash(part: &Part) -> Option<Evidence> {
    let plain = &part.readings[0].folded;
    let is_slash = |segment: &[u8]| matches!(segment, b"%2f" | b"%5c" | b"%252f" | b"%255c");
    let is_alone = part.field == Field::Path && plain.split(|byte| *byte == b'/').any(is_slash);
    is_alone.then(|| Evidence::new(Grade::Weak, Way::Read, part, &[], plain, "an encoded slash for a name"))
}

/// A page under an ending that is not its own, `/users;.ico`: a guard that lets pictures pass lets it pass, and the
/// server takes what stands behind the `;` for no part of the name.
fn borrowed_ending(part: &Part) -> Option<Evidence> {
    if part.field != Field::Path {
        return None;
    }
    part.readings.iter().find_map(|reading| {
        let at = if reading.bytes.has(b';') { find_pair(&reading.folded, *b";.")? } else { return None };
        let ending = &reading.folded[at + 2..];
        let is_static = ["css", "gif", "html", "ico", "jpg", "js", "png", "svg", "txt", "woff"]
            .iter()
            .any(|known| ending == known.as_bytes());
        is_static.then(|| {
            Evidence::new(
                Grade::Fair,
                Way::Document,
                part,
                &reading.trail,
                &reading.text,
                "a page under a borrowed ending",
            )
        })
    })
}

/// A program of the site, named as a file to be read: its source holds what the page does not show.
fn program(part: &Part) -> Option<Evidence> {
    if part.field != Field::Param || part.kind.is_some() {
        return None;
    }
    part.readings.iter().find_map(|reading| {
        let text = &reading.folded;
        let is_program = PROGRAMS.iter().any(|ending| text.ends_with(ending.as_bytes()));
        let is_name = !text.iter().any(|byte| matches!(byte, b' ' | b'+' | b':' | b'?'));
        (is_program && is_name && names_file(&part.name)).then(|| {
            Evidence::new(Grade::Weak, Way::Read, part, &reading.trail, text, "a program of the site, read as a file")
        })
    })
}

#[cfg(test)]
mod tests {
    use accesslog::Record;

    use super::*;
    use crate::request::Others;

    fn grade(target: &str) -> Option<Grade> {
        let record = Record { target: Some(target.as_bytes()), ..Record::default() };
        let request = Request::new(&record, target.as_bytes(), Others::default());
        let mut out = Vec::new();
        LocalFile.look(&request, &mut out);
        out.iter().map(|evidence| evidence.grade).max()
    }

    #[test]
    fn files_of_the_system_are_known_in_any_text() {
        for target in [
            "/x?f=/etc/passwd",
            "/x?f=....//....//etc//passwd",
            "/..%2f..%2fetc/passwd",
            "/x?f=/etc/./a/../passwd%00.jpg",
            "/x?f=file:///etc/passwd",
            "/a/%c0%ae%c0%ae/etc/passwd",
            "/x?f=..%5c..%5cwindows%5cwin.ini",
            "/x?f=L2V0Yy9wYXNzd2Q",
            "/static/%255c..%255c..%255cwindows/win.ini",
            "/x?f=/proc/self/environ",
            "/WEB-INF/web.xml",
            "/x?page=etc/passwd%00",
        ] {
            assert!(grade(target).is_some(), "{target}");
        }
    }

    #[test]
    fn what_is_straight_already_is_told_so() {
        for text in ["", "/", "a", "/a/b/", "a.b/c", "/.a/..b", "x?f=/etc/passwd"] {
            assert_eq!(straightened(text.as_bytes()), None, "{text}");
        }
        for (text, want) in [
            ("/etc//./x/../passwd", "/etc/passwd"),
            ("//", "/"),
            ("/a/.", "/a"),
            ("..", ".."),
            ("./a", "a"),
            ("a../b", "a../b"),
        ] {
            assert_eq!(straightened(text.as_bytes()).as_deref(), Some(want.as_bytes()), "{text}");
        }
    }

    #[test]
    fn steps_up_are_known_without_a_file() {
        for target in [
            "/x?f=..\\pineapple",
            "/x?f=../../a",
            "/../../a",
            "/..;/..;/a",
            "/static../a",
            "/a/%2e%2e/b",
            "/x?p=..&f=a",
            "/.../.../a",
            "/a/%20../b/..%2f",
        ] {
            assert!(grade(target).is_some(), "{target}");
        }
    }

    #[test]
    fn one_step_or_a_root_and_a_file_of_a_program_is_likely() {
        for target in
            ["/x?f=../config.inc.php", "/x?f=..%2Fconf%2Fapp.ini", "/x?f=C%3A%5Cinetpub%5Cwwwroot%5Cshop.config"]
        {
            assert_eq!(grade(target), Some(Grade::Likely), "{target}");
        }
        for target in ["/x?f=../minutes.pdf", "/x?f=..%2Fpictures%2Fa.jpg", "/x?f=C%3A%5Creports%5Cmay.pdf"] {
            assert_eq!(grade(target), Some(Grade::Fair), "{target}");
        }
    }

    #[test]
    fn one_plain_step_in_a_path_is_weak() {
        assert_eq!(grade("/a/../b"), Some(Grade::Weak));
        assert_eq!(grade("/a/..;/b"), Some(Grade::Fair));
    }

    #[test]
    fn words_and_links_are_no_files() {
        for target in [
            "/blog/etc-passwd-explained",
            "/wiki/etc/passwd-file",
            "/a...b",
            "/x?q=what+is+etc/passwd",
            "/x?v=1..2",
            "/inetpublic/",
            "/x?range=1..10",
            "/news/and-so-on...",
        ] {
            assert_eq!(grade(target), None, "{target}");
        }
    }
}

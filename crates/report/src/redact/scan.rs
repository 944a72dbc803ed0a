//! What tells of a person by where it stands or how it is written: addresses, e-mail, the values of parameters that are
//! named for persons, identifiers in paths, the homes of users.
//!
//! What a finding is about must stay: addresses that belong to nobody (loopback, link-local, the metadata services), and
//! values that are a payload, a path or a URL rather than what their parameter is named for. In these only their parts are
//! looked at.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::Kind;

/// Words in the names of parameters, and what their values are.
const PARAMETERS: &[(&[&str], Kind)] = &[
    (&["email", "mail", "emails"], Kind::Email),
    (&["user", "username", "login", "uname", "usr", "userid", "account", "acct", "owner", "author"], Kind::User),
    (&["session", "sessionid", "sid", "phpsessid", "jsessionid", "sess", "csrf", "xsrf", "token"], Kind::Session),
    (&["name", "names", "firstname", "lastname", "fullname", "surname", "givenname", "nickname", "nick"], Kind::Name),
    (&["phone", "tel", "telephone", "mobile", "cell", "fax", "msisdn"], Kind::Phone),
    (&["address", "addr", "street", "zip", "zipcode", "postcode", "postal", "city", "lat", "lon", "lng"], Kind::Place),
    (
        &["birth", "dob", "birthday", "birthdate", "ssn", "passport", "iban", "card", "pan", "insurance"],
        Kind::Identifier,
    ),
    (&["id", "ids", "uid", "uuid", "guid", "customer", "client", "patient", "member", "employee"], Kind::Identifier),
    (&["order", "invoice", "booking", "ticket", "person", "subject", "student", "guest"], Kind::Identifier),
];

/// Words that make a name one of a thing: `file_name`, `host`.
const THINGS: [&str; 12] =
    ["file", "host", "path", "domain", "field", "table", "bucket", "role", "image", "class", "template", "server"];

/// Words of paths behind which the name of a user stands.
const OWNERS: [&str; 14] = [
    "user",
    "users",
    "member",
    "members",
    "profile",
    "profiles",
    "people",
    "person",
    "author",
    "authors",
    "customer",
    "customers",
    "patient",
    "patients",
];

/// Words behind those that are nobody's name.
const NOBODY: [&str; 20] = [
    "login", "logout", "me", "self", "new", "search", "list", "export", "settings", "all", "index", "signup",
    "register", "profile", "api", "current", "edit", "orders", "password", "photos",
];

/// All that tells of a person in a text, in no order; some of it may lie in other of it.
pub(super) fn found(text: &[u8]) -> Vec<(Range<usize>, Kind)> {
    let mut out = Vec::new();
    addresses(text, &mut out);
    emails(text, &mut out);
    parameters(text, &mut out);
    segments(text, &mut out);
    homes(text, &mut out);
    out
}

/// Whether an address is nobody's: of this machine, this link, many at once, or a metadata service.
pub(super) fn is_special(address: IpAddr) -> bool {
    const METADATA: [IpAddr; 4] = [
        IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
        IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
        IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
        IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    ];
    let is_of_link = match address {
        IpAddr::V4(address) => address.is_link_local() || address.is_broadcast(),
        IpAddr::V6(address) => address.segments()[0] & 0xffc0 == 0xfe80,
    };
    METADATA.contains(&address)
        || is_of_link
        || address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
}

/// Runs of bytes that are part of something.
fn runs(text: &[u8], is_part: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = None;
    for (at, byte) in text.iter().copied().chain([0]).enumerate() {
        match (start, is_part(byte) && at < text.len()) {
            (None, true) => start = Some(at),
            (Some(begun), false) => {
                out.push(begun..at);
                start = None;
            }
            _ => {}
        }
    }
    out
}

fn addresses(text: &[u8], out: &mut Vec<(Range<usize>, Kind)>) {
    let mut offer = |range: Range<usize>| {
        let address = std::str::from_utf8(&text[range.clone()]).ok().and_then(|text| text.parse::<IpAddr>().ok());
        if address.is_some_and(|address| !is_special(address)) {
            out.push((range, Kind::Client));
        }
    };
    for run in runs(text, |byte| byte.is_ascii_digit() || byte == b'.') {
        let end = run.end - text[run.clone()].iter().rev().take_while(|byte| **byte == b'.').count();
        let start = run.start + text[run.clone()].iter().take_while(|byte| **byte == b'.').count();
        if start < end && !is_version(&text[..start]) {
            offer(start..end);
        }
    }
    for run in runs(text, |byte| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.') {
        if 1 < text[run.clone()].iter().filter(|byte| **byte == b':').count() {
            // A mark of the sentence may stand behind it, and a port beside a literal stands outside its bracket.
            let end =
                run.end - usize::from(matches!(text[run.end - 1], b'.' | b':') && !text[..run.end].ends_with(b"::"));
            offer(run.start..end);
        }
    }
}

/// Whether a version stands behind this text, as in an agent: a word of its own and a slash (`Chrome/124.0.0.0`).
fn is_version(before: &[u8]) -> bool {
    let Some(rest) = before.strip_suffix(b"/") else { return false };
    let word = rest.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)).count();
    let apart = rest[..rest.len() - word].last();
    0 < word && apart.is_none_or(|byte| matches!(byte, b' ' | b'(' | b';' | b'+'))
}

fn emails(text: &[u8], out: &mut Vec<(Range<usize>, Kind)>) {
    let is_local = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte) || !byte.is_ascii();
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte) || !byte.is_ascii();
    for (at, _) in text.iter().enumerate().filter(|(_, byte)| **byte == b'@') {
        // A plus is a blank in a query, and part of a name elsewhere: it is taken in, as too much is better than too little.
        let host = &text[at + 1..];
        let before = text[..at].iter().rev().take_while(|byte| is_local(**byte) || **byte == b'+').count();
        let behind = host.iter().take_while(|byte| is_host(**byte)).count();
        if 0 < before && host[..behind].contains(&b'.') {
            out.push((at - before..at + 1 + behind, Kind::Email));
        }
    }
}

/// Values of parameters that are named for persons: `email=…`, `"email":"…"`, `"customer":7`.
fn parameters(text: &[u8], out: &mut Vec<(Range<usize>, Kind)>) {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.[]$".contains(byte);
    for at in 0..text.len() {
        let is_quoted = text[..at].ends_with(b"\"");
        let (name_end, start) = match text[at..] {
            [b'=', ..] => (at, at + 1),
            [b':', b'"', ..] if is_quoted => (at - 1, at + 2),
            [b':', b'0'..=b'9', ..] if is_quoted => (at - 1, at + 1),
            _ => continue,
        };
        let length = text[..name_end].iter().rev().take_while(|byte| is_name(byte)).count();
        let Some(kind) = kind_of(&text[name_end - length..name_end]) else { continue };
        let ends =
            |byte: &u8| matches!(byte, b'&' | b';' | b'#' | b'"' | b'\'' | b'<' | b'>' | b' ' | b'\n' | b',' | b'}');
        let value = &text[start..start + text[start..].iter().take_while(|byte| !ends(byte)).count()];
        if !value.is_empty() && !is_payload(value) {
            out.push((start..start + value.len(), kind));
        }
    }
}

/// What the value of a parameter of that name is, if it tells of a person.
fn kind_of(name: &[u8]) -> Option<Kind> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before = b'_';
    for byte in name.iter().copied() {
        let is_new = !byte.is_ascii_alphanumeric() || byte.is_ascii_uppercase() && before.is_ascii_lowercase();
        if is_new {
            words.push(String::new());
        }
        if byte.is_ascii_alphanumeric() {
            words.last_mut()?.push(char::from(byte.to_ascii_lowercase()));
        }
        before = byte;
    }
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(&THINGS) {
        return None;
    }
    PARAMETERS.iter().find(|(list, _)| has(list)).map(|(_, kind)| *kind)
}

/// Whether a value is what a finding may be about, rather than what its parameter is named for.
fn is_payload(value: &[u8]) -> bool {
    value.iter().any(|byte| b"/\\{}$()`|*!?".contains(byte)) || value.windows(2).any(|pair| pair == b"..")
}

/// Identifiers among the segments of paths, and what stands behind a word for people.
fn segments(text: &[u8], out: &mut Vec<(Range<usize>, Kind)>) {
    let path = text.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(text.len());
    let mut before: &[u8] = b"";
    for run in runs(&text[..path], |byte| !matches!(byte, b'/' | b' ' | b'"' | b'\'' | b'<' | b'>' | b',')) {
        let segment = &text[run.clone()];
        let slashes = text[..run.start].iter().rev().take_while(|byte| **byte == b'/').count();
        let is_owned = is_word(before, &OWNERS) && !is_word(segment, &NOBODY) && !is_payload(segment);
        // What stands behind two slashes is a host, and what stands behind none is no segment.
        let stem = run.start..run.start + stem(segment);
        let slashes = if is_version(&text[..run.start]) { 0 } else { slashes };
        if slashes == 1 && is_owned {
            out.push((run, Kind::Identifier));
        } else if slashes == 1 && is_identifier(&text[stem.clone()]) {
            out.push((stem, Kind::Identifier));
        }
        before = if slashes == 1 { segment } else { b"" };
    }
}

/// How long a segment is without its ending: `500417.pdf`.
fn stem(segment: &[u8]) -> usize {
    segment.iter().rposition(|byte| *byte == b'.').unwrap_or(segment.len())
}

fn is_word(segment: &[u8], list: &[&str]) -> bool {
    list.iter().any(|word| segment.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether a segment is a number, or a long text of hexadecimal digits, as those are by which records are told apart.
fn is_identifier(segment: &[u8]) -> bool {
    let digits = segment.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_hex = segment.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let is_number = digits == segment.len() && 2 < digits;
    let is_numbered = segment.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte)) && 4 < digits;
    is_number || is_numbered || is_hex && 16 <= segment.len()
}

/// The homes of users.
fn homes(text: &[u8], out: &mut Vec<(Range<usize>, Kind)>) {
    const HOMES: [&[u8]; 6] = [b"/home/", b"/Users/", b"\\Users\\", b"/users/", b"/~", b"/var/mail/"];
    let ends = |byte: &u8| matches!(byte, b'/' | b'\\' | b'?' | b'#' | b'&' | b' ' | b'"' | b'\'' | b':' | b';' | b'!');
    for home in HOMES {
        let places = (0..text.len()).filter(|at| text[*at..].starts_with(home)).map(|at| at + home.len());
        for start in places {
            let end = start + text[start..].iter().take_while(|byte| !ends(byte)).count();
            let name = &text[start..end];
            if !name.is_empty() && !name.starts_with(b".") && !is_word(name, &NOBODY) {
                out.push((start..end, Kind::User));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wanted: &[&str]) {
        let mut all: Vec<&str> = found(text.as_bytes()).into_iter().map(|(range, _)| &text[range]).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all, wanted, "{text}");
    }

    #[test]
    fn persons_are_found_where_they_stand() {
        check("/a?email=a.b@x.example&page=2", &["a.b@x.example"]);
        check("/a?firstName=Ann&last_name=Lee&q=shoes", &["Ann", "Lee"]);
        check("{\"phone\":\"+81-3\",\"x\":1}", &["+81-3"]);
        check("/api/orders/500123/items", &["500123"]);
        check("/invoices/500124.pdf?x=1", &["500124"]);
        check("/users/alice/orders", &["alice"]);
        check("file:///home/bob/.aws/credentials", &["bob"]);
        check("/~carol/x", &["carol"]);
        check("198.51.100.61 made this. And 2001:db8::7, too", &["198.51.100.61", "2001:db8::7"]);
        check("/block/198.51.100.9?from=http://198.51.100.8/", &["198.51.100.8", "198.51.100.9"]);
        check("/v/0e1c2d3f-aaaa-bbbb-cccc-0123456789ab", &["0e1c2d3f-aaaa-bbbb-cccc-0123456789ab"]);
        check("/a;jsessionid=A1B2", &["A1B2"]);
    }

    #[test]
    fn addresses_are_told_from_what_stands_beside_them() {
        check("from 198.51.100.61.", &["198.51.100.61"]);
        check("...198.51.100.61 x", &["198.51.100.61"]);
        check("from 2001:db8::7. And 2001:db8::8: x", &["2001:db8::7", "2001:db8::8"]);
        check("all of 2001:db8:: x", &["2001:db8::"]);
        check("GET /198.51.100.7 x", &["198.51.100.7"]);
        check("/198.51.100.7", &["198.51.100.7"]);
        check("... at 12:30 1.2.3", &[]);
        for nobody in ["fe80::1", "0.0.0.0", "224.0.0.1", "ff02::1", "255.255.255.255", "::1", "100.100.100.200"] {
            check(&format!("at {nobody} x"), &[]);
        }
        check("at fec0::1 x", &["fec0::1"]);
    }

    #[test]
    fn addresses_of_mail_are_found_without_a_name_before_them() {
        check("mail ann_b-c@x-y.example, and", &["ann_b-c@x-y.example"]);
        check("/m/ann.lee+tag@mail.example/z", &["ann.lee+tag@mail.example"]);
        check("é@ü.example", &["é@ü.example"]);
        check("@x.example", &[]);
        check("/@/a.b@c", &[]);
    }

    #[test]
    fn a_name_is_read_to_its_end_and_no_further() {
        check("/a?billing_city=Kyoto&homeCity=Nara", &["Kyoto", "Nara"]);
        check("{\"customer\":70,\"id\":500123}", &["500123", "70"]);
        check("{\"page\":70,\"user\":[1],\"user\":null}", &[]);
        check("users:bobby users:\"bobby\" users:500", &[]);
        check("??user&page=abc", &[]);
        check("/p?name=..x&nick=$x&user=", &[]);
        check("/p?file_name=x&hostUser=y", &[]);
    }

    #[test]
    fn segments_are_identifiers_by_their_form_or_by_the_word_before() {
        check("/members/alice/x", &["alice"]);
        check("/members/../a*b/members/a*b", &[]);
        check("http://members/alice", &[]);
        check("/a/12/123", &["123"]);
        check("/a/ab1234/ab-12345_c", &["ab-12345_c"]);
        check("/a/deadbeefdeadbee/deadbeef-deadbeef", &["deadbeef-deadbeef"]);
        check("/a/500417.json.bak/500418.backups", &["500418"]);
    }

    #[test]
    fn what_a_finding_is_about_stays() {
        for text in [
            "/p?url=http://169.254.169.254/latest/meta-data/iam/security-credentials/",
            "http://2852039166/latest/",
            "/p?user=../../etc/passwd",
            "/p?file_name=.env",
            "http://127.0.0.1:8080/",
            "/.env.production",
            "/computeMetadata/v1/instance",
            "/users/login",
            "version 1.2.3, at 17:49:02",
            "Mozilla/5.0 (X11) Chrome/124.0.0.0 Safari/537.36",
        ] {
            check(text, &[]);
        }
    }
}

//! What kind of thing a parameter holds.
//!
//! A class is told by the form of one value alone, percent encoding undone: what a person would say of it who sees
//! nothing else. Which class a parameter is of is a matter of counts.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use memchr::memmem;

use crate::decode;

/// What kind of thing a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueClass {
    /// Nothing.
    Empty,
    /// A number, or several with commas between them.
    Number,
    /// A date, or a time.
    Date,
    /// A UUID (RFC 9562).
    Uuid,
    /// A URL, or a host.
    Url,
    /// A path of this service.
    Path,
    /// A word, or several joined to a name.
    Word,
    /// Long, of letters and digits that change often: a digest, a key, a session.
    Token,
    /// Anything else.
    FreeText,
}

/// How many classes there are.
pub(crate) const CLASSES: usize = 9;

/// All classes, in the order of their numbers.
pub(crate) const ALL: [ValueClass; CLASSES] = [
    ValueClass::Empty,
    ValueClass::Number,
    ValueClass::Date,
    ValueClass::Uuid,
    ValueClass::Url,
    ValueClass::Path,
    ValueClass::Word,
    ValueClass::Token,
    ValueClass::FreeText,
];

impl ValueClass {
    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            ValueClass::Empty => "empty",
            ValueClass::Number => "number",
            ValueClass::Date => "date",
            ValueClass::Uuid => "uuid",
            ValueClass::Url => "url",
            ValueClass::Path => "path",
            ValueClass::Word => "word",
            ValueClass::Token => "token",
            ValueClass::FreeText => "free text",
        }
    }
}

/// How long a value is looked at, in bytes.
const VALUE_BYTES_MAX: usize = 1024;

/// How short a token may be, in bytes.
const TOKEN_BYTES_MIN: usize = 16;

/// How long a name of joined words may be, in bytes.
const WORD_BYTES_MAX: usize = 64;

/// A value, percent encoding undone (twice, as values within values are encoded), cut to what is looked at.
pub(crate) fn plain(value: &[u8]) -> Cow<'_, [u8]> {
    let value = &value[..value.len().min(VALUE_BYTES_MAX)];
    match decode::percent(value) {
        Some(once) => Cow::Owned(decode::percent(&once).unwrap_or(once)),
        None => Cow::Borrowed(value),
    }
}

/// The class of a value that is [`plain`].
pub(crate) fn class(value: &[u8]) -> ValueClass {
    if value.is_empty() {
        ValueClass::Empty
    } else if value.split(|byte| *byte == b',').all(is_number) {
        ValueClass::Number
    } else if is_date(value) {
        ValueClass::Date
    } else if is_uuid(value) {
        ValueClass::Uuid
    } else if host(value).is_some() {
        ValueClass::Url
    } else if is_path(value) {
        ValueClass::Path
    } else if is_token(value) {
        ValueClass::Token
    } else if is_word(value) {
        ValueClass::Word
    } else {
        ValueClass::FreeText
    }
}

fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let points = digits.iter().filter(|byte| **byte == b'.').count();
    points <= 1
        && digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && digits.first().is_some_and(u8::is_ascii_digit)
        && digits.last().is_some_and(u8::is_ascii_digit)
}

fn is_date(text: &[u8]) -> bool {
    let is_of_digits = |range: &[u8]| range.iter().all(u8::is_ascii_digit);
    7 <= text.len()
        && text.len() <= 35
        && is_of_digits(&text[..4])
        && matches!(text[4], b'-' | b'/')
        && is_of_digits(&text[5..7])
        && text[7..].iter().all(|byte| byte.is_ascii_digit() || b"-/:.+TZ ".contains(byte))
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The host that a value points to, in lower case, without its port; `None` where it is no URL and no host.
pub(crate) fn host(text: &[u8]) -> Option<Vec<u8>> {
    let rest = match memmem::find(&text[..text.len().min(16)], b"//") {
        Some(0) => &text[2..],
        Some(at) if text[at - 1] == b':' && is_scheme(&text[..at - 1]) => &text[at + 2..],
        _ => return bare_host(text),
    };
    let authority = authority(rest);
    let behind_user = authority.iter().rposition(|byte| *byte == b'@').map_or(authority, |at| &authority[at + 1..]);
    let host = without_port(behind_user);
    let is_host = !host.is_empty() && host.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(byte));
    is_host.then(|| host.to_ascii_lowercase())
}

fn is_scheme(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphabetic)
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
}

fn authority(text: &[u8]) -> &[u8] {
    &text[..text.iter().position(|byte| b"/?#\\".contains(byte)).unwrap_or(text.len())]
}

fn without_port(host: &[u8]) -> &[u8] {
    match host.iter().rposition(|byte| *byte == b':') {
        Some(at) if !host.ends_with(b"]") && host[at + 1..].iter().all(u8::is_ascii_digit) => &host[..at],
        _ => host,
    }
}

/// A host without a scheme: an address, `www.` something, or a name with a path behind it. `image.jpg` is none.
fn bare_host(text: &[u8]) -> Option<Vec<u8>> {
    let authority = authority(text);
    let host = without_port(authority);
    if str::from_utf8(host).is_ok_and(|host| host.parse::<Ipv4Addr>().is_ok()) {
        return Some(host.to_vec());
    }
    let labels: Vec<&[u8]> = host.split(|byte| *byte == b'.').collect();
    let is_label =
        |label: &&[u8]| !label.is_empty() && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let is_name = 2 <= labels.len()
        && labels.iter().all(is_label)
        && labels.last().is_some_and(|last| 2 <= last.len() && last.iter().all(u8::is_ascii_alphabetic));
    let has_path = authority.len() < text.len() && text[authority.len()] == b'/';
    let is_www = 3 <= labels.len() && labels[0].eq_ignore_ascii_case(b"www");
    (is_name && (has_path || is_www)).then(|| host.to_ascii_lowercase())
}

fn is_path(text: &[u8]) -> bool {
    text.starts_with(b"/") && text.iter().all(u8::is_ascii_graphic)
}

fn is_token(text: &[u8]) -> bool {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => 1,
        b'A'..=b'Z' => 2,
        b'a'..=b'z' => 3,
        _ => 0,
    };
    let is_of_digits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.+/=~".contains(byte);
    let changes = text.windows(2).filter(|pair| {
        let (one, other) = (kind(pair[0]), kind(pair[1]));
        one != 0 && other != 0 && one != other
    });
    TOKEN_BYTES_MIN <= text.len()
        && text.iter().all(is_of_digits)
        && text.iter().any(u8::is_ascii_digit)
        && text.len() <= changes.count() * 5
}

/// One word, or words joined by `-`, `_`, `.` or `:`. Letters of any language are letters.
fn is_word(text: &[u8]) -> bool {
    text.len() <= WORD_BYTES_MAX
        && str::from_utf8(text).is_ok_and(|text| {
            text.chars().any(char::is_alphabetic)
                && text.chars().all(|letter| letter.is_alphanumeric() || "-_.:".contains(letter))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_and_what_nearly_is_of_it() {
        use ValueClass::*;
        for (value, want) in [
            ("", Empty),
            ("4711", Number),
            ("-1.5", Number),
            ("1%2C2%2C3", Number),
            ("1.2.3", FreeText),
            ("4711a", Word),
            ("2024-05-01", Date),
            ("2024-05-01T10:00:00Z", Date),
            ("2024-may", Word),
            ("3f2b8c1e-0d4a-4c55-9a1b-2f6d7e8a9b0c", Uuid),
            ("3f2b8c1e-0d4a-4c55-9a1b-2f6d7e8a9b0", Token),
            ("https%3A%2F%2Fcdn.example%2Fa.jpg", Url),
            ("http%253A%252F%252Fcdn.example", Url),
            ("//cdn.example/a", Url),
            ("www.example.com", Url),
            ("example.com/a.jpg", Url),
            ("10.0.0.7:8080", Url),
            ("image.jpg", Word),
            ("com.example.app", Word),
            ("/account/orders", Path),
            ("https:", Word),
            ("blue-running-shoes-2024", Word),
            ("検索", Word),
            ("red+shoes", FreeText),
            ("a b", FreeText),
            ("9f86d081884c7d659a2feaa0c55ad015", Token),
            ("fk3Zp0Qx9LmT2vB8", Token),
            ("fk3Zp0Qx9LmT2vB", Word),
            ("getUserAccountInformation", Word),
        ] {
            assert_eq!(class(&plain(value.as_bytes())), want, "{value}");
        }
    }

    #[test]
    fn hosts_are_compared_without_what_is_around_them() {
        let check = |text: &str, want: Option<&str>| {
            assert_eq!(host(text.as_bytes()), want.map(|want| want.as_bytes().to_vec()), "{text}");
        };
        check("https://User:pw@CDN.example:8443/a?b", Some("cdn.example"));
        check("http://[::1]:80/", Some("[::1]"));
        check("https://", None);
        check("a b://c", None);
        check("not//a.url", None);
    }
}

//! gunicorn's `access_log_format`: Python's `%(name)s`.
//!
//! It escapes the double quote and nothing else, so a back-slash before a quote may be the client's own: what follows
//! the quote decides.

use super::field::Meaning;
use super::syntax::Syntax;
use super::{Dialect, Field, Kind, Layout, LayoutError, Piece};
use crate::Escape;

/// The layout of such a string.
pub(super) fn compile(text: &str) -> Result<Layout, LayoutError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(mark) = rest.find('%') {
        let at = text.len() - rest.len() + mark;
        pieces.push(Piece::literal(at, &rest[..mark]));
        rest = &rest[mark..];
        if let Some(behind) = rest.strip_prefix("%%") {
            pieces.push(Piece::literal(at, "%"));
            rest = behind;
            continue;
        }
        let (name, behind) = rest
            .strip_prefix("%(")
            .and_then(|inner| inner.split_once(')'))
            .ok_or(LayoutError { at, expected: "a name in parentheses, such as %(h)s" })?;
        // `%(D)s`, `%(L)8.3f`: whatever the conversion, the text is what counts.
        let conversion = behind.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(behind.len());
        rest = behind
            .get(conversion + 1..)
            .ok_or(LayoutError { at, expected: "a conversion behind the name, such as s" })?;
        pieces.push(Piece::field(at, field(name).ok_or(LayoutError { at: at + 2, expected: "the name of a field" })?));
    }
    pieces.push(Piece::literal(text.len() - rest.len(), rest));
    Layout::of(Dialect::Gunicorn, Escape::Backslash, pieces)
}

fn field(name: &str) -> Option<Field> {
    use Syntax::{Clf, Decimal, Integer, Protocol, Status, Text, Word};
    if let Some((header, kind)) = name.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        return Some(match kind {
            "i" => super::apache::request_header(header),
            "o" => super::apache::response_header(header),
            "e" => super::apache::named("env", header, Text),
            _ => return None,
        });
    }
    Some(match name {
        "h" => Field::new(Meaning::Client, Word),
        "l" => Field::other("ident", Word, Kind::Text),
        "u" => Field::new(Meaning::User, Text),
        "t" => Field::new(Meaning::Time, Clf),
        "r" => Field::new(Meaning::Request, Text).told("request_line", Kind::Dash),
        "m" => Field::new(Meaning::Method, Word),
        "U" => Field::new(Meaning::Target, Text).starting(b'/'),
        "q" => Field::new(Meaning::Query, Text),
        "H" => Field::new(Meaning::Protocol, Protocol),
        "s" => Field::new(Meaning::Status, Status),
        "B" | "b" => Field::new(Meaning::Bytes, Integer),
        "f" => Field::new(Meaning::Referer, Text),
        "a" => Field::new(Meaning::Agent, Text),
        "T" => Field::new(Meaning::Seconds, Integer).ranked(2),
        "M" => Field::new(Meaning::Milliseconds, Integer).ranked(1).told("request_time_ms", Kind::Integer),
        "D" => Field::new(Meaning::Microseconds, Integer).told("request_time_us", Kind::Integer),
        "L" => Field::new(Meaning::Seconds, Decimal),
        "p" => Field::other("pid", Word, Kind::Bracketed),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_behind_a_back_slash_ends_the_value_where_the_layout_goes_on() {
        let layout = compile(r#"%(h)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %(L)s %(p)s"#).unwrap();
        let line =
            br#"127.0.0.1 [22/Nov/2026:21:45:11 +0000] "GET / HTTP/1.1" 200 6 "-" "evil\" \"\ agent\" 0.001 <12>"#;
        let record = layout.read(line).unwrap();
        assert_eq!(record.agent, Some(&br#"evil\" \"\ agent\"#[..]));
        assert_eq!(record.duration, Some(1_000_000));
    }

    #[test]
    fn an_error_says_where() {
        assert_eq!(compile("%(h)s %(nope)s").unwrap_err().at, 8);
        assert_eq!(compile("%(h)s %h").unwrap_err().at, 6);
    }
}

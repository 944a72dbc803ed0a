//! Squid's `logformat`.
//!
//! A code is `%`, a quoting (`"`, `[`, `#`, `/`, `'`), a width, an argument in braces, and a name of one letter or more,
//! of which the longest that is known is meant. Headers are written as they come: nothing in quotes is escaped.

use super::field::Meaning;
use super::syntax::Syntax;
use super::{Dialect, Field, Kind, Layout, LayoutError, Piece, What};
use crate::Escape;

/// The layout of a `logformat` string, or of the whole directive.
pub(super) fn compile(text: &str) -> Result<Layout, LayoutError> {
    // `logformat NAME string`.
    let string = match text.trim_start().strip_prefix("logformat ") {
        Some(rest) => rest.trim_start().split_once(' ').map_or("", |(_, string)| string),
        None => text,
    };
    let offset = text.len() - string.len();
    let mut pieces = Vec::new();
    let mut rest = string;
    while let Some(mark) = rest.find('%') {
        let at = offset + string.len() - rest.len();
        pieces.push(Piece::literal(at, &rest[..mark]));
        let (field, behind) = code(&rest[mark + 1..], at + mark)?;
        pieces.push(field);
        rest = behind;
    }
    pieces.push(Piece::literal(offset + string.len() - rest.len(), rest));
    Layout::of(Dialect::Squid, Escape::Raw, joined(pieces))
}

/// The field of the code that begins here, and what follows it.
fn code(text: &str, at: usize) -> Result<(Piece, &str), LayoutError> {
    if let Some(rest) = text.strip_prefix('%') {
        return Ok((Piece::literal(at, "%"), rest));
    }
    let text = text.trim_start_matches(['"', '[', '#', '/', '\'']);
    let behind_width =
        text.trim_start_matches(|letter: char| letter == '-' || letter == '.' || letter.is_ascii_digit());
    let width = &text[..text.len() - behind_width.len()];
    let (argument, name) = match behind_width.strip_prefix('{') {
        Some(inner) => {
            let unended = LayoutError { at, expected: "a brace that ends the argument of this code" };
            inner.split_once('}').map(|(argument, rest)| (Some(argument), rest)).ok_or(unended)?
        }
        None => (None, behind_width),
    };
    let known = NAMES.iter().filter(|known| name.starts_with(**known)).max_by_key(|known| known.len());
    let known = known.ok_or(LayoutError { at, expected: "a code of Squid's logformat" })?;
    let mut rest = &name[known.len()..];
    // Since version 3 the argument may stand behind: `%>h{Referer}`.
    let mut argument = argument;
    if argument.is_none()
        && TAKES_ARGUMENT.contains(known)
        && let Some((inner, behind)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'))
    {
        (argument, rest) = (Some(inner), behind);
    }
    let mut field = field(known, argument);
    field.is_padded = width.starts_with(|letter: char| letter.is_ascii_digit() && letter != '0');
    Ok((Piece::field(at, field), rest))
}

const TAKES_ARGUMENT: &[&str] = &[">h", "<h", ">ha", "note", "tl", "tg", "ssl::>cert_subject"];

/// The codes, as Squid's documentation of `logformat` lists them.
const NAMES: &[&str] = &[
    ">a",
    ">A",
    ">p",
    ">eui",
    ">la",
    ">lp",
    ">qos",
    ">nfmark",
    "la",
    "lp",
    "<a",
    "<A",
    "<p",
    "<la",
    "<lp",
    "<qos",
    ">handshake",
    "ts",
    "tu",
    "tl",
    "tg",
    "tr",
    "dt",
    "tS",
    "busy_time",
    "un",
    "ul",
    "ue",
    "ui",
    "us",
    "ea",
    "et",
    "err_code",
    "err_detail",
    ">h",
    ">ha",
    "<h",
    "<ha",
    "Hs",
    ">Hs",
    "<Hs",
    "<bs",
    "mt",
    "rm",
    ">rm",
    "<rm",
    "ru",
    ">ru",
    "<ru",
    "rp",
    ">rp",
    "<rp",
    "rs",
    ">rs",
    "<rs",
    "rd",
    ">rd",
    "<rd",
    "rP",
    ">rP",
    "<rP",
    "rv",
    ">rv",
    "<rv",
    "st",
    ">st",
    "<st",
    ">sh",
    "<sh",
    "<sH",
    ">sH",
    "sn",
    "Ss",
    "Sh",
    "<pt",
    "<tt",
    "note",
    "credentials",
    "master_xaction",
    "ssl::bump_mode",
    "ssl::>sni",
    "ssl::>cert_subject",
    "ssl::>cert_issuer",
    "ssl::<cert_errors",
    "tls_version",
    "ssl::<negotiated_version",
    "ssl::>negotiated_version",
    "ssl::>negotiated_cipher",
    "transport::>connection_id",
    "proxy_protocol::>h",
    "random",
    "O",
    "I",
];

#[rustfmt::skip]
fn field(name: &str, argument: Option<&str>) -> Field {
    use Syntax::{Clf, Code, Decimal, Epoch, Integer, Status, Text, Word};
    let new = Field::new;
    match name {
        ">a" => new(Meaning::Client, Word),
        ">A" => new(Meaning::Client, Word).ranked(1).told("client_name", Kind::Text),
        ">p" => Field::other("client_port", Integer, Kind::Integer),
        ">la" | "la" => Field::other("server_ip", Word, Kind::Text),
        ">lp" | "lp" => new(Meaning::Port, Integer).told("server_port", Kind::Integer),
        "<a" => new(Meaning::Upstream, Word).told("upstream_ip", Kind::Text),
        "<A" => new(Meaning::Upstream, Word).ranked(1).told("upstream_name", Kind::Text),
        "<p" => Field::other("upstream_port", Integer, Kind::Integer),
        "ts" => new(Meaning::Time, Epoch),
        "tu" => Field::other("time_fraction", Integer, Kind::Text),
        "tl" | "tg" if argument.is_none() => new(Meaning::Time, Clf),
        "tr" => new(Meaning::Milliseconds, Integer),
        "un" => new(Meaning::User, Word),
        "ul" | "ue" | "us" => new(Meaning::User, Word).ranked(1),
        "ui" => Field::other("ident", Word, Kind::Text),
        ">h" if argument.is_some() => super::apache::request_header(argument.unwrap_or_default()),
        "<h" if argument.is_some() => super::apache::response_header(argument.unwrap_or_default()),
        ">Hs" | "Hs" => new(Meaning::Status, Status),
        "<Hs" => new(Meaning::Status, Status).ranked(1).told("upstream_status", Kind::Integer),
        "<st" => new(Meaning::Bytes, Integer),
        "st" => Field::other("total_bytes", Integer, Kind::Integer),
        ">st" => new(Meaning::RequestBytes, Integer).told("bytes_received", Kind::Integer),
        "mt" => Field::other("content_type", Word, Kind::Text),
        "rm" | ">rm" => new(Meaning::Method, Word),
        "ru" | ">ru" => new(Meaning::Target, Text),
        ">rs" | "rs" => new(Meaning::Scheme, Word),
        ">rd" | "rd" => new(Meaning::Host, Word),
        "rv" | ">rv" => Field::other("protocol_version", Decimal, Kind::Text),
        "Ss" => Field::other("cache_result", Code, Kind::Dash),
        "Sh" => Field::other("hierarchy_code", Code, Kind::Dash),
        "ssl::>sni" => Field::other("sni_host", Word, Kind::Text),
        "ssl::>negotiated_version" => new(Meaning::TlsVersion, Word),
        "ssl::>negotiated_cipher" => new(Meaning::TlsCipher, Word),
        _ => super::apache::named("squid", &format!("{name}{}", argument.unwrap_or_default()), Text),
    }
}

/// Joins codes that are one thing: seconds and their fraction, the parts of a request line.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        out.push(piece);
        if let [.., seconds, dot, fraction] = &out[..]
            && (is(seconds, Meaning::Time), literal(dot), is_told(fraction, "time_fraction"))
                == (true, Some(&b"."[..]), true)
        {
            out.truncate(out.len() - 2);
        } else if let [.., method, first, target, second, version] = &out[..]
            && is(method, Meaning::Method)
            && literal(first) == Some(b" ")
            && is(target, Meaning::Target)
            && literal(second) == Some(b" HTTP/")
            && is_told(version, "protocol_version")
        {
            let request = Field::new(Meaning::Request, Syntax::Text).told("request_line", Kind::Dash);
            let at = method.at;
            out.truncate(out.len() - 5);
            out.push(Piece::field(at, request));
        }
    }
    out
}

fn is(piece: &Piece, meaning: Meaning) -> bool {
    matches!(&piece.what, What::Field(field) if field.meaning == meaning)
}

fn is_told(piece: &Piece, name: &str) -> bool {
    matches!(&piece.what, What::Field(field) if field.is_told_as(name))
}

fn literal(piece: &Piece) -> Option<&[u8]> {
    match &piece.what {
        What::Literal(text) => Some(text),
        What::Field(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn the_native_layout() {
        let layout = compile("logformat squid %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt").unwrap();
        let record = layout
            .read(b"1570784681.846     12 127.0.0.1 TCP_MISS/000 0 GET http://a/ b - HIER_DIRECT/8.8.8.8 -")
            .unwrap();
        assert_eq!(record.time, Time::from_parts(1_570_784_681, 846_000_000));
        assert_eq!((record.duration, record.status), (Some(12_000_000), Some(0)));
        assert_eq!((record.target, record.user), (Some(&b"http://a/ b"[..]), None));
        assert_eq!(record.upstream, Some(&b"8.8.8.8"[..]));
    }

    #[test]
    fn quotes_of_headers_are_the_clients() {
        let layout =
            compile(r#"%>a %[ui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh"#)
                .unwrap();
        let line =
            br#"::1 - - [12/Sep/2024:12:38:20 +0530] "- error:x NONE/0.0" 0 0 "-" "a" TCP:b" "c\" NONE_NONE:HIER_NONE"#;
        let record = layout.read(line).unwrap();
        assert_eq!(record.agent, Some(&br#"a" TCP:b" "c\"#[..]));
        assert_eq!((record.method, record.status), (None, Some(0)));
    }

    #[test]
    fn an_error_says_where() {
        assert_eq!(compile("%>a %?").unwrap_err().at, 4);
        assert_eq!(compile("%>a %{Referer").unwrap_err().at, 4);
    }
}

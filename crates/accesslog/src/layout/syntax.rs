//! What the value of a field may look like, and where it must end.
//!
//! A **closed** syntax ends by itself: a number ends behind its last digit. An **open** one ends where what the layout
//! has behind it begins, and closed fields behind it are what tells a true end from a blank or quote in the value.

use super::moment::Moment;
use crate::time::CLF_BYTES;

/// The syntax of a field's value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Syntax {
    /// Anything without a blank: an address, a host, a method.
    Word,
    /// Anything.
    Text,
    /// A list with blanks behind its commas, `192.0.2.1, 192.0.2.2`; also ` : `, by which nginx divides groups of servers.
    List,
    /// Numbers in such a list, of which each may be a dash: what nginx says of the servers that it tried.
    Numbers,
    /// Three digits; also the `0` and `-1` of proxies that got no answer.
    Status,
    /// A whole number, with a sign or without.
    Integer,
    /// A number, with a fraction or without.
    Decimal,
    /// The time stamp of the common log format, in brackets or without.
    Clf,
    /// A time stamp of ISO 8601.
    Iso,
    /// A Unix time.
    Epoch,
    /// `HTTP/1.1`, or what a proxy writes for want of it.
    Protocol,
    /// Capitals, digits and underscores, `TCP_MISS`.
    Code,
    /// Values in braces, or nothing at all, and then no blank behind it either (HAProxy's captured headers).
    Braces,
    /// A time stamp of `strftime`.
    Moment(Box<Moment>),
}

/// The longest word, number or code that is read to its end, in bytes. A longer word is taken to fit where it is only
/// looked for: so a look-ahead costs a bounded time at each place that it is asked of.
const LOOK_AHEAD_WORD_BYTES_MAX: usize = 256;

/// The longest captured headers, in bytes. HAProxy cuts a line of its log at 64 KiB at the latest, and at 1 KiB by itself.
const BRACES_BYTES_MAX: usize = 4096;

/// What a look-ahead finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// A value of that many bytes.
    Ends(usize),
    /// Something that may be a value; where it ends is not to be seen.
    Open,
    /// No value of this syntax.
    Not,
}

impl Syntax {
    /// Whether a value of it ends by itself.
    pub(crate) fn is_closed(&self) -> bool {
        !matches!(self, Syntax::Word | Syntax::Text | Syntax::List)
    }

    /// What is to be read after the word "expected" where a value of it does not fit.
    pub(crate) fn expected(&self) -> &'static str {
        match self {
            Syntax::Word => "a word, then what the layout has behind it",
            Syntax::Text | Syntax::List => "a value, then what the layout has behind it",
            Syntax::Status => "a status of three digits",
            Syntax::Integer => "a whole number, or a dash",
            Syntax::Decimal | Syntax::Numbers => "a number, or a dash",
            Syntax::Clf => "a time stamp such as 10/Oct/2000:13:55:36 -0700",
            Syntax::Iso => "a time stamp such as 2000-10-10T13:55:36-07:00",
            Syntax::Epoch => "a Unix time",
            Syntax::Protocol => "a protocol and its version",
            Syntax::Code => "a code in capitals",
            Syntax::Braces => "values in braces",
            Syntax::Moment(_) => "a time stamp as the layout spells it",
        }
    }

    /// The end of a value of a closed syntax at the beginning of the text; `None` where there is none.
    // Inlined for what nearly every line has.
    #[inline(always)]
    pub(crate) fn closed_end(&self, text: &[u8]) -> Option<usize> {
        let usual = match self {
            Syntax::Status => usual_status_end(text),
            Syntax::Integer => usual_integer_end(text),
            Syntax::Clf => clf_end(text),
            _ => None,
        };
        if usual.is_some() { usual } else { self.any_closed_end(text) }
    }

    fn any_closed_end(&self, text: &[u8]) -> Option<usize> {
        let end = match self {
            Syntax::Word | Syntax::Text | Syntax::List => None,
            Syntax::Status => status_end(text),
            Syntax::Integer => number_end(text, false),
            Syntax::Decimal => number_end(text, true),
            Syntax::Numbers => numbers_end(text),
            Syntax::Clf => clf_end(text),
            Syntax::Iso => iso_end(text),
            Syntax::Epoch => number_end(text, true),
            Syntax::Protocol => protocol_end(text),
            Syntax::Code => Some(run(text, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')),
            Syntax::Braces => braces_end(text),
            Syntax::Moment(moment) => moment.read(text).map(|(_, end)| end),
        };
        match end {
            Some(end) if 0 < end || matches!(self, Syntax::Braces) => Some(end),
            // Every writer may leave out every value.
            _ if text.first() == Some(&b'-') => Some(1),
            _ => None,
        }
    }

    /// Looks for a value of it, with `after` behind it, at the beginning of the text.
    #[inline]
    pub(crate) fn look(&self, text: &[u8], after: &[u8]) -> Look {
        match self {
            Syntax::Text | Syntax::List => Look::Open,
            Syntax::Word => look_for_word(text, after),
            _ => self.closed_end(text).map_or(Look::Not, Look::Ends),
        }
    }
}

fn look_for_word(text: &[u8], after: &[u8]) -> Look {
    let near = &text[..text.len().min(LOOK_AHEAD_WORD_BYTES_MAX)];
    match after.first() {
        None => Look::Open,
        Some(&first) => {
            for (at, &byte) in near.iter().enumerate() {
                if byte == first && text[at..].starts_with(after) {
                    return Look::Ends(at);
                }
                if byte == b' ' {
                    return Look::Not;
                }
            }
            if near.len() < text.len() { Look::Open } else { Look::Not }
        }
    }
}

/// How many bytes are so, of as many as a look-ahead reads.
fn run(text: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let near = &text[..text.len().min(LOOK_AHEAD_WORD_BYTES_MAX)];
    near.iter().position(|byte| !is(*byte)).unwrap_or(near.len())
}

/// The end of a status of three digits.
#[inline]
pub(super) fn usual_status_end(text: &[u8]) -> Option<usize> {
    match text {
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', rest @ ..] if !rest.first().is_some_and(u8::is_ascii_digit) => Some(3),
        _ => None,
    }
}

/// The end of a whole number of a size as files have it, without a sign, before something else.
#[inline]
fn usual_integer_end(text: &[u8]) -> Option<usize> {
    let near = text.first_chunk::<USUAL_INTEGER_BYTES>()?;
    near.iter().position(|byte| !byte.is_ascii_digit()).filter(|digits| 0 < *digits)
}

/// A usual whole number, and the byte behind it.
const USUAL_INTEGER_BYTES: usize = 8;

fn status_end(text: &[u8]) -> Option<usize> {
    match text {
        _ if usual_status_end(text).is_some() => Some(3),
        [b'-', b'1', ..] => Some(2),
        [b'0', ..] => Some(1),
        _ => None,
    }
}

fn number_end(text: &[u8], has_fraction: bool) -> Option<usize> {
    let sign = usize::from(matches!(text.first(), Some(b'-' | b'+')));
    let digits = run(&text[sign..], |byte| byte.is_ascii_digit());
    if digits == 0 {
        return None;
    }
    let whole = sign + digits;
    let fraction = match &text[whole..] {
        [b'.', rest @ ..] if has_fraction => match run(rest, |byte| byte.is_ascii_digit()) {
            0 => 0,
            digits => digits + 1,
        },
        _ => 0,
    };
    Some(whole + fraction)
}

/// The end of what has the shape of a time stamp: whether it names an instant is asked once, when it is taken.
#[inline]
fn clf_end(text: &[u8]) -> Option<usize> {
    let is_bracketed = text.first() == Some(&b'[');
    let stamp = text.get(usize::from(is_bracketed)..)?.get(..CLF_BYTES)?;
    let has_shape = stamp[2] == b'/' && stamp[6] == b'/' && stamp[11] == b':' && stamp[20] == b' ';
    match (has_shape, is_bracketed) {
        (false, _) => None,
        (true, false) => Some(CLF_BYTES),
        (true, true) => (text.get(CLF_BYTES + 1) == Some(&b']')).then_some(CLF_BYTES + 2),
    }
}

fn iso_end(text: &[u8]) -> Option<usize> {
    let head = text.get(..19)?;
    let has_shape = head[4] == b'-' && head[7] == b'-' && matches!(head[10], b'T' | b' ') && head[13] == b':';
    let tail =
        run(&text[19..], |byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'+' | b'-' | b':' | b'Z'));
    has_shape.then_some(19 + tail)
}

/// The end of numbers and dashes between which commas or colons stand, as in [`Syntax::List`].
fn numbers_end(text: &[u8]) -> Option<usize> {
    let item = |text: &[u8]| number_end(text, true).or_else(|| text.starts_with(b"-").then_some(1));
    let mut end = item(text)?;
    while let [b',', b' ', rest @ ..] | [b' ', b':', b' ', rest @ ..] = &text[end..]
        && let Some(next) = item(rest)
    {
        end = text.len() - rest.len() + next;
    }
    Some(end)
}

fn protocol_end(text: &[u8]) -> Option<usize> {
    let name = run(text, |byte| byte.is_ascii_alphanumeric());
    match text.get(name) {
        Some(b'/') if 0 < name => Some(name + 1 + run(&text[name + 1..], |byte| byte.is_ascii_digit() || byte == b'.')),
        _ => None,
    }
}

fn braces_end(text: &[u8]) -> Option<usize> {
    match text.first() {
        Some(b'{') => memchr::memchr(b'}', &text[..text.len().min(BRACES_BYTES_MAX)]).map(|end| end + 1),
        _ => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(syntax: &Syntax, text: &str) -> Option<usize> {
        syntax.closed_end(text.as_bytes())
    }

    #[test]
    fn closed_values_end_by_themselves() {
        assert_eq!(end(&Syntax::Status, "200 17"), Some(3));
        assert_eq!(end(&Syntax::Status, "0 17"), Some(1));
        assert_eq!(end(&Syntax::Status, "2000"), None);
        assert_eq!(end(&Syntax::Status, "2xx"), None);
        assert_eq!(end(&Syntax::Integer, "+99627 x"), Some(6));
        assert_eq!(end(&Syntax::Integer, "-"), Some(1));
        for (text, want) in [("1234567", 7), ("1234567 x", 7), ("12345678", 8), ("12345678 x", 8), ("12.5 or so", 2)] {
            assert_eq!(end(&Syntax::Integer, text), Some(want), "{text}");
        }
        assert_eq!(end(&Syntax::Integer, "x1234567"), None);
        assert_eq!(end(&Syntax::Decimal, "0.042ms"), Some(5));
        assert_eq!(end(&Syntax::Decimal, "1. x"), Some(1));
        assert_eq!(end(&Syntax::Numbers, "0.012, - : 200 502, 200"), Some(14));
        assert_eq!(end(&Syntax::Numbers, "-, 5 abc"), Some(4));
        assert_eq!(end(&Syntax::Numbers, "abc"), None);
        assert_eq!(end(&Syntax::Clf, "[10/Oct/2000:13:55:36 -0700] x"), Some(28));
        assert_eq!(end(&Syntax::Clf, "10/Oct/2000:13:55:36 -0700] x"), Some(26));
        assert_eq!(end(&Syntax::Clf, "[10/Oct/2000:13:55:36 -0700 x"), None);
        assert_eq!(end(&Syntax::Iso, "2000-10-10T13:55:36.5+07:00 x"), Some(27));
        assert_eq!(end(&Syntax::Protocol, "HTTP/2 x"), Some(6));
        assert_eq!(end(&Syntax::Protocol, "index HTTP/2"), None);
        assert_eq!(end(&Syntax::Code, "TCP_MISS/200"), Some(8));
        assert_eq!(end(&Syntax::Braces, "{a|b c} x"), Some(7));
        assert_eq!(end(&Syntax::Braces, "x"), Some(0));
    }

    #[test]
    fn a_word_is_looked_for_in_bounded_time() {
        assert_eq!(Syntax::Word.look(b"2001:db8::1 x", b" "), Look::Ends(11));
        assert_eq!(Syntax::Word.look(b"a b", b":"), Look::Not);
        assert_eq!(Syntax::Word.look(&[b'a'; 10_000], b" "), Look::Open);
    }
}

//! The fields of a layout: what each means, and under which name it is told.
//!
//! A field that a [`Record`] holds is put there; what a record has no place for is told under a name of its own when
//! somebody asks. The names are the same whichever server's layout names them: one thing has one name.

use std::borrow::Cow;

use super::moment::Clock;
use super::syntax::Syntax;
use crate::field::Sink;
use crate::grammar::{present, seconds, split_request, whole_number};
use crate::json::duration_of;
use crate::{Record, Value, time};

/// A field of a layout.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// What it is of a record.
    pub(crate) meaning: Meaning,
    /// What its values look like.
    pub(crate) syntax: Syntax,
    /// Where several fields of a layout mean the same, the one of the lowest rank is taken, of equal ones the first.
    pub(crate) rank: u8,
    /// The byte that every value begins with, of fields that follow another without anything between.
    pub(crate) starts: Option<u8>,
    /// Blanks may stand before it, as it is aligned to the right.
    pub(crate) is_padded: bool,
    /// The names it is told under, and how.
    told: [Option<Told>; 2],
}

#[derive(Clone, Debug, PartialEq)]
struct Told {
    name: Cow<'static, str>,
    kind: Kind,
}

/// What a field is of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Client,
    /// An address and a port: the client is the address.
    ClientAndPort,
    User,
    Time,
    /// A part of the time.
    TimePart,
    Request,
    Method,
    Target,
    /// The query, with its `?` or without.
    Query,
    Protocol,
    Status,
    Bytes,
    /// The bytes of the reply with its headers: the size where the layout has no other.
    TotalBytes,
    Referer,
    Agent,
    Host,
    Seconds,
    Milliseconds,
    Microseconds,
    /// How long it took, with the unit behind the number.
    Spelled,
    Forwarded,
    RequestId,
    Scheme,
    Port,
    RequestBytes,
    Upstream,
    TlsVersion,
    TlsCipher,
    /// Nothing that a record holds.
    Other,
}

/// How the value of a field is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// Text, under the name that the layout itself has for the field.
    OwnName,
    /// Text in which a dash is a value.
    Dash,
    /// Text, absent where it is empty.
    Filled,
    Integer,
    /// The port behind the last colon.
    Port,
    /// Text without the angle brackets around it.
    Bracketed,
    /// Text without the braces around it; absent where there are none.
    Braced,
    /// What stands before the first question mark.
    Path,
    /// What stands from the first question mark on.
    MarkedQuery,
    /// Told only where it is a whole number.
    IfInteger,
    /// Told only where it is none.
    UnlessInteger,
    /// A whole number, or not told where it is a list.
    OneInteger,
    /// A number, or not told where it is a list.
    OneDecimal,
    /// Told where it is a list.
    IfList,
}

impl Field {
    /// A field that a record holds and nobody need be told.
    pub(crate) fn new(meaning: Meaning, syntax: Syntax) -> Field {
        Field { meaning, syntax, rank: 0, starts: None, is_padded: false, told: [None, None] }
    }

    /// A field that is only told.
    pub(crate) fn other(name: impl Into<Cow<'static, str>>, syntax: Syntax, kind: Kind) -> Field {
        Field::new(Meaning::Other, syntax).told(name, kind)
    }

    /// The same, told under a name (too): of more than two names the first and the last.
    pub(crate) fn told(mut self, name: impl Into<Cow<'static, str>>, kind: Kind) -> Field {
        let told = Some(Told { name: name.into(), kind });
        let place = usize::from(self.told[0].is_some());
        self.told[place] = told;
        self
    }

    /// The same, with a meaning for the record.
    pub(crate) fn of(self, meaning: Meaning) -> Field {
        Field { meaning, ..self }
    }

    /// The same, of another rank.
    pub(crate) fn ranked(self, rank: u8) -> Field {
        Field { rank, ..self }
    }

    /// The same, aligned to the right.
    pub(crate) fn padded(self) -> Field {
        Field { is_padded: true, ..self }
    }

    /// The same, its values beginning with a byte.
    pub(crate) fn starting(self, byte: u8) -> Field {
        Field { starts: Some(byte), ..self }
    }

    /// Whether it is told under that name.
    pub(crate) fn is_told_as(&self, name: &str) -> bool {
        self.told.iter().flatten().any(|told| told.name == name)
    }

    /// Takes from it the names that the other is told under.
    pub(crate) fn hush(&mut self, other: &Field) {
        for told in &mut self.told {
            if told.as_ref().is_some_and(|told| other.is_told_as(&told.name)) {
                *told = None;
            }
        }
    }

    /// Takes from it the name that the layout itself has for it.
    pub(crate) fn forget_own_name(&mut self) {
        for told in &mut self.told {
            if told.as_ref().is_some_and(|told| told.kind == Kind::OwnName) {
                *told = None;
            }
        }
    }

    /// Whether it has two names already.
    pub(crate) fn is_told_twice(&self) -> bool {
        self.told[1].is_some()
    }

    /// Tells the value under the names of the field.
    pub(crate) fn tell<'a>(&'a self, value: &'a [u8], sink: Sink<'_, 'a>) {
        for Told { name, kind } in self.told.iter().flatten() {
            if let Some(value) = kind.value(value) {
                sink(name, value);
            }
        }
    }
}

impl Kind {
    fn value(self, value: &[u8]) -> Option<Value<'_>> {
        let is_list = || memchr::memchr(b' ', value).is_some();
        let is_integer = || whole_number(value).is_some();
        Some(match self {
            Kind::Text | Kind::OwnName => Value::text(value),
            Kind::Dash => Value::Text(value),
            Kind::Filled if value.is_empty() => Value::Absent,
            Kind::Filled => Value::text(value),
            Kind::Integer => Value::integer(value),
            Kind::Port => Value::integer(address_and_port(value)?.1),
            Kind::Bracketed => {
                Value::integer(value.strip_prefix(b"<").and_then(|v| v.strip_suffix(b">")).unwrap_or(value))
            }
            Kind::Braced => match value.strip_prefix(b"{").and_then(|v| v.strip_suffix(b"}")) {
                Some(inner) => Value::Text(inner),
                None => Value::Absent,
            },
            Kind::Path => Value::Text(&value[..mark(value)]),
            Kind::MarkedQuery => Value::Text(&value[mark(value)..]),
            Kind::IfInteger if value == b"-" => Value::Absent,
            Kind::IfInteger => is_integer().then(|| Value::integer(value))?,
            Kind::UnlessInteger if value == b"-" || is_integer() => return None,
            Kind::UnlessInteger => Value::Text(value),
            Kind::OneInteger => (!is_list()).then(|| Value::integer(value))?,
            Kind::OneDecimal => (!is_list()).then(|| Value::decimal(value))?,
            Kind::IfList => is_list().then_some(Value::Text(value))?,
        })
    }
}

/// The place of the first question mark, or the end.
fn mark(value: &[u8]) -> usize {
    memchr::memchr(b'?', value).unwrap_or(value.len())
}

/// `192.0.2.1:80` or `[2001:db8::1]:80`, divided; `None` where there is no port.
pub(crate) fn address_and_port(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memrchr(b':', value)?;
    let (address, port) = (&value[..at], &value[at + 1..]);
    let is_port = !port.is_empty() && port.iter().all(u8::is_ascii_digit);
    // The last group of an IPv6 address without brackets is no port, unless the address is whole without it.
    let is_address = !address.contains(&b':') || crate::address::is_address(without_brackets(address));
    (is_port && is_address).then_some((without_brackets(address), port))
}

pub(crate) fn without_brackets(address: &[u8]) -> &[u8] {
    address.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(address)
}

/// A record while its line is read: it is filled where it is to stand, as it is large to be moved.
pub(crate) struct Filling<'r, 'a> {
    pub(crate) record: &'r mut Record<'a>,
    clock: Option<Clock>,
}

impl<'r, 'a> Filling<'r, 'a> {
    pub(crate) fn of(record: &'r mut Record<'a>) -> Filling<'r, 'a> {
        Filling { record, clock: None }
    }

    /// Puts the value of a field in its place. `false` where it cannot be a value of the field.
    // Inlined for speed, with `Layout::end`, where the numbers stand.
    #[inline(always)]
    pub(crate) fn take(&mut self, meaning: Meaning, syntax: &Syntax, value: &'a [u8]) -> bool {
        let record = &mut *self.record;
        match meaning {
            // Behind a socket of the system gunicorn has no name of a client.
            Meaning::Client => record.client = present(without_brackets(value)).filter(|client| !client.is_empty()),
            Meaning::ClientAndPort => {
                record.client = present(address_and_port(value).map_or(value, |(address, _)| address));
            }
            Meaning::User => record.user = user(value),
            Meaning::Time => return self.take_time(syntax, value),
            Meaning::TimePart => return self.take_time_part(syntax, value),
            Meaning::Request => split_request(value, record),
            Meaning::Method => record.method = present(value),
            Meaning::Target => record.target = present(value),
            Meaning::Query => record.query = query(value),
            Meaning::Protocol => record.protocol = present(value),
            Meaning::Status => record.status = status(value),
            Meaning::Bytes | Meaning::TotalBytes => record.bytes = whole_number(value),
            Meaning::Referer => record.referer = present(value),
            Meaning::Agent => record.agent = present(value),
            Meaning::Host => record.host = present(value),
            Meaning::Seconds => record.duration = seconds(value),
            Meaning::Milliseconds => record.duration = scaled(value, 1_000),
            Meaning::Microseconds => record.duration = scaled(value, 1_000_000),
            Meaning::Spelled => record.duration = duration_of(value, 1e9),
            Meaning::Forwarded => record.forwarded = present(value),
            Meaning::RequestId => record.request_id = present(value),
            Meaning::Scheme => record.scheme = present(value),
            Meaning::Port => record.port = whole_number(value).and_then(|port| port.try_into().ok()),
            Meaning::RequestBytes => record.request_bytes = whole_number(value),
            Meaning::Upstream => record.upstream = present(value),
            Meaning::TlsVersion => record.tls_version = present(value),
            Meaning::TlsCipher => record.tls_cipher = present(value),
            Meaning::Other => {}
        }
        true
    }

    fn take_time(&mut self, syntax: &Syntax, value: &[u8]) -> bool {
        if value == b"-" || value.is_empty() {
            return true;
        }
        let time = match syntax {
            Syntax::Clf if value[0] == b'[' => time::clf(&value[1..value.len() - 1]),
            Syntax::Clf => time::clf(value),
            Syntax::Epoch => time::epoch(value).map(Some),
            _ => time::any(value),
        };
        match time {
            Some(time) => self.record.time = time,
            None => return false,
        }
        true
    }

    #[cold]
    fn take_time_part(&mut self, syntax: &Syntax, value: &[u8]) -> bool {
        if let Syntax::Moment(moment) = syntax
            && let Some((clock, _)) = moment.read(value)
        {
            self.clock.get_or_insert_default().merge(&clock);
        }
        true
    }

    /// Computes what several fields together say, when the line is over.
    #[inline]
    pub(crate) fn settle(&mut self) {
        if let Some(clock) = self.clock {
            self.record.time = self.record.time.or(clock.time());
        }
    }
}

fn status(value: &[u8]) -> Option<u16> {
    let digit = |byte: &u8| u16::from(byte - b'0');
    match value {
        // What the syntax of a status lets through beside this is shorter.
        [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => Some(digit(a) * 100 + digit(b) * 10 + digit(c)),
        _ => whole_number(value).and_then(|status| status.try_into().ok()),
    }
}

/// A user: Apache writes `""` for one without a name, Jetty blanks around the name.
fn user(value: &[u8]) -> Option<&[u8]> {
    match present(value)? {
        b"\"\"" => Some(b""),
        value => present(value.trim_ascii()),
    }
}

/// The query without its `?`; none where there is no `?` (`%q`) or the writer left it out.
fn query(value: &[u8]) -> Option<&[u8]> {
    match present(value)? {
        [b'?', query @ ..] => Some(query),
        [] => None,
        value => Some(value),
    }
}

/// A number of a unit of which a second has so many, in nanoseconds.
fn scaled(value: &[u8], per_second: u64) -> Option<u64> {
    let value = value.strip_prefix(b"+").unwrap_or(value);
    seconds(value).map(|nanos| nanos / per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_behind_an_address() {
        let check = |value: &'static str, want: Option<(&str, &str)>| {
            let want = want.map(|(address, port)| (address.as_bytes(), port.as_bytes()));
            assert_eq!(address_and_port(value.as_bytes()), want, "{value}");
        };
        check("192.0.2.1:80", Some(("192.0.2.1", "80")));
        check("[2001:db8::1]:80", Some(("2001:db8::1", "80")));
        check("2001:db8::1", None);
        check("2001:db8:0:0:0:0:0:1:80", Some(("2001:db8:0:0:0:0:0:1", "80")));
        check("shop.example:8443", Some(("shop.example", "8443")));
        check("unix:", None);
        check("inbound|8000|http", None);
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(scaled(b"39770", 1_000_000), Some(39_770_000));
        assert_eq!(scaled(b"+5", 1_000), Some(5_000_000));
        assert_eq!(scaled(b"-1", 1_000), None);
    }
}

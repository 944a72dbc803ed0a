//! What the keys of a line mean, and the values found for that.

use crate::formats::internet_time;
use crate::grammar::{number, seconds, split_request, whole_number};
use crate::{Cloud, Escape, Fault, OVERLONG, Record, Time, time};

use super::Keys;
use super::duration;
use super::scanner::{self, Kind, Raw, items};

/// What the value of a key means: a field of a record, or something further that its format has a name for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field(u8);

/// Most formats have fewer fields of their own.
const FURTHER: u8 = 44;

/// How many fields there are.
const FIELDS: usize = 72;

impl Field {
    pub(crate) const TIME: Field = Field(0);
    pub(crate) const CLIENT: Field = Field(1);
    pub(crate) const USER: Field = Field(2);
    pub(crate) const REQUEST: Field = Field(3);
    pub(crate) const METHOD: Field = Field(4);
    pub(crate) const TARGET: Field = Field(5);
    pub(crate) const QUERY: Field = Field(6);
    pub(crate) const PROTOCOL: Field = Field(7);
    pub(crate) const STATUS: Field = Field(8);
    pub(crate) const BYTES: Field = Field(9);
    pub(crate) const REFERER: Field = Field(10);
    pub(crate) const AGENT: Field = Field(11);
    pub(crate) const HOST: Field = Field(12);
    pub(crate) const SECONDS: Field = Field(13);
    pub(crate) const MILLISECONDS: Field = Field(14);
    pub(crate) const MICROSECONDS: Field = Field(15);
    pub(crate) const NANOSECONDS: Field = Field(16);
    pub(crate) const FORWARDED: Field = Field(17);
    pub(crate) const REQUEST_ID: Field = Field(18);
    pub(crate) const SCHEME: Field = Field(19);
    pub(crate) const PORT: Field = Field(20);
    pub(crate) const REQUEST_BYTES: Field = Field(21);
    pub(crate) const UPSTREAM: Field = Field(22);
    pub(crate) const TLS_VERSION: Field = Field(23);
    pub(crate) const TLS_CIPHER: Field = Field(24);
    pub(crate) const OPERATION: Field = Field(25);
    pub(crate) const BUCKET: Field = Field(26);
    pub(crate) const KEY: Field = Field(27);
    pub(crate) const ERROR: Field = Field(28);
    pub(crate) const SERVICE: Field = Field(29);
    pub(crate) const REGION: Field = Field(30);
    pub(crate) const PRINCIPAL: Field = Field(31);
    pub(crate) const ACCESS_KEY_ID: Field = Field(32);
    pub(crate) const CLIENT_PORT: Field = Field(33);
    /// Says that the line is of a format, whatever its value.
    pub(crate) const MARK: Field = Field(34);
    /// Says what kind of entry the line is.
    pub(crate) const KIND: Field = Field(35);
    pub(crate) const UPSTREAM_STATUS: Field = Field(36);
    pub(crate) const UPSTREAM_SECONDS: Field = Field(37);
    pub(crate) const HEADERS: Field = Field(38);
    pub(crate) const DATE: Field = Field(39);
    /// How long it took, where the value says in which unit (`12ms`): a bare number is left alone.
    pub(crate) const TAKEN: Field = Field(40);
    /// Says that the line has the standard attributes of Datadog.
    pub(crate) const NETWORK: Field = Field(41);
    /// What may be an object, and is kept whole then.
    pub(crate) const WHOLE: Field = Field(42);

    /// A field that only one format has a name for.
    pub(crate) const fn further(number: u8) -> Field {
        assert!(FURTHER as usize + (number as usize) < FIELDS, "there are fewer further fields than that");
        Field(FURTHER + number)
    }

    const fn bit(self) -> u128 {
        1 << self.0
    }
}

const _: () = assert!(FIELDS <= u128::BITS as usize, "a set of fields has a bit for each");

/// Added to the rank of a key whose value is what the client sent: there a dash is a dash. A bit of its own, as it is taken
/// off every rank.
pub(crate) const AS_SENT: u8 = 1 << 7;

/// A value by its place in the text: smaller than a slice, as there are many and each line begins with none.
///
/// What is known of a value stands apart from its place: a struct of both has bytes that mean nothing, and these keep the
/// compiler from setting all values to nothing in one go.
#[derive(Clone, Copy, Default)]
struct Span {
    begin: u32,
    length: u32,
}

/// The best value of each field so far.
pub(crate) struct Found<'a> {
    text: &'a [u8],
    spans: [Span; FIELDS],
    /// The rank of the key of each value, counted from 1; 0 where there is no value.
    ranks: [u8; FIELDS],
    kinds: [Kind; FIELDS],
    /// The fields of which a key was there, with a value or without.
    named: u128,
}

impl<'a> Found<'a> {
    /// No value yet of that text.
    #[inline]
    pub(crate) fn nothing_of(text: &'a [u8]) -> Found<'a> {
        Found { text, spans: [Span::default(); FIELDS], ranks: [0; FIELDS], kinds: [Kind::default(); FIELDS], named: 0 }
    }

    /// The values in that text, one object, as a table names them.
    #[inline]
    pub(crate) fn of(text: &'a [u8], keys: &'static Keys) -> Result<Found<'a>, Fault> {
        let mut found = Found::nothing_of(text);
        found.read(keys)?;
        Ok(found)
    }

    /// Takes in the values of the text as those keys name them. In place: what is found is large to be moved.
    #[inline]
    pub(crate) fn read<L: scanner::Lookup>(&mut self, keys: L) -> Result<(), Fault> {
        self.check_length()?;
        scanner::walk(self.text, keys, &mut |field, rank, value| self.offer(field, rank, value))
    }

    /// The values in that text, an object that is itself the inside of a JSON string.
    pub(crate) fn quoted(text: &'a [u8], keys: &'static Keys) -> Result<Found<'a>, Fault> {
        let mut found = Found::nothing_of(text);
        found.check_length()?;
        scanner::walk_quoted(text, keys, &mut |field, rank, value| found.offer(field, rank, value))?;
        Ok(found)
    }

    /// A place in the text is a number of 32 bits.
    #[inline]
    pub(crate) fn check_length(&self) -> Result<(), Fault> {
        if u32::try_from(self.text.len()).is_ok() { Ok(()) } else { Err(OVERLONG) }
    }

    /// Takes a value, a part of the text, if no better one of its field is there.
    #[inline]
    pub(crate) fn offer(&mut self, field: Field, rank: u8, value: Raw<'a>) {
        // An object is what some other schema keeps under that key, and says nothing of the field.
        if value.kind == Kind::Object && field != Field::WHOLE {
            return;
        }
        self.named |= field.bit();
        let is_absent = match value.kind {
            Kind::String => match value.text {
                [] => true,
                [b'-'] => rank < AS_SENT,
                _ => false,
            },
            Kind::Bare => matches!(value.text, b"null"),
            Kind::Array => value.text.len() <= 2,
            Kind::Object => false,
        };
        let place = field.0 as usize;
        let rank = (rank & (AS_SENT - 1)) + 1;
        // From 1: with no value there is 0, and one less than that is above all.
        if is_absent || self.ranks[place].wrapping_sub(1) < rank {
            return;
        }
        // The value is a part of the text, which is shorter than 4 GiB.
        let begin = value.text.as_ptr() as usize - self.text.as_ptr() as usize;
        self.spans[place] = Span { begin: begin as u32, length: value.text.len() as u32 };
        (self.ranks[place], self.kinds[place]) = (rank, value.kind);
    }

    /// The value of a field, whatever it is.
    pub(crate) fn raw(&self, field: Field) -> Option<Raw<'a>> {
        let place = field.0 as usize;
        let (begin, length) = (self.spans[place].begin as usize, self.spans[place].length as usize);
        let text = self.text.get(begin..begin + length)?;
        if self.ranks[place] == 0 { None } else { Some(Raw { kind: self.kinds[place], text }) }
    }

    /// The value of a field as text: of an array, its first item.
    #[inline]
    pub(crate) fn get(&self, field: Field) -> Option<&'a [u8]> {
        // Most fields are not there.
        if self.is_named(field) { self.text_of(field) } else { None }
    }

    fn text_of(&self, field: Field) -> Option<&'a [u8]> {
        let raw = self.raw(field)?;
        match raw.kind {
            Kind::String | Kind::Bare => Some(raw.text),
            Kind::Array => first_text(raw.text),
            Kind::Object => None,
        }
    }

    /// Whether the field has a value.
    pub(crate) fn has(&self, field: Field) -> bool {
        self.ranks[field.0 as usize] != 0
    }

    /// Whether the field has a value under a key of a lower rank than that: under a name that says more.
    pub(crate) fn is_below(&self, field: Field, rank: u8) -> bool {
        (1..=rank).contains(&self.ranks[field.0 as usize])
    }

    /// Whether a key that means the field is there, with a value or without.
    #[inline]
    pub(crate) fn is_named(&self, field: Field) -> bool {
        self.named & field.bit() != 0
    }

    /// Whether the field is named and has no value.
    pub(crate) fn is_empty(&self, field: Field) -> bool {
        self.named & field.bit() != 0 && !self.has(field)
    }

    /// A whole number, which encoders may also put in quotes.
    pub(crate) fn whole(&self, field: Field) -> Option<u64> {
        let text = self.get(field)?;
        whole_number(text).or_else(|| Some(decimal(text, 1.0)? as u64))
    }

    /// An instant, in any of the layouts that servers write.
    pub(crate) fn time(&self, field: Field) -> Option<Time> {
        instant(self.get(field)?)
    }

    /// Whether a request is named: a method, a target, or a line of both. It may be empty, where the client sent none.
    pub(crate) fn names_request(&self) -> bool {
        self.is_named(Field::METHOD) || self.is_named(Field::TARGET) || self.is_named(Field::REQUEST)
    }

    /// The record that these values make.
    pub(crate) fn record(&self) -> Record<'a> {
        let mut record = Record::default();
        self.fill(&mut record);
        record
    }

    /// Puts these values into a record that holds nothing yet.
    pub(crate) fn fill(&self, record: &mut Record<'a>) {
        record.escape = Escape::Json;
        if let Some(request) = self.get(Field::REQUEST) {
            split_request(request, record);
        }
        let small = |field| self.whole(field).and_then(|number| u16::try_from(number).ok());
        // A phrase may stand behind the code: `200 OK`.
        let code = || match self.get(Field::STATUS)?.split_first_chunk::<3>()? {
            (code, [b' ', ..]) => whole_number(code).map(|code| code as u16),
            _ => None,
        };
        record.time = self.time(Field::TIME);
        record.client = self.get(Field::CLIENT);
        record.user = self.get(Field::USER);
        record.method = self.get(Field::METHOD).or(record.method);
        record.target = self.get(Field::TARGET).or(record.target);
        // Some writers keep the mark that divides it from the path.
        record.query = self.get(Field::QUERY).map(|query| query.strip_prefix(b"?").unwrap_or(query));
        record.protocol = self.get(Field::PROTOCOL).or(record.protocol);
        record.status = small(Field::STATUS).or_else(code);
        record.bytes = self.whole(Field::BYTES);
        record.referer = self.get(Field::REFERER);
        record.agent = self.get(Field::AGENT);
        record.host = self.get(Field::HOST);
        record.duration = self.duration();
        record.forwarded = self.get(Field::FORWARDED);
        record.request_id = self.get(Field::REQUEST_ID);
        record.scheme = self.get(Field::SCHEME);
        record.port = small(Field::PORT);
        record.request_bytes = self.whole(Field::REQUEST_BYTES);
        record.upstream = self.get(Field::UPSTREAM);
        record.tls_version = self.get(Field::TLS_VERSION);
        record.tls_cipher = self.get(Field::TLS_CIPHER);
        record.cloud = self.cloud();
    }

    fn cloud(&self) -> Option<Cloud<'a>> {
        const CLOUD: u128 = Field::OPERATION.bit()
            | Field::BUCKET.bit()
            | Field::KEY.bit()
            | Field::ERROR.bit()
            | Field::SERVICE.bit()
            | Field::REGION.bit()
            | Field::PRINCIPAL.bit()
            | Field::ACCESS_KEY_ID.bit();
        if self.named & CLOUD == 0 {
            return None;
        }
        Some(Cloud {
            operation: self.get(Field::OPERATION),
            bucket: self.get(Field::BUCKET),
            key: self.get(Field::KEY),
            error: self.get(Field::ERROR),
            service: self.get(Field::SERVICE),
            region: self.get(Field::REGION),
            principal: self.get(Field::PRINCIPAL),
            access_key_id: self.get(Field::ACCESS_KEY_ID),
        })
    }

    fn duration(&self) -> Option<u64> {
        match self.get(Field::SECONDS) {
            Some(text) => seconds(text).or_else(|| duration::of(text, 1e9)),
            None => self
                .duration_of(Field::MILLISECONDS, 1e6)
                .or_else(|| self.duration_of(Field::MICROSECONDS, 1e3))
                .or_else(|| self.duration_of(Field::NANOSECONDS, 1.0))
                .or_else(|| duration::with_units(self.get(Field::TAKEN)?)),
        }
    }

    /// The nanoseconds of a field that counts units of so many, where its value names no other unit.
    pub(crate) fn duration_of(&self, field: Field, unit: f64) -> Option<u64> {
        duration::of(self.get(field)?, unit)
    }
}

/// The first text of an array.
#[inline(never)]
fn first_text(array: &[u8]) -> Option<&[u8]> {
    items(array).find(|item| item.kind == Kind::String).map(|item| item.text)
}

/// Reads an instant in whichever layout it has.
pub(crate) fn instant(value: &[u8]) -> Option<Time> {
    let value = value.strip_prefix(b"[").and_then(|value| value.strip_suffix(b"]")).unwrap_or(value);
    match time::any(value) {
        Some(time) => time,
        // Encoders of floating-point numbers may choose an exponent.
        None => decimal(value, 1e9).map(|nanos| Time(nanos as i64)).or_else(|| other_instant(value)),
    }
}

/// Reads the spellings that few writers have: a zone behind a blank (`2024-05-01 00:02:15 +0900`), slashes in the date
/// (Go's `log`, Caddy), the date of HTTP (RFC 9110, section 5.6.7), what C's `asctime` gives.
#[cold]
fn other_instant(value: &[u8]) -> Option<Time> {
    let mut buffer = [0; INSTANT_BYTES_MAX];
    let text = buffer.get_mut(..value.len())?;
    text.copy_from_slice(value);
    if let [_, _, _, _, b'-' | b'/', _, _, b'-' | b'/', ..] = *text {
        (text[4], text[7]) = (b'-', b'-');
        let blank = memchr::memrchr(b' ', text).filter(|at| 19 <= *at);
        let Some(at) = blank else { return time::iso(text).flatten() };
        return match &text[at + 1..] {
            b"UTC" | b"GMT" | b"Z" => time::iso(&text[..at]).flatten(),
            zone => {
                let east = time::zone(zone).filter(|_| matches!(zone, [b'+' | b'-', ..]))?;
                let Time(nanos) = time::iso(&text[..at]).flatten()?;
                nanos.checked_sub(east * 1_000_000_000).map(Time)
            }
        };
    }
    internet_time(value)
}

/// The longest spelling of an instant that is looked at, in bytes.
const INSTANT_BYTES_MAX: usize = 48;

/// A number written with a point or an exponent, times `unit`; `None` if it is negative or no number.
pub(crate) fn decimal(text: &[u8], unit: f64) -> Option<f64> {
    number(text)?;
    let value = std::str::from_utf8(text).ok()?.parse::<f64>().ok()? * unit;
    if value.is_finite() && 0.0 <= value && value < i64::MAX as f64 { Some(value) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_many_spellings() {
        for text in [
            "2024-05-01T00:02:15Z",
            "2024-05-01 00:02:15 UTC",
            "2024-05-01 09:02:15 +0900",
            "2024-05-01 09:02:15 +09:00",
            "2024/05/01 00:02:15",
            "2024/05/01 09:02:15 +0900",
            "Wed, 01 May 2024 00:02:15 GMT",
            "Wed May  1 00:02:15 2024",
            "[01/May/2024:09:02:15 +0900]",
            "1714521735",
            "1714521735000",
            "1.714521735e9",
        ] {
            assert_eq!(instant(text.as_bytes()), Time::from_parts(1_714_521_735, 0), "{text}");
        }
        for text in
            ["", "now", "2024-05-01", "2024/05/01 00:02:15 CET", "2024-13-01 00:02:15 UTC", "-", &"1".repeat(99)]
        {
            assert_eq!(instant(text.as_bytes()), None, "{text}");
        }
    }
}

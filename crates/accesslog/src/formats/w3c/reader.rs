//! A line of columns, read into a record.
//!
//! A line is a record where it has as many values as the header has columns, and where date, clock, status and method
//! have their shape: a line of another writer in between, or one cut in the middle of a value, must not pass. Nothing
//! else is asked of a value that a header vouches for. Where no header does, more must fit (see [`fits_default`]).

use super::cells::{Cells, Cut};
use super::columns::{Column, Meaning};
use super::dialects::{Dialect, EXCHANGE_HTTP_PROXY, Empty, Header, IIS, Unit, header_row};
use super::tables::{count, moment};
use super::{Columns, State};
use crate::address::{is_address, without_port};
use crate::field::{Sink, Value};
use crate::formats::absolute::{absolute, tell_path};
use crate::grammar::{ONE_WAY, fault_at, is_token, seconds, split_request, whole_number};
use crate::{Cloud, Fault, Record, time};

/// The day and the clock of a `#Date:` directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    day: i64,
    nanos: i64,
}

/// How much earlier than the directive a clock may be and still be of its day, in nanoseconds.
const EARLIER_NANOS_MAX: i64 = 3_600_000_000_000;

impl Start {
    /// Reads `2013-07-30 00:00:00`; the clock may be missing.
    pub(super) fn read(text: &str) -> Option<Start> {
        let (date, clock) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
        let clock = clock.trim().trim_end_matches('Z');
        Some(Start { day: time::date(date.as_bytes())??, nanos: time::clock(clock.as_bytes()).flatten().unwrap_or(0) })
    }

    /// The day of a clock in a line behind the directive.
    fn day_of(self, nanos: i64) -> i64 {
        self.day + i64::from(nanos + EARLIER_NANOS_MAX < self.nanos)
    }
}

/// Reads a line.
pub(super) fn parse<'a>(dialect: &'static Dialect, state: &State, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
    // Exchange names its columns twice, the first time without a mark.
    let may_be_row = dialect.header != Header::Directive || dialect.name == EXCHANGE_HTTP_PROXY.name;
    if is_directive(line) || may_be_row && header_row(dialect, line).is_some() {
        return Ok(None);
    }
    read(dialect, state, line).map(|read| Some(read.record))
}

/// A line that was read: its record, by which columns, and how it was cut.
struct Read<'c, 'a> {
    record: Record<'a>,
    columns: &'c [Column],
    cut: Cut,
}

/// Reads a line by the columns that the header names or, where the header is lost or fits another line, by those that
/// the writer has by default.
fn read<'c, 'a>(dialect: &'static Dialect, state: &'c State, line: &'a [u8]) -> Result<Read<'c, 'a>, Fault> {
    match &state.columns {
        Columns::Told(columns) => read_by(dialect, state, columns, line)
            .or_else(|fault| by_default(dialect, state, line).ok_or(fault))
            .map_err(|fault| if is_of_exchange(dialect, line) { Fault { expected: ONE_WAY, ..fault } } else { fault }),
        Columns::Untold => by_default(dialect, state, line)
            .ok_or(Fault { at: 0, expected: "`#Fields:`, or the columns that the writer has by default" }),
        Columns::Foreign => {
            Err(Fault { at: 0, expected: "another format: the header names columns of another writer" })
        }
    }
}

/// Whether a line begins as one of Exchange's proxy does: it is no other server's, whatever a client made of the rest.
fn is_of_exchange(dialect: &Dialect, line: &[u8]) -> bool {
    let is_time = |comma: usize| time::iso(&line[..comma]).is_some_and(|time| time.is_some());
    dialect.name == EXCHANGE_HTTP_PROXY.name && memchr::memchr(b',', line).is_some_and(is_time)
}

/// Whether a line speaks of the log itself: `#Software: …`.
fn is_directive(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let Some(rest) = line.strip_prefix(b"#") else { return false };
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphabetic() || matches!(**byte, b'-' | b'_')).count();
    // Zeek divides by a tab, and says before the others that it does, by a blank.
    0 < name && (matches!(rest.get(name), Some(b':' | b'\t')) || rest.starts_with(b"separator "))
}

/// Reads a line by columns that nothing vouches for.
fn by_default<'a>(dialect: &'static Dialect, state: &State, line: &'a [u8]) -> Option<Read<'static, 'a>> {
    let counts: Vec<usize> = dialect.cuts.iter().map(|cut| Cells::new(line, *cut).count()).collect();
    let may_fit = |columns: &&Vec<Column>| dialect.cells_min.is_some() || counts.contains(&columns.len());
    (dialect.defaults)().iter().filter(may_fit).find_map(|columns| {
        let read = read_by(dialect, state, columns, line).ok()?;
        fits_default(dialect, &read, line).then_some(read)
    })
}

/// Whether a record read by default columns can be one of them: it has a time, a method of a request, addresses where
/// addresses stand, and numbers where numbers do.
fn fits_default(dialect: &'static Dialect, read: &Read<'_, '_>, line: &[u8]) -> bool {
    let is_iis = dialect.name == IIS.name;
    let is_shaped = Cells::new(line, read.cut).zip(read.columns).all(|(cell, column)| match column.meaning {
        Meaning::Client | Meaning::Text("server_ip") => matches!(cell, b"" | b"-") || is_zoned_address(cell),
        Meaning::Port | Meaning::Sent | Meaning::Received | Meaning::Taken | Meaning::Integer(_) => {
            matches!(cell, b"" | b"-") || seconds(cell).is_some()
        }
        Meaning::Status => matches!(cell, b"" | b"-") || cell.len() == 3,
        // IIS's log of what went wrong before a request was read has ports where others have methods.
        Meaning::Method => !cell.first().is_some_and(u8::is_ascii_digit),
        // What IIS may have in a place depends on what was chosen.
        _ if !is_iis => true,
        Meaning::Protocol => matches!(cell, b"" | b"-") || cell.starts_with(b"HTTP/"),
        Meaning::Referer => matches!(cell, b"" | b"-") || memchr::memmem::find(cell, b"://").is_some(),
        Meaning::Forwarded => {
            cell == b"-" || cell.split(|byte| *byte == b',').all(|item| is_zoned_address(item.trim_ascii()))
        }
        Meaning::Host => memchr::memchr(b'/', cell).is_none(),
        Meaning::Text("cookie") => cell == b"-" || cell.contains(&b'='),
        _ => true,
    });
    is_shaped && read.record.time.is_some()
}

/// Whether the text is an address; one of IPv6 may name its zone behind a `%`.
fn is_zoned_address(text: &[u8]) -> bool {
    is_address(text.split(|byte| *byte == b'%').next().unwrap_or(text))
}

/// Reads a line in the first way of cutting it that gives as many values as there are columns.
fn read_by<'c, 'a>(
    dialect: &Dialect,
    state: &State,
    columns: &'c [Column],
    line: &'a [u8],
) -> Result<Read<'c, 'a>, Fault> {
    for &cut in dialect.cuts {
        let mut draft = Draft::default();
        if each_cell(dialect, columns, line, cut, |column, cell| draft.take(dialect, column, cell)) {
            return draft.finish(dialect, state, line).map(|record| Read { record, columns, cut });
        }
    }
    Err(Fault { at: line.len(), expected: "as many values as there are columns" })
}

/// Shows each value with its column; whether there were as many as there are columns.
fn each_cell<'a, 'c>(
    dialect: &Dialect,
    columns: &'c [Column],
    line: &'a [u8],
    cut: Cut,
    mut show: impl FnMut(&'c Column, &'a [u8]),
) -> bool {
    let mut cells = Cells::new(line, cut);
    for (number, column) in columns.iter().enumerate() {
        match cells.next() {
            Some(cell) => show(column, cell),
            None => return dialect.cells_min.is_some_and(|least| least <= number),
        }
    }
    cells.next().is_none()
}

/// A record whose values are not yet put together.
#[derive(Default)]
struct Draft<'a> {
    record: Record<'a>,
    cloud: Cloud<'a>,
    is_cloud: bool,
    date: Option<&'a [u8]>,
    clock: Option<&'a [u8]>,
    instant: Option<&'a [u8]>,
    status: Option<&'a [u8]>,
    uri: Option<&'a [u8]>,
}

impl<'a> Draft<'a> {
    fn take(&mut self, dialect: &Dialect, column: &Column, cell: &'a [u8]) {
        let value = present(dialect, cell);
        let is_table = dialect.header == Header::Chosen;
        if is_table && (value.is_none() || self.holds(column.meaning)) {
            return;
        }
        let number = if is_table { count } else { whole_number };
        let record = &mut self.record;
        match column.meaning {
            Meaning::Date => self.date = value,
            Meaning::Clock => self.clock = value,
            Meaning::Instant => self.instant = value,
            // Balancers in front of IIS hand on the port as well.
            Meaning::Client => record.client = value.map(without_port),
            Meaning::User => record.user = value,
            Meaning::Method => record.method = value,
            Meaning::Stem => record.target = value,
            Meaning::Query => record.query = value,
            Meaning::Uri => self.uri = value,
            Meaning::Request => split_request(value.unwrap_or_default(), record),
            Meaning::Protocol => record.protocol = value,
            Meaning::Status => self.status = value,
            Meaning::Sent => record.bytes = value.and_then(number),
            Meaning::Received => record.request_bytes = value.and_then(number),
            Meaning::Referer => record.referer = value,
            Meaning::Agent => record.agent = value,
            Meaning::Host => record.host = value,
            Meaning::Taken => record.duration = value.and_then(|value| nanos_taken(value, dialect.unit)),
            Meaning::TakenMilliseconds => {
                record.duration = value.and_then(|value| nanos_taken(value, Unit::Milliseconds));
            }
            Meaning::TakenMicroseconds => {
                record.duration = value.and_then(whole_number).and_then(|micros| micros.checked_mul(1_000));
            }
            Meaning::TakenNanoseconds => record.duration = value.and_then(number),
            Meaning::Forwarded => record.forwarded = value,
            Meaning::RequestId => record.request_id = value,
            Meaning::Scheme => record.scheme = value,
            Meaning::Port => record.port = value.and_then(whole_number).and_then(|port| port.try_into().ok()),
            Meaning::TlsVersion => record.tls_version = value,
            Meaning::TlsCipher => record.tls_cipher = value,
            Meaning::Operation => self.cloud.operation = value,
            Meaning::Bucket => self.cloud.bucket = value,
            Meaning::Key => self.cloud.key = value,
            Meaning::Text(_) | Meaning::Integer(_) | Meaning::Decimal(_) | Meaning::Unnamed => {}
        }
        self.is_cloud |= matches!(column.meaning, Meaning::Operation | Meaning::Bucket | Meaning::Key);
    }

    /// Whether there is a value of that meaning.
    fn holds(&self, meaning: Meaning) -> bool {
        let record = &self.record;
        match meaning {
            Meaning::Instant => self.instant.is_some(),
            Meaning::Client => record.client.is_some(),
            Meaning::User => record.user.is_some(),
            Meaning::Method => record.method.is_some(),
            Meaning::Stem => record.target.is_some(),
            Meaning::Query => record.query.is_some(),
            Meaning::Uri => self.uri.is_some(),
            Meaning::Status => self.status.is_some(),
            Meaning::Sent => record.bytes.is_some(),
            Meaning::Received => record.request_bytes.is_some(),
            Meaning::Referer => record.referer.is_some(),
            Meaning::Agent => record.agent.is_some(),
            Meaning::Host => record.host.is_some(),
            _ => false,
        }
    }

    /// Puts the values together, where they have their shapes.
    fn finish(self, dialect: &Dialect, state: &State, line: &[u8]) -> Result<Record<'a>, Fault> {
        let Draft { mut record, cloud, is_cloud, date, clock, instant, status, uri } = self;
        let day = date.map(|date| date_of(date).ok_or_else(|| fault_at(line, date, "a date")));
        let nanos = clock.map(|clock| time::clock(clock).ok_or_else(|| fault_at(line, clock, "a clock")));
        let is_table = dialect.header == Header::Chosen;
        let read = |instant: &[u8]| if is_table { Some(moment(instant)) } else { time::any(instant) };
        let instant = instant.map(|instant| read(instant).ok_or_else(|| fault_at(line, instant, "a time")));
        let (day, nanos) = (day.transpose()?, nanos.transpose()?);
        record.time = match (day, nanos) {
            (Some(day), Some(nanos)) => {
                day.zip(nanos).and_then(|(day, nanos)| time::at(day, nanos, state.zone_seconds))
            }
            (None, Some(Some(nanos))) if dialect.header == Header::Directive => {
                state.start.and_then(|start| time::at(start.day_of(nanos), nanos, state.zone_seconds))
            }
            _ => None,
        };
        record.time = record.time.or(instant.transpose()?.flatten());
        if let Some(status) = status.filter(|status| !status.is_empty()) {
            let number = if is_table { count(status) } else { whole_number(status) };
            let number = number.and_then(|number| number.try_into().ok()).filter(|number| *number < 1000);
            record.status = Some(number.ok_or_else(|| fault_at(line, status, "a status of at most three digits"))?);
        }
        if let Some(method) = record.method.filter(|method| !method.is_empty() && !is_method(method)) {
            return Err(fault_at(line, method, "a method"));
        }
        match uri {
            // S3's table has the whole request line there.
            Some(uri) if is_table && memchr::memmem::find(uri, b" HTTP/").is_some() => split_request(uri, &mut record),
            Some(uri) => put_uri(uri, &mut record),
            None => {}
        }
        if is_table {
            record.query = record.query.filter(|_| !record.target.is_some_and(|target| target.contains(&b'?')));
            if record.target.is_none() && record.method.is_none() && cloud.operation.is_none() {
                return Err(fault_at(line, line, "a target or a method"));
            }
        }
        record.cloud = is_cloud.then_some(cloud);
        Ok(record)
    }
}

/// Whether a word is a method; that of an FTP service has the number of its session before it, `[28]RETR`.
fn is_method(word: &[u8]) -> bool {
    let behind_session = word.strip_prefix(b"[").and_then(|word| {
        let end = memchr::memchr(b']', word)?;
        whole_number(&word[..end]).map(|_| &word[end + 1..])
    });
    is_token(behind_session.unwrap_or(word))
}

/// A date, or the date of a midnight that some tables make of it: `2024-05-01 00:00:00`.
fn date_of(text: &[u8]) -> Option<Option<i64>> {
    match text.split_at_checked(DATE_BYTES) {
        Some((date, [b' ' | b'T', _, ..])) => time::date(date),
        _ => time::date(text),
    }
}

/// The length of `2024-05-01` in bytes.
const DATE_BYTES: usize = 10;

/// Puts a target into the record that may have the host before its path, without a scheme: `shop.example/a?b`.
fn put_uri<'a>(uri: &'a [u8], record: &mut Record<'a>) {
    let slash = memchr::memchr(b'/', uri).filter(|_| absolute(uri).is_none());
    match slash {
        Some(at) if 0 < at => {
            record.host = record.host.or(Some(&uri[..at]));
            record.target = Some(&uri[at..]);
        }
        _ => record.target = Some(uri),
    }
}

/// `None` for what stands for an absent value.
fn present<'a>(dialect: &Dialect, cell: &'a [u8]) -> Option<&'a [u8]> {
    let is_absent = cell == b"-"
        || cell.is_empty() && dialect.empty == Empty::Absent
        || cell == b"null" && dialect.header == Header::Chosen;
    (!is_absent).then_some(cell)
}

fn nanos_taken(value: &[u8], unit: Unit) -> Option<u64> {
    match unit {
        _ if value.contains(&b'.') => seconds(value),
        Unit::Seconds => seconds(value),
        Unit::Milliseconds => whole_number(value)?.checked_mul(1_000_000),
        Unit::Unsure => None,
    }
}

/// Tells the further fields of a line that was read.
pub(super) fn further<'a>(
    dialect: &'static Dialect,
    state: &'a State,
    line: &'a [u8],
    record: &Record<'a>,
    sink: Sink<'_, 'a>,
) {
    let Ok(Read { columns, cut, .. }) = read(dialect, state, line) else { return };
    let has = |meaning: Meaning| columns.iter().any(|column| column.meaning == meaning);
    let is_path_apart = has(Meaning::Query) && !has(Meaning::Uri);
    tell_path(record, sink);
    each_cell(dialect, columns, line, cut, |column, cell| {
        let value = present(dialect, cell);
        let text = value.map_or(Value::Absent, Value::Text);
        match column.meaning {
            Meaning::Stem if is_path_apart => sink("path", text),
            Meaning::Query => sink("query", text),
            Meaning::Received => sink("bytes_received", value.map_or(Value::Absent, Value::integer)),
            Meaning::Text(name) => sink(name, text),
            Meaning::Integer(name) => sink(name, value.map_or(Value::Absent, Value::integer)),
            Meaning::Decimal(name) => sink(name, value.map_or(Value::Absent, Value::decimal)),
            Meaning::Unnamed => sink(&column.written, text),
            Meaning::Taken if dialect.unit == Unit::Unsure => sink(&column.written, text),
            _ => {}
        }
    });
}

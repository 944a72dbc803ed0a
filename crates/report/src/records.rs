//! One record as one JSON object: the parser as a tool of its own.
//!
//! Values are those of the log, not what they mean: nothing is masked, nothing is decoded unless it is asked for,
//! since this output is what other programs compute with. It is safe to show all the same: what is not seen is
//! escaped as in every JSON that leaves here. A byte that is no UTF-8 cannot stand in JSON. It becomes U+FFFD here, not
//! the `\xNN` of reports: servers write those four characters themselves, and an answer must not look like theirs.
//!
//! Keys come in one order: where the record stands, what every format may hold, what only some do. A key that the
//! record's format has and its writer left out is `null`; one that the format lacks is not there.

use std::borrow::Cow;
use std::io;

use accesslog::{Escape, Fault, Position, Record, Seen, Value};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::json::{spelt, write_line};
use crate::show::instant;

/// How records are shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecordStyle {
    /// Whether the log's own escapes are undone.
    pub is_decoded: bool,
    /// Whether keys are those of the Elastic Common Schema.
    pub is_ecs: bool,
}

/// Writes the record of a line of a source as one line of JSON; nothing where the line is none.
///
/// # Errors
///
/// What the writer says.
pub fn write_record(out: &mut dyn io::Write, source: &[u8], seen: &Seen<'_>, style: RecordStyle) -> io::Result<()> {
    match &seen.outcome {
        Ok(Some(record)) => {
            write_line(out, &Row { fields: fields(seen, record), place: (source, seen.line.at), style })
        }
        _ => Ok(()),
    }
}

/// Writes what is wrong with a line as one line of JSON.
///
/// # Errors
///
/// What the writer says.
pub fn write_fault(out: &mut dyn io::Write, source: &[u8], at: Position, fault: Fault) -> io::Result<()> {
    #[derive(Serialize)]
    struct FaultRow {
        line: u64,
        source: String,
        offset: u64,
        at: usize,
        expected: &'static str,
    }
    let row =
        FaultRow { line: at.line, source: spelt(source), offset: at.offset, at: fault.at, expected: fault.expected };
    write_line(out, &row)
}

/// A field of a line, ready to be shown.
#[derive(Clone, Debug)]
pub struct ShownField<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its value.
    pub value: Value<'a>,
    /// How its text was escaped when it was written.
    pub escape: Escape,
}

/// All fields of the record of a line, in the order in which they are shown.
pub fn fields<'a>(seen: &Seen<'a>, record: &Record<'a>) -> Vec<ShownField<'a>> {
    let mut further: Vec<(&str, Value<'a>)> = Vec::new();
    seen.format.further(seen.text, record, &mut |name, value| further.push((name, value)));
    let mut out: Vec<ShownField<'a>> = Vec::new();
    let mut add = |name: &'a str, value: Value<'a>| {
        if !out.iter().any(|field| field.name == name) {
            out.push(ShownField { name: Cow::Borrowed(name), value, escape: record.escape });
        }
    };
    for (name, value) in common(record) {
        // What the format itself says of a name is more exact.
        let own = further.iter().position(|(further, _)| *further == name);
        add(name, own.map_or(value, |own| further[own].1.clone()));
    }
    for (name, value) in more(record) {
        if !further.iter().any(|(further, _)| *further == name) {
            add(name, value);
        }
    }
    for (name, value) in further {
        add(name, value);
    }
    out
}

/// What every format may hold; absent where this record has it not.
fn common<'a>(record: &Record<'a>) -> Vec<(&'static str, Value<'a>)> {
    let text = |value: Option<&'a [u8]>| value.map_or(Value::Absent, Value::Text);
    vec![
        ("time", record.time.map_or(Value::Absent, Value::Time)),
        ("client", text(record.client)),
        ("user", text(record.user)),
        ("method", text(record.method)),
        ("target", text(record.target)),
        ("protocol", text(record.protocol)),
        ("status", record.status.map_or(Value::Absent, |status| Value::Integer(i64::from(status)))),
        ("bytes", record.bytes.map_or(Value::Absent, whole)),
        ("referer", text(record.referer)),
        ("agent", text(record.agent)),
        ("host", text(record.host)),
        ("duration", record.duration.map_or(Value::Absent, |nanos| Value::Decimal(nanos as f64 / 1e9))),
    ]
}

/// What only some formats hold: those that this record has.
fn more<'a>(record: &Record<'a>) -> Vec<(&'static str, Value<'a>)> {
    let (path, query) = split(record);
    let cloud = record.cloud.unwrap_or_default();
    let texts = [
        ("request_line", record.request),
        ("path", path),
        ("query", query),
        ("x_forwarded_for", record.forwarded),
        ("request_id", record.request_id),
        ("scheme", record.scheme),
        ("upstream", record.upstream),
        ("tls_version", record.tls_version),
        ("tls_cipher", record.tls_cipher),
        ("operation", cloud.operation),
        ("bucket", cloud.bucket),
        ("key", cloud.key),
        ("error_code", cloud.error),
        ("event_source", cloud.service),
        ("region", cloud.region),
        ("principal", cloud.principal),
        ("access_key_id", cloud.access_key_id),
    ];
    let numbers = [("server_port", record.port.map(u64::from)), ("request_bytes", record.request_bytes)];
    let texts = texts.into_iter().filter_map(|(name, value)| Some((name, Value::Text(value?))));
    let numbers = numbers.into_iter().filter_map(|(name, value)| Some((name, whole(value?))));
    texts.chain(numbers).collect()
}

/// A whole number; beyond 63 bits, where few readers of JSON keep every digit, the nearest that a fraction can hold.
fn whole<'a>(number: u64) -> Value<'a> {
    i64::try_from(number).map_or(Value::Decimal(number as f64), Value::Integer)
}

/// The path and the query of a record's target: what stands before the first `?`, and behind it.
fn split<'a>(record: &Record<'a>) -> (Option<&'a [u8]>, Option<&'a [u8]>) {
    let Some(target) = record.target else { return (None, record.query) };
    match target.iter().position(|byte| *byte == b'?') {
        Some(at) => (Some(&target[..at]), Some(&target[at + 1..])),
        None => (Some(target), record.query),
    }
}

/// A record as a row of JSON.
struct Row<'a> {
    place: (&'a [u8], Position),
    fields: Vec<ShownField<'a>>,
    style: RecordStyle,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let (source, at) = self.place;
        if self.style.is_ecs {
            map.serialize_entry("log.file.path", &spelt(source))?;
            map.serialize_entry("log.file.line", &at.line)?;
            map.serialize_entry("log.offset", &at.offset)?;
        } else {
            map.serialize_entry("line", &at.line)?;
            map.serialize_entry("source", &spelt(source))?;
        }
        if at.record != 0 {
            map.serialize_entry(if self.style.is_ecs { "keytrace.record" } else { "record" }, &at.record)?;
        }
        for field in &self.fields {
            let name = if self.style.is_ecs { ecs_name(&field.name) } else { Cow::Borrowed(&*field.name) };
            match (&field.value, self.style.is_ecs) {
                (Value::Absent, true) => {}
                (Value::Decimal(seconds), true) if field.name == "duration" => {
                    map.serialize_entry(&*name, &((seconds * 1e9).round() as u64))?;
                }
                (Value::Text(protocol), true) if field.name == "protocol" => {
                    map.serialize_entry(&*name, &lossy(protocol.strip_prefix(b"HTTP/").unwrap_or(protocol)))?;
                }
                (value, _) => map.serialize_entry(&*name, &Shown { value, field, style: self.style })?,
            }
        }
        map.end()
    }
}

/// A value as it is shown.
struct Shown<'a> {
    value: &'a Value<'a>,
    field: &'a ShownField<'a>,
    style: RecordStyle,
}

impl Shown<'_> {
    /// Text as it is shown. That of a JSON log is always decoded: its escapes are those of the container.
    fn text(&self, text: &[u8]) -> String {
        match self.field.escape {
            Escape::Json | Escape::JsonTwice => lossy(&self.field.escape.undo(text)),
            escape if self.style.is_decoded => lossy(&escape.undo(text)),
            _ => lossy(text),
        }
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            Value::Absent => serializer.serialize_none(),
            Value::Text(text) => serializer.serialize_str(&self.text(text)),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Decimal(number) => serializer.serialize_f64(*number),
            Value::Time(time) => serializer.serialize_str(&instant(*time)),
            Value::List(items) => serializer.collect_seq(items.iter().map(|item| self.text(item))),
        }
    }
}

/// Text of a log as a JSON string: what is no UTF-8 becomes U+FFFD.
fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// The name of a field in the Elastic Common Schema; a name of our own under `keytrace` where it has none.
fn ecs_name(name: &str) -> Cow<'_, str> {
    Cow::Borrowed(match name {
        "time" => "@timestamp",
        "client" => "client.address",
        "client_port" => "client.port",
        "user" => "user.name",
        "method" => "http.request.method",
        "target" => "url.original",
        "path" => "url.path",
        "query" => "url.query",
        "scheme" => "url.scheme",
        "protocol" => "http.version",
        "status" => "http.response.status_code",
        "bytes" => "http.response.bytes",
        "request_bytes" => "http.request.bytes",
        "referer" => "http.request.referrer",
        "agent" => "user_agent.original",
        "host" => "url.domain",
        "duration" => "event.duration",
        "request_id" => "http.request.id",
        "server_port" => "server.port",
        "server_ip" => "server.ip",
        "tls_version" => "tls.version_protocol",
        "tls_cipher" => "tls.cipher",
        "region" => "cloud.region",
        "operation" => "event.action",
        "event_id" => "event.id",
        "error_code" => "error.code",
        other => return Cow::Owned(format!("keytrace.{other}")),
    })
}

#[cfg(test)]
mod tests {
    use accesslog::{Census, Chunk, Reading, each_line, named};

    use super::*;

    fn rows(line: &[u8], style: RecordStyle) -> serde_json::Value {
        let reading = Reading::listed(named("combined").unwrap());
        let mut out = Vec::new();
        let chunk = Chunk { bytes: line, start: Position { line: 7, ..Position::default() } };
        each_line(chunk, &reading, &mut Census::default(), |seen| {
            write_record(&mut out, b"a.log", seen, style).unwrap();
        });
        serde_json::from_slice(&out).unwrap()
    }

    const LINE: &[u8] =
        br#"192.0.2.7 - - [10/Oct/2000:13:55:36 -0700] "GET /a?b=\x221 HTTP/1.1" 200 2326 "-" "curl/8""#;

    #[test]
    fn a_record_is_told_as_it_stands() {
        let row = rows(LINE, RecordStyle::default());
        assert_eq!(row["line"], 7);
        assert_eq!(row["time"], "2000-10-10T20:55:36Z");
        assert_eq!(row["target"], r"/a?b=\x221");
        assert_eq!(row["query"], r"b=\x221");
        assert_eq!((&row["status"], &row["bytes"]), (&200.into(), &2326.into()));
        assert!(row["referer"].is_null() && row["user"].is_null());
    }

    #[test]
    fn what_is_no_text_is_told_from_what_the_server_spelt_out() {
        let line = |agent: &[u8]| [LINE.strip_suffix(b"curl/8\"").unwrap(), agent, b"\""].concat();
        let agent = |agent: &[u8]| rows(&line(agent), RecordStyle::default())["agent"].clone();
        assert_eq!(agent(b"bad \xff\xfe utf8"), "bad \u{fffd}\u{fffd} utf8");
        assert_eq!(agent(br"bad \xff\xfe utf8"), r"bad \xff\xfe utf8");
        assert_eq!(agent("検".as_bytes()), "検");
    }

    #[test]
    fn escapes_are_undone_where_that_is_asked_for() {
        assert_eq!(rows(LINE, RecordStyle { is_decoded: true, ..Default::default() })["target"], "/a?b=\"1");
    }

    #[test]
    fn the_common_schema_has_its_own_names() {
        let row = rows(LINE, RecordStyle { is_ecs: true, ..Default::default() });
        assert_eq!(row["http.response.status_code"], 200);
        assert_eq!(row["http.version"], "1.1");
        assert!(row.get("http.request.referrer").is_none());
    }
}

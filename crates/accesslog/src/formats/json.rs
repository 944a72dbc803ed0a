//! JSON lines, under the key names that nginx configurations, Caddy and Traefik use.
//!
//! One object a line (RFC 8259). The scanner walks it once and keeps slices: no tree is built, no string is
//! copied, and nesting is bounded, since recursion on a stranger's input must be. Values inside `request` and
//! its `headers` (Caddy) are seen, of an array its first string. Where two keys of a line mean the same field,
//! the more exact one is taken, whichever comes first.

use memchr::memchr2;

use crate::grammar::{number, seconds, split_request, whole_number};
use crate::{Escape, Fault, Format, Record, Time, time};

/// How deep a line may nest.
const DEPTH_MAX: usize = 16;

/// One JSON object a line.
pub(crate) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn about(&self) -> &'static str {
        "JSON lines (nginx `escape=json`, Caddy, Traefik)"
    }

    fn example(&self) -> &'static str {
        r#"{"time_iso8601":"2024-05-01T00:02:15+09:00","remote_addr":"192.0.2.7","request":"GET /a HTTP/1.1","status":"200","body_bytes_sent":"2326","http_user_agent":"curl/8.5","request_time":0.042}"#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let mut scanner = Scanner { text: line, at: 0, found: Found::default() };
        scanner.skip_blanks();
        scanner.object(Place::Top, 0)?;
        scanner.skip_blanks();
        if scanner.at < line.len() {
            return Err(scanner.fault("the end of the line"));
        }
        let record = scanner.found.record();
        let is_request = record.method.is_some() || record.target.is_some() || record.request.is_some();
        if !is_request || record.status.is_none() && record.time.is_none() {
            return Err(Fault { at: 0, expected: "keys that hold a request, and its status or time" });
        }
        Ok(Some(record))
    }
}

/// The object that a key stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    Request,
    Headers,
    Elsewhere,
}

/// What a key means.
#[derive(Clone, Copy)]
enum Field {
    Time,
    Client,
    User,
    Request,
    Method,
    Target,
    Query,
    Protocol,
    Status,
    Bytes,
    Referer,
    Agent,
    Host,
    Seconds,
    Milliseconds,
    Nanoseconds,
    Forwarded,
    RequestId,
}

const FIELDS: usize = Field::RequestId as usize + 1;

/// The field that a key means in its place, and its rank among the keys that mean it: the lowest is taken.
fn meaning(place: Place, key: &[u8]) -> Option<(Field, u8)> {
    use Field::*;
    let header = |field| if place == Place::Headers { Some((field, 0)) } else { None };
    Some(match key {
        b"msec" | b"StartUTC" => (Time, 0),
        b"ts" | b"time_iso8601" => (Time, 1),
        b"timestamp" | b"@timestamp" | b"time" | b"time_local" => (Time, 2),
        b"date" | b"datetime" | b"StartLocal" | b"start_time" => (Time, 3),
        b"client_ip" | b"ClientHost" => (Client, 0),
        b"remote_addr" | b"remote_ip" | b"remoteAddr" | b"clientip" | b"clientIp" | b"remoteIp" => (Client, 1),
        b"client" | b"ip" | b"remote_host" | b"client_addr" | b"source_ip" | b"src_ip" => (Client, 2),
        b"ClientAddr" => (Client, 3),
        b"remote_user" | b"ClientUsername" | b"user_id" => (User, 0),
        b"user" | b"username" | b"auth_user" => (User, 1),
        b"request" | b"request_line" if place == Place::Top => (Request, 0),
        b"request_method" | b"RequestMethod" => (Method, 0),
        b"method" | b"http_method" | b"verb" => (Method, 1),
        b"request_uri" | b"RequestPath" => (Target, 0),
        b"uri" | b"request_url" | b"target" => (Target, 1),
        b"url" | b"request_path" => (Target, 2),
        b"path" => (Target, 3),
        b"args" | b"query_string" | b"query" => (Query, 0),
        b"server_protocol" | b"RequestProtocol" => (Protocol, 0),
        b"proto" | b"protocol" | b"request_protocol" | b"http_version" => (Protocol, 1),
        b"DownstreamStatus" | b"status" => (Status, 0),
        b"status_code" | b"statusCode" | b"response_status" | b"response_code" | b"code" => (Status, 1),
        b"body_bytes_sent" | b"DownstreamContentSize" => (Bytes, 0),
        b"size" | b"bytes_sent" | b"response_size" | b"response_bytes" => (Bytes, 1),
        b"bytes" | b"body_bytes" | b"body_size" | b"length" => (Bytes, 2),
        b"http_referer" | b"http_referrer" | b"request_Referer" => (Referer, 0),
        b"referer" | b"referrer" => (Referer, 1),
        b"Referer" => return header(Referer),
        b"http_user_agent" | b"request_User-Agent" => (Agent, 0),
        b"user_agent" | b"userAgent" | b"useragent" | b"agent" | b"ua" => (Agent, 1),
        b"User-Agent" => return header(Agent),
        b"http_host" | b"RequestHost" => (Host, 0),
        b"host" | b"vhost" | b"request_host" | b"domain" => (Host, 1),
        b"server_name" => (Host, 2),
        b"request_time" | b"duration" | b"response_time" => (Seconds, 0),
        b"duration_ms" | b"request_time_ms" | b"response_time_ms" | b"elapsed_ms" | b"latency_ms" => (Milliseconds, 0),
        b"Duration" => (Nanoseconds, 0),
        b"http_x_forwarded_for" | b"request_X-Forwarded-For" => (Forwarded, 0),
        b"x_forwarded_for" | b"forwarded_for" => (Forwarded, 1),
        b"X-Forwarded-For" => return header(Forwarded),
        b"request_id" | b"req_id" | b"requestId" => (RequestId, 0),
        b"X-Request-Id" => return header(RequestId),
        _ => return None,
    })
    .filter(|_| matches!(place, Place::Top | Place::Request))
}

/// The best value of each field so far.
struct Found<'a> {
    values: [Option<&'a [u8]>; FIELDS],
    ranks: [u8; FIELDS],
}

impl Default for Found<'_> {
    fn default() -> Self {
        Found { values: [None; FIELDS], ranks: [u8::MAX; FIELDS] }
    }
}

impl<'a> Found<'a> {
    fn offer(&mut self, place: Place, key: &[u8], value: &'a [u8]) {
        let Some((field, rank)) = meaning(place, key) else { return };
        // A dash is how nginx writes what is absent; in a header it is what the client sent.
        if matches!(value, b"" | b"null") || value == b"-" && place != Place::Headers {
            return;
        }
        let field = field as usize;
        if rank < self.ranks[field] {
            self.ranks[field] = rank;
            self.values[field] = Some(value);
        }
    }

    fn get(&self, field: Field) -> Option<&'a [u8]> {
        self.values[field as usize]
    }

    fn record(&self) -> Record<'a> {
        let mut record = Record { escape: Escape::Json, ..Record::default() };
        if let Some(request) = self.get(Field::Request) {
            split_request(request, &mut record);
        }
        Record {
            time: self.get(Field::Time).and_then(instant),
            client: self.get(Field::Client),
            user: self.get(Field::User),
            method: self.get(Field::Method).or(record.method),
            target: self.get(Field::Target).or(record.target),
            query: self.get(Field::Query),
            protocol: self.get(Field::Protocol).or(record.protocol),
            status: self.get(Field::Status).and_then(whole_number).and_then(|status| u16::try_from(status).ok()),
            bytes: self.get(Field::Bytes).and_then(whole_number),
            referer: self.get(Field::Referer),
            agent: self.get(Field::Agent),
            host: self.get(Field::Host),
            duration: self.duration(),
            forwarded: self.get(Field::Forwarded),
            request_id: self.get(Field::RequestId),
            ..record
        }
    }

    fn duration(&self) -> Option<u64> {
        let nanoseconds = || self.get(Field::Nanoseconds).and_then(whole_number);
        let milliseconds = || Some(decimal(self.get(Field::Milliseconds)?, 1e6)? as u64);
        let text = |value: &'a [u8]| {
            seconds(value).or_else(|| Some(decimal(value.strip_suffix(b"s").unwrap_or(value), 1e9)? as u64))
        };
        self.get(Field::Seconds).and_then(text).or_else(milliseconds).or_else(nanoseconds)
    }
}

fn instant(value: &[u8]) -> Option<Time> {
    match time::any(value) {
        Some(time) => time,
        // Encoders of floating-point numbers may choose an exponent.
        None => decimal(value, 1e9).map(|nanos| Time(nanos as i64)),
    }
}

/// A number written with a point or an exponent, times `unit`; `None` if it is negative or no number.
fn decimal(text: &[u8], unit: f64) -> Option<f64> {
    number(text)?;
    let value = std::str::from_utf8(text).ok()?.parse::<f64>().ok()? * unit;
    if value.is_finite() && 0.0 <= value && value < i64::MAX as f64 { Some(value) } else { None }
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    found: Found<'a>,
}

impl<'a> Scanner<'a> {
    #[cold]
    fn fault(&self, expected: &'static str) -> Fault {
        Fault { at: self.at, expected }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8, expected: &'static str) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(self.fault(expected));
        }
        self.at += 1;
        Ok(())
    }

    fn object(&mut self, place: Place, depth: usize) -> Result<(), Fault> {
        if DEPTH_MAX < depth {
            return Err(self.fault("less nesting"));
        }
        self.take(b'{', "an object")?;
        self.skip_blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_blanks();
            let key = self.string("a key in quotes")?;
            self.skip_blanks();
            self.take(b':', "a colon")?;
            self.skip_blanks();
            self.member(place, key, depth)?;
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => return self.take(b'}', "a comma or the end of the object"),
            }
        }
    }

    fn member(&mut self, place: Place, key: &'a [u8], depth: usize) -> Result<(), Fault> {
        match self.peek() {
            Some(b'{') => {
                let inner = match (place, key) {
                    (Place::Top, b"request") => Place::Request,
                    (Place::Request, b"headers") => Place::Headers,
                    _ => Place::Elsewhere,
                };
                self.object(inner, depth + 1)
            }
            Some(b'[') => self.array(place, key, depth + 1),
            _ => {
                let value = self.scalar()?;
                self.found.offer(place, key, value);
                Ok(())
            }
        }
    }

    /// Offers the first scalar of an array as the key's value.
    fn array(&mut self, place: Place, key: &'a [u8], depth: usize) -> Result<(), Fault> {
        if DEPTH_MAX < depth {
            return Err(self.fault("less nesting"));
        }
        self.take(b'[', "an array")?;
        self.skip_blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'{') => self.object(Place::Elsewhere, depth + 1)?,
                Some(b'[') => self.array(Place::Elsewhere, key, depth + 1)?,
                _ => {
                    let value = self.scalar()?;
                    self.found.offer(place, key, value);
                }
            }
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => return self.take(b']', "a comma or the end of the array"),
            }
        }
    }

    fn scalar(&mut self) -> Result<&'a [u8], Fault> {
        match self.peek() {
            Some(b'"') => self.string("a string"),
            Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => {
                let rest = &self.text[self.at..];
                let end = rest
                    .iter()
                    .position(|byte| !byte.is_ascii_alphanumeric() && !b"+-.".contains(byte))
                    .unwrap_or(rest.len());
                self.at += end;
                Ok(&rest[..end])
            }
            _ => Err(self.fault("a value")),
        }
    }

    /// Reads a string; gives what stands between its quotes.
    fn string(&mut self, expected: &'static str) -> Result<&'a [u8], Fault> {
        self.take(b'"', expected)?;
        let begin = self.at;
        while let Some(step) = memchr2(b'"', b'\\', &self.text[self.at..]) {
            self.at += step + 1;
            match self.text[self.at - 1] {
                b'"' => return Ok(&self.text[begin..self.at - 1]),
                _ => self.at = self.text.len().min(self.at + 1),
            }
        }
        self.at = self.text.len();
        Err(self.fault("the end of the string"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Record<'_> {
        Json.parse(line.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn nginx_keys() {
        let record = parse(Json.example());
        assert_eq!((record.method, record.target), (Some(&b"GET"[..]), Some(&b"/a"[..])));
        assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2326), Some(42_000_000)));
        assert_eq!(record.time, Time::from_parts(1_714_489_335, 0));
    }

    #[test]
    fn caddy_nests_the_request_and_lists_headers() {
        let record = parse(
            r#"{"ts":1693840839.5,"request":{"remote_ip":"192.0.2.1","method":"GET","host":"a.example:8080","uri":"/x?y","headers":{"User-Agent":["curl/7","b"]}},"duration":2.5e-06,"size":7,"status":0}"#,
        );
        assert_eq!(record.client, Some(&b"192.0.2.1"[..]));
        assert_eq!((record.target, record.agent), (Some(&b"/x?y"[..]), Some(&b"curl/7"[..])));
        assert_eq!((record.duration, record.bytes, record.status), (Some(2_500), Some(7), Some(0)));
    }

    #[test]
    fn traefik_keys_and_the_more_exact_of_two() {
        let record = parse(
            r#"{"ClientAddr":"192.0.2.1:39496","ClientHost":"192.0.2.1","DownstreamStatus":200,"Duration":564849,"RequestMethod":"GET","RequestPath":"/a","time":"2021-12-08T14:02:43Z","StartUTC":"2021-12-08T14:02:43.5Z"}"#,
        );
        assert_eq!(record.client, Some(&b"192.0.2.1"[..]));
        assert_eq!(record.time, Time::from_parts(1_638_972_163, 500_000_000));
        assert_eq!(record.duration, Some(564_849));
    }

    #[test]
    fn faults_say_where() {
        let at = |line: &str| Json.parse(line.as_bytes()).unwrap_err();
        assert_eq!(at(r#"{"a":1"#), Fault { at: 6, expected: "a comma or the end of the object" });
        assert_eq!(at(r#"{"a":"b\""#), Fault { at: 9, expected: "the end of the string" });
        assert_eq!(at(r#"{"a":1} x"#), Fault { at: 8, expected: "the end of the line" });
        assert_eq!(
            at(r#"{"level":"info","msg":"started"}"#).expected,
            "keys that hold a request, and its status or time"
        );
        assert_eq!(at(&"[".repeat(10)).expected, "an object");
        assert_eq!(at(&format!("{}1", r#"{"a":"#.repeat(100_000))).expected, "less nesting");
    }
}

//! What collectors put around a line: the prefix of a syslog daemon, the JSON object of a container engine.
//!
//! The line inside is what the server wrote, and is read by its own format, JSON included. Where the wrapping keeps it
//! whole it is a slice; where the wrapping escapes it (a JSON string), it is undone into a buffer that the reader lends.
//!
//! Container engines cut long lines into pieces (CRI marks all but the last with a `P`, Docker ends only the last with a
//! line feed). The pieces are not joined: a chunk may end between them, and other streams' lines stand between them. A
//! piece is given as no wrapped line at all, so that it becomes a fault that is counted and shown, never a record with
//! half a target. Of the last piece nobody can say that it is one; what it holds is the end of a line, and no format
//! begins there.

use memchr::{memchr, memchr_iter, memchr2, memmem};

use crate::address::is_address;
use crate::grammar::word;
use crate::logger::{logged, named};
use crate::stored::{DOCKER, JOURNALD, SHIPPER, entry, object, row};
use crate::syslog::syslog_prefix;
use crate::{Time, time};

/// What stands around each line of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrapping {
    /// Nothing.
    #[default]
    Bare,
    /// The prefix of a syslog daemon, old or new, or of journald's short forms. The old form has no year: its lines
    /// keep no time of the wrapping.
    Syslog,
    /// The log driver `json-file` of Docker: `{"log":"...\n","stream":"stdout","time":"..."}`.
    Docker,
    /// The container runtime interface of Kubernetes: a time, `stdout` or `stderr`, and `F` for a full line.
    Cri,
    /// The JSON export of journald: `{"MESSAGE":"...","__REALTIME_TIMESTAMP":"..."}`.
    Journald,
    /// A JSON object of a shipper or a store of logs whose `message`, or what it calls so, is the line:
    /// `{"@timestamp":"...","message":"..."}`.
    Shipper,
    /// A time in ISO 8601 alone: `docker logs -t`, `kubectl logs --timestamps`, what CloudWatch exports; or a time and what a
    /// program's own logger puts behind it, its level among that (`[2024-05-01 00:02:16 +0000] [7] [INFO] `).
    Stamped,
    /// The name of who wrote it: `web-1  | ` of `docker compose logs`, `[pod/web-1/nginx] ` of `kubectl logs --prefix`,
    /// `INFO:web:` of Python's loggers.
    Labelled,
    /// The export format of journald: a field a line (`_PID=7`, `MESSAGE=line`), an empty line behind each entry. Lines of
    /// other fields speak of the entry; a time stands in another line than the message, and is not kept.
    Export,
    /// What `grep` puts before a line that it found: its file, its number, or both (`logs/access.log:17:`).
    Grepped,
    /// A row of a table that a store of logs exports as CSV, one of whose cells is the line.
    Row,
}

/// A line out of its wrapping.
#[derive(Clone, Copy, Debug)]
pub struct Unwrapped<'a> {
    /// The line as its server wrote it.
    pub text: &'a [u8],
    /// When the wrapping says that it was written.
    pub time: Option<Time>,
}

impl Wrapping {
    /// All wrappings, in the order in which they are tried.
    pub const ALL: &'static [Wrapping] = &[
        Wrapping::Bare,
        Wrapping::Syslog,
        Wrapping::Docker,
        Wrapping::Cri,
        Wrapping::Journald,
        Wrapping::Shipper,
        Wrapping::Stamped,
        Wrapping::Labelled,
        Wrapping::Export,
        Wrapping::Grepped,
        Wrapping::Row,
    ];

    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Wrapping::Bare => "bare",
            Wrapping::Syslog => "syslog",
            Wrapping::Docker => "docker",
            Wrapping::Cri => "cri",
            Wrapping::Journald => "journald",
            Wrapping::Shipper => "shipper",
            Wrapping::Stamped => "stamped",
            Wrapping::Labelled => "labelled",
            Wrapping::Export => "journald export",
            Wrapping::Grepped => "grepped",
            Wrapping::Row => "csv",
        }
    }

    /// Takes a line out of its wrapping; `None` where it is not wrapped so. `scratch` is used where bytes must be
    /// undone.
    pub fn unwrap<'a>(self, line: &'a [u8], scratch: &'a mut Vec<u8>) -> Option<Unwrapped<'a>> {
        match self {
            Wrapping::Bare => Some(Unwrapped { text: line, time: None }),
            Wrapping::Syslog => {
                let (prefix, text) = syslog_prefix(line)?;
                Some(Unwrapped { text, time: prefix.time })
            }
            Wrapping::Cri => cri(line),
            Wrapping::Docker => {
                let inner = object(line, &DOCKER, scratch)?;
                whole_docker_line(inner.text).map(|text| Unwrapped { text, ..inner })
            }
            Wrapping::Journald => object(line, &JOURNALD, scratch),
            Wrapping::Shipper => match line.first() {
                Some(b'[') => entry(line, scratch),
                _ => object(line, &SHIPPER, scratch),
            },
            Wrapping::Stamped => logged(line).or_else(|| stamped(line)),
            Wrapping::Labelled => labelled(line).map(|text| Unwrapped { text, time: None }),
            Wrapping::Export => exported(line).map(|text| Unwrapped { text, time: None }),
            Wrapping::Grepped => grepped(line).map(|text| Unwrapped { text, time: None }),
            Wrapping::Row => row(line, scratch),
        }
    }
}

/// At how many bytes Docker cuts a line.
const DOCKER_PIECE_BYTES: usize = 16 << 10;

/// A line without its end; `None` for a piece of one. What is shorter than a piece is whole, end or not: a program may
/// stop before it writes one, and exporters take it off.
fn whole_docker_line(text: &[u8]) -> Option<&[u8]> {
    match text.strip_suffix(b"\n") {
        Some(line) => Some(line.strip_suffix(b"\r").unwrap_or(line)),
        None if text.len() < DOCKER_PIECE_BYTES => Some(text),
        None => None,
    }
}

/// `2016-10-06T00:17:09.669794202Z stdout F line`; tags may be added to the `F` with colons.
fn cri(line: &[u8]) -> Option<Unwrapped<'_>> {
    let (stamp, rest) = word(line)?;
    let (stream, rest) = word(rest)?;
    let (tags, text) = word(rest)?;
    let is_stream = matches!(stream, b"stdout" | b"stderr");
    let is_full = tags == b"F" || tags.starts_with(b"F:");
    if !is_stream || !is_full {
        return None;
    }
    Some(Unwrapped { text, time: stamp_of(stamp)? })
}

/// `2024-05-01T00:02:16.669794202Z line`. What Kubernetes stamps has more before the line.
///
/// Between the time and the line may stand who sent it: the tag of a program with a colon (Ceph's `beast: 0x7f: `), or an
/// address, where the line is an object of JSON.
fn stamped(line: &[u8]) -> Option<Unwrapped<'_>> {
    if let Some(unwrapped) = tabbed(line) {
        return Some(unwrapped);
    }
    let (stamp, text) = word(line)?;
    let time = stamp_of(stamp)?;
    let is_of_stream = text.starts_with(b"stdout ") || text.starts_with(b"stderr ");
    let text = behind_tag(text).or_else(|| object_behind_address(text)).unwrap_or(text);
    (!is_of_stream).then_some(Unwrapped { text, time })
}

/// What fluentd writes into files, a time, a tag and an object, with tabs between; or Caddy's console, whose time is a Unix time,
/// and which has more between.
fn tabbed(line: &[u8]) -> Option<Unwrapped<'_>> {
    let tab = line.iter().take(STAMP_BYTES_MAX).position(|byte| *byte == b'\t')?;
    let stamp = &line[..tab];
    let time = stamp_of(stamp).or_else(|| stamp.contains(&b'.').then(|| time::epoch(stamp)).flatten().map(Some))?;
    let rest = &line[tab + 1..];
    // A logger has its level, its name and a message between.
    let text = memchr_iter(b'\t', rest).take(COLUMNS_MAX).map(|at| &rest[at + 1..]);
    text.into_iter().find(|text| text.starts_with(b"{")).map(|text| Unwrapped { text, time })
}

/// How many columns may stand between the time and the object.
const COLUMNS_MAX: usize = 3;

/// The longest time stamp before a tab, in bytes.
const STAMP_BYTES_MAX: usize = 40;

/// What stands behind the tag of a program: the first colon that a blank and an address follow.
///
/// No quote and no bracket stands before it: there a client may have written what looks like that.
pub(crate) fn behind_tag(text: &[u8]) -> Option<&[u8]> {
    let near = &text[..text.len().min(TAG_BYTES_MAX)];
    let near = &near[..near.iter().position(|byte| matches!(byte, b'"' | b'[' | b'{' | b'(')).unwrap_or(near.len())];
    memmem::find_iter(near, b": ")
        .map(|at| &text[at + 2..])
        .find(|rest| word(rest).is_some_and(|(client, _)| is_address(client)))
}

/// The furthest that a tag is looked for, in bytes.
const TAG_BYTES_MAX: usize = 128;

/// `192.0.2.1  {"a":1}`: the object.
fn object_behind_address(text: &[u8]) -> Option<&[u8]> {
    let (host, rest) = word(text).filter(|(host, _)| is_address(host))?;
    Some(rest.trim_ascii_start()).filter(|rest| rest.starts_with(b"{") && !host.is_empty())
}

/// The time of a word that is a stamp in ISO 8601 with its `T`.
pub(crate) fn stamp_of(word: &[u8]) -> Option<Option<Time>> {
    if word.get(10) == Some(&b'T') { time::iso(word) } else { None }
}

/// The longest label, in bytes: names of pods and containers have at most 253 and 63.
const LABEL_BYTES_MAX: usize = 400;

/// `web-1  | line`, `[pod/web-1/nginx] line`, `web-1 nginx: line`, the host and the tag of a syslog without a time, or
/// `INFO:web:line`. Of a tag that a daemon left out the blank behind it may be left: rsyslog's `%msg%` begins with that.
pub(crate) fn labelled(line: &[u8]) -> Option<&[u8]> {
    if line.first() == Some(&b' ') {
        return Some(line.trim_ascii_start());
    }
    if let Some(text) = named(line) {
        return Some(text);
    }
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./".contains(byte);
    if let Some((host, rest)) = word(line)
        && host.iter().all(is_word)
        && host.iter().any(u8::is_ascii_alphabetic)
        && let Some((tag, text)) = word(rest)
        && tag.len() > 1
        && tag.ends_with(b":")
        && word(text).is_some_and(|(client, _)| is_address(client))
    {
        return Some(text);
    }
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./".contains(byte);
    let bracketed = line.strip_prefix(b"[pod/").or_else(|| line.strip_prefix(b"[container/"));
    let name = bracketed.unwrap_or(line);
    let end = name.iter().take(LABEL_BYTES_MAX).position(|byte| !is_name(byte))?;
    let (name, rest) = name.split_at(end);
    // An address is the first column of a table, and no name.
    if !name.iter().any(u8::is_ascii_alphabetic) {
        return None;
    }
    match bracketed {
        Some(_) => rest.strip_prefix(b"] "),
        None => rest.trim_ascii_start().strip_prefix(b"| ").filter(|_| rest.starts_with(b" ")),
    }
}

/// The line in `MESSAGE=line`; nothing, which is blank, in a line of another field of an entry.
pub(crate) fn exported(line: &[u8]) -> Option<&[u8]> {
    let equals = memchr(b'=', line).filter(|at| (1..=FIELD_BYTES_MAX).contains(at))?;
    let (name, value) = (&line[..equals], &line[equals + 1..]);
    let is_name = name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_');
    is_name.then_some(if name == b"MESSAGE" { value } else { b"" })
}

/// The longest name of a field of journald, in bytes.
const FIELD_BYTES_MAX: usize = 64;

/// `logs/access.log:17:line`, `access.log:line`, `17:line`.
///
/// A colon stands in addresses too, and between a host and its port: a file has a name of a log or a path, or an address
/// behind it, and a number alone has what a line begins with.
pub(crate) fn grepped(line: &[u8]) -> Option<&[u8]> {
    let first = line.split(|byte| *byte == b' ').next()?;
    let (name, rest) = split_colon(first, line)?;
    // A comma or a tab divides the columns of a table, and stands in no file's name.
    if is_address(first) || memchr2(b',', b'\t', name).is_some() {
        return None;
    }
    let behind_number = |text| split_colon(text, text).filter(|(digits, _)| is_number(digits)).map(|(_, rest)| rest);
    let (is_file, rest) = match is_number(name) {
        true => (false, rest),
        false => (true, behind_number(rest).unwrap_or(rest)),
    };
    let begins_with_address = || word(rest).is_some_and(|(client, _)| is_address(client));
    let is_log = |at: usize| name.get(at + 4).is_none_or(|next| !next.is_ascii_alphabetic());
    let is_of_log = is_file && (memmem::find_iter(name, b".log").any(is_log) || name.contains(&b'/'));
    let begins_as_line = matches!(rest, [b'{', ..] | [b'2', b'0', _, _, b'-', ..]) || begins_with_address();
    (is_of_log || begins_as_line).then_some(rest)
}

/// What stands before the first colon of a word, and what follows it in the text that begins with the word.
fn split_colon<'a>(first: &[u8], text: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let colon = memchr(b':', first).filter(|at| 0 < *at)?;
    Some((&text[..colon], &text[colon + 1..]))
}

fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Census, Chunk, Position, parse_chunk, recognise};

    const COMBINED: &str =
        r#"192.0.2.7 - - [01/May/2024:00:02:15 +0900] "GET /a?b=\"1 HTTP/1.1" 200 512 "-" "curl/8.5""#;

    fn unwrapped(wrapping: Wrapping, line: &str) -> Option<(String, Option<i64>)> {
        let mut scratch = Vec::new();
        let inner = wrapping.unwrap(line.as_bytes(), &mut scratch)?;
        Some((String::from_utf8(inner.text.to_vec()).unwrap(), inner.time.map(Time::seconds)))
    }

    /// What a source of these lines is recognised as, and the targets and times of its records.
    fn read(text: &str) -> (String, Vec<(String, i64)>) {
        let reading = recognise(text.as_bytes()).reading.unwrap();
        let mut census = Census::default();
        let mut seen = Vec::new();
        let chunk = Chunk { bytes: text.as_bytes(), start: Position::default() };
        parse_chunk(chunk, &reading, &mut census, |_, record| {
            let target = String::from_utf8(record.target.unwrap().to_vec()).unwrap();
            seen.push((target, record.time.map_or(0, Time::seconds)));
        });
        (format!("{} in {}", reading.format.name(), reading.wrapping.name()), seen)
    }

    fn docker(line: &str) -> String {
        let log = serde_json::to_string(&format!("{line}\n")).unwrap();
        format!(r#"{{"log":{log},"stream":"stdout","time":"2024-05-01T00:02:16.5Z"}}"#)
    }

    #[test]
    fn docker_escapes_the_line_and_ends_it() {
        let want = Some((COMBINED.to_owned(), Some(1_714_521_736)));
        assert_eq!(unwrapped(Wrapping::Docker, &docker(COMBINED)), want);
        assert_eq!(unwrapped(Wrapping::Docker, &docker(COMBINED).replace(r"\n", "")), want);
        let piece = format!(r#"{{"log":"{}","stream":"stdout"}}"#, "x".repeat(16 << 10));
        assert_eq!(unwrapped(Wrapping::Docker, &piece), None);
        assert_eq!(unwrapped(Wrapping::Docker, r#"{"stream":"stdout"}"#), None);
    }

    #[test]
    fn cri_gives_whole_lines_alone() {
        let line = |tags: &str| format!("2024-05-01T00:02:16.669794202Z stdout {tags} {COMBINED}");
        let want = Some((COMBINED.to_owned(), Some(1_714_521_736)));
        assert_eq!(unwrapped(Wrapping::Cri, &line("F")), want);
        assert_eq!(unwrapped(Wrapping::Cri, &line("F:tag")), want);
        assert_eq!(unwrapped(Wrapping::Cri, &line("P")), None);
        assert_eq!(unwrapped(Wrapping::Cri, &line("F").replace("stdout", "stdoff")), None);
    }

    #[test]
    fn a_client_by_name_is_no_time_and_no_stream() {
        let line = COMBINED.replace("192.0.2.7", "client.example");
        for (prefix, want) in [("2024-05-01T00:02:16Z stdout F ", "cri"), ("2024-05-01T00:02:16Z ", "stamped")] {
            assert_eq!(read(&format!("{prefix}{line}")).0, format!("combined in {want}"));
        }
        assert_eq!(unwrapped(Wrapping::Stamped, &format!("2024-05-01T00:02:16Z stderr P {line}")), None);
    }

    #[test]
    fn stores_of_logs_call_a_line_many_names() {
        let line = serde_json::to_string(COMBINED).unwrap();
        for object in [
            format!(r#"{{"insertId":"a","timestamp":"2024-05-01T00:02:16Z","textPayload":{line}}}"#),
            format!(r#"{{"_index":"a","_source":{{"@timestamp":"2024-05-01T00:02:16Z","message":{line}}}}}"#),
            format!(r#"{{"preview":false,"result":{{"_time":"2024-05-01T00:02:16Z","_raw":{line}}}}}"#),
            format!(r#"{{"@timestamp":"2024-05-01T00:02:16Z","@message":{line}}}"#),
            format!(r#"{{"time":"1714521736","host":"web","event":{line}}}"#),
        ] {
            let want = Some((COMBINED.to_owned(), Some(1_714_521_736)));
            assert_eq!(unwrapped(Wrapping::Shipper, &object), want, "{object}");
        }
        let json = r#"{"remote_addr":"192.0.2.7","request":"GET /a HTTP/1.1","status":200}"#;
        let collected = format!(r#"{{"time":1714521736,"sourcetype":"nginx","event":{json}}}"#);
        let want = Some((json.to_owned(), Some(1_714_521_736)));
        assert_eq!(unwrapped(Wrapping::Shipper, &collected), want, "an object is kept whole");
        assert_eq!(read(&collected).0, "nginx_json in shipper");
    }

    #[test]
    fn a_document_may_hold_wrapped_lines() {
        let line = serde_json::to_string(COMBINED).unwrap();
        let event = format!(r#"{{"id":"1","timestamp":1714521736000,"message":{line}}}"#);
        let text = format!(r#"{{"messageType":"DATA_MESSAGE","logGroup":"web","logEvents":[{event},{event}]}}"#);
        let recognition = recognise(text.as_bytes());
        assert_eq!((recognition.read, recognition.tried), (2, 2));
        assert_eq!(recognition.reading.unwrap().wrapping, Wrapping::Shipper);
    }

    #[test]
    fn an_entry_of_an_export_is_the_line_of_its_message() {
        let entry = format!(
            "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1714521736669794\n_PID=7\n_UID=33\n_COMM=nginx\n_EXE=/usr/sbin/nginx\n_HOSTNAME=web\n_TRANSPORT=stdout\nPRIORITY=6\nSYSLOG_IDENTIFIER=nginx\n_SYSTEMD_UNIT=nginx.service\nMESSAGE={COMBINED}\n\n"
        );
        let text = entry.repeat(2);
        assert_eq!(read(&text).0, "combined in journald export");
        let reading = recognise(text.as_bytes()).reading.unwrap();
        let (mut census, chunk) = (Census::default(), Chunk { bytes: text.as_bytes(), start: Position::default() });
        parse_chunk(chunk, &reading, &mut census, |_, _| {});
        assert_eq!((census.lines, census.records, census.directives, census.blank), (26, 2, 22, 2));
        assert_eq!(read(&format!("_PID=7\nMESSAGE={COMBINED}\n\n")).0, "combined in journald export", "few fields");
        assert_eq!(unwrapped(Wrapping::Export, "path=/a"), None);
    }

    #[test]
    fn what_was_found_is_read_without_where() {
        for prefix in ["access.log:", "./www/access.log.1:17:", "17:", "web1:", "web1:17:"] {
            let (name, seen) = read(&format!("{prefix}{COMBINED}"));
            assert_eq!((&*name, seen.len()), ("combined in grepped", 1), "{prefix}");
        }
        let columns = "2024-05-01 00:00:01 10.0.0.1 GET /a b=1 443 bob 198.51.100.4 x - 200 0 0 15";
        assert_eq!(read(&format!("u_ex240501.log:{columns}")).0, "iis_w3c in grepped");
        for line in [
            "app.login.example:443 192.0.2.7 -",
            "2001:db8::1 - - [",
            "shop.example:443 192.0.2.7 - -",
            "12:34:56 192.0.2.7",
            ":a",
            "a b:c",
            "10.0.0.7,-,-,07/Apr/2023:10:00:02 +0000,GET",
        ] {
            assert_eq!(unwrapped(Wrapping::Grepped, line), None, "{line}");
        }
    }

    #[test]
    fn a_logger_puts_its_level_before_a_line() {
        for prefix in [
            "[2024-05-01 00:02:16 +0000] [7] [INFO] ",
            "2024-05-01 00:02:16,000 - werkzeug - INFO - ",
            "2024-05-01 00:02:16,000 [INFO] aiohttp.access - ",
            "2024-05-01T00:02:16.000Z\tINFO\taccess\t",
        ] {
            let want = Some((COMBINED.to_owned(), Some(1_714_521_736)));
            assert_eq!(unwrapped(Wrapping::Stamped, &format!("{prefix}{COMBINED}")), want, "{prefix}");
        }
        let caddy = "2024/05/01 00:02:16.000\tINFO\thttp.log.access\thandled request\t{}";
        // The message is a part like others, and the object behind it is the line.
        assert_eq!(unwrapped(Wrapping::Stamped, caddy), Some(("{}".to_owned(), Some(1_714_521_736))));
        for line in
            ["[2024-05-01 00:02:16 +0000] [7] a", "2024-05-01 00:02:16 192.0.2.1 GET /a - 80", "[01/May/2024] [INFO] a"]
        {
            assert_eq!(unwrapped(Wrapping::Stamped, line), None, "{line}");
        }
    }

    #[test]
    fn a_tag_before_an_address_is_no_client() {
        for prefix in [
            "frontend.0 nginx: ",
            "2024-05-01T00:02:16.123+0000 7f1 1 beast: 0x7f: ",
            "2024-05-01T00:02:16Z nginx: ",
            " ",
            "May  1 00:02:16 web1 ",
            "May  1 00:02:16 198.51.100.1 ",
            "<13>May  1 00:02:16 ",
            "<13>",
            "2024-05-01 00:02:16\t",
        ] {
            let text = format!("{prefix}{COMBINED}");
            let reading = recognise(text.as_bytes()).reading.unwrap();
            let (mut census, mut clients) = (Census::default(), Vec::new());
            let chunk = Chunk { bytes: text.as_bytes(), start: Position::default() };
            parse_chunk(chunk, &reading, &mut census, |_, record| clients.push(record.client.unwrap().to_vec()));
            assert_eq!(clients, [b"192.0.2.7"], "{prefix}");
        }
        for prefix in ["2024-05-01T00:02:16Z 198.51.100.1  ", "2024-05-01T00:02:16Z\tnginx.access\t"] {
            let want = Some((r#"{"a":1}"#.to_owned(), Some(1_714_521_736)));
            assert_eq!(unwrapped(Wrapping::Stamped, &format!(r#"{prefix}{{"a":1}}"#)), want);
        }
        assert_eq!(behind_tag(br#"a "b: 192.0.2.7 "#), None, "a client may have written it");
        assert_eq!(behind_tag(b"client: 192.0.2.7, server: b"), None);
    }

    #[test]
    fn what_only_resembles_a_label_is_none() {
        for line in ["web-1 |x", "| x", "web 1 | x", "[pod/a x", "web-1| x", "[web] x", "192.0.2.7 | x"] {
            assert_eq!(unwrapped(Wrapping::Labelled, line), None, "{line}");
        }
    }

    #[test]
    fn journald_gives_text_or_bytes() {
        let want = Some(("a\u{1}b".to_owned(), Some(1_714_521_736)));
        let line = |message: &str| format!(r#"{{"MESSAGE":{message},"__REALTIME_TIMESTAMP":"1714521736669794"}}"#);
        assert_eq!(unwrapped(Wrapping::Journald, &line(r#""a\u0001b""#)), want);
        assert_eq!(unwrapped(Wrapping::Journald, &line("[97, 1, 98]")), want);
        assert_eq!(unwrapped(Wrapping::Journald, &line("[97, 256]")), None);
        assert_eq!(unwrapped(Wrapping::Journald, &line("null")), None);
    }

    #[test]
    fn wrapped_lines_are_recognised_with_what_is_in_them() {
        let own = 1_714_489_335;
        let json = r#"{"remote_addr":"192.0.2.7","request":"GET /j HTTP/1.1","status":200}"#;
        let shipped = format!(r#"{{"@timestamp":"x","message":{}}}"#, serde_json::to_string(COMBINED).unwrap());
        for (text, want, target, time) in [
            (docker(COMBINED), "combined in docker", r#"/a?b=\"1"#, own),
            (docker(json), "nginx_json in docker", "/j", 1_714_521_736),
            (format!("2024-05-01T00:02:16Z stderr F {json}"), "nginx_json in cri", "/j", 1_714_521_736),
            (format!("Feb  1 18:34:10 web nginx[7]: {COMBINED}"), "combined in syslog", r#"/a?b=\"1"#, own),
            (format!("Feb  1 18:34:10 web nginx[7]: {json}"), "nginx_json in syslog", "/j", 0),
            (shipped, "combined in shipper", r#"/a?b=\"1"#, own),
            (format!("2024-05-01T00:02:16Z stdout F {COMBINED}"), "combined in cri", r#"/a?b=\"1"#, own),
            (format!("2024-05-01T00:02:16.5Z {COMBINED}"), "combined in stamped", r#"/a?b=\"1"#, own),
            (format!("2024-05-01T00:02:16.5Z {json}"), "nginx_json in stamped", "/j", 1_714_521_736),
            (format!("web-1  | {COMBINED}"), "combined in labelled", r#"/a?b=\"1"#, own),
            (format!("[pod/web-5d8/nginx] {json}"), "nginx_json in labelled", "/j", 0),
        ] {
            assert_eq!(read(&text), (want.to_owned(), vec![(target.to_owned(), time)]), "{text}");
        }
    }
}

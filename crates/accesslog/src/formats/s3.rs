//! The server access log of Amazon S3.
//!
//! AWS, "Amazon S3 server access log format". Fields are divided by blanks; the request line, the referer and
//! the agent stand in quotes, in which a quote is *not* escaped: a quoted field ends where what follows it is
//! right. Fields were added at the end over the years (17 in 2006, 27 now) and may be again, so the head is
//! read from the left, the referer and the agent in between, and the tail by its own words.

use nom::bytes::complete::{tag, take, take_till1};
use nom::character::complete::{char, digit1};
use nom::combinator::{all_consuming, map_opt, map_parser};
use nom::sequence::{delimited, terminated};
use nom::{IResult, Parser};

use crate::field::{Sink, Value};
use crate::grammar::{ONE_WAY, fault, offset, present, split_request, status, whole_number};
use crate::time::{self, CLF_BYTES};
use crate::{Cloud, Escape, Fault, Format, Record, Time};

/// One line a request to a bucket.
pub(crate) struct S3;

impl Format for S3 {
    fn name(&self) -> &'static str {
        "s3"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["aws_s3_access"]
    }

    fn about(&self) -> &'static str {
        "Amazon S3 server access log"
    }

    fn example(&self) -> &'static str {
        "79a59df900b949e5 shop-uploads [06/Feb/2024:00:00:38 +0000] 192.0.2.3 arn:aws:sts::111122223333:assumed-role/web/i-0 3E57427F3EXAMPLE \
         REST.GET.OBJECT photos/1.jpg \"GET /photos/1.jpg HTTP/1.1\" 200 - 2662 2662 70 10 \"-\" \"aws-sdk-php/3.304\" - host-id= SigV4 \
         ECDHE-RSA-AES128-GCM-SHA256 AuthHeader shop-uploads.s3.amazonaws.com TLSv1.2 - -"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let Line { head, request, reply, referer, agent, tail } = read(line)?;
        let mut record = Record {
            time: head.time,
            client: present(head.client),
            user: present(head.requester),
            status: reply.status,
            bytes: whole_number(reply.bytes),
            duration: whole_number(reply.total_milliseconds)
                .and_then(|milliseconds| milliseconds.checked_mul(1_000_000)),
            referer: present(referer),
            agent: present(agent),
            host: tail.known(Tail::HOST).and_then(present),
            request_id: present(head.request_id),
            tls_version: tail.known(Tail::TLS).and_then(present),
            tls_cipher: tail.known(Tail::CIPHER).and_then(present),
            cloud: Some(Cloud {
                operation: present(head.operation),
                bucket: present(head.bucket),
                key: present(head.key),
                error: present(reply.error),
                principal: present(head.requester),
                region: tail.known(Tail::REGION).and_then(present),
                ..Cloud::default()
            }),
            escape: Escape::Raw,
            ..Record::default()
        };
        split_request(request, &mut record);
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Ok(Line { head, reply, tail, .. }) = read(line) else { return };
        sink("bucket_owner", Value::text(head.owner));
        sink("object_size", Value::integer(reply.object_size));
        sink("total_time_ms", Value::integer(reply.total_milliseconds));
        sink("turnaround_time_ms", Value::integer(reply.turnaround_milliseconds));
        for (number, name) in TAIL.iter().enumerate() {
            if let (Some(value), false) = (tail.known(number), name.is_empty()) {
                sink(name, Value::text(value));
            }
        }
    }
}

/// The parts of a line.
struct Line<'a> {
    head: Head<'a>,
    request: &'a [u8],
    reply: Reply<'a>,
    referer: &'a [u8],
    agent: &'a [u8],
    tail: Tail<'a>,
}

fn read(line: &[u8]) -> Result<Line<'_>, Fault> {
    let (rest, head) = head(line).map_err(|error| {
        let rest = furthest(error, line);
        fault(line, rest, "owner, bucket, [time], client, requester, id, operation, key")
    })?;
    let (request, rest) = request(rest).ok_or_else(|| fault(line, rest, "a request in quotes, then a status"))?;
    let behind = rest;
    let (rest, reply) = reply(rest).map_err(|error| {
        let rest = furthest(error, line);
        fault(line, rest, "status, error, bytes, object size and two times")
    })?;
    let (referer, agent, rest) =
        referer_and_agent(rest).ok_or_else(|| fault(line, rest, "a referer and an agent in quotes"))?;
    let tail = Tail::read(line, rest)?;
    // The request has ended; four quotes more are the referer's and the agent's.
    if QUOTES_BEHIND < memchr::memchr_iter(b'"', behind).count()
        && let Some(other) = other_end(line, behind)
    {
        return Err(fault(line, other, ONE_WAY));
    }
    Ok(Line { head, request, reply, referer, agent, tail })
}

/// How many quotes stand behind a request, where neither referer nor agent holds one.
const QUOTES_BEHIND: usize = 4;

/// How many quotes with a status behind are tried for the end of a request, at most.
const ENDS_MAX: usize = 16;

/// Where the request could end instead: the writer escapes no quotes, so a client can write what looks like its end. Such
/// places beyond [`ENDS_MAX`] are taken for one.
#[cold]
fn other_end<'a>(line: &[u8], behind: &'a [u8]) -> Option<&'a [u8]> {
    let mut fitting = memchr::memchr_iter(b'"', behind)
        .filter_map(|at| behind[at + 1..].strip_prefix(b" "))
        .filter(|rest| reply(rest).is_ok());
    let is_end = |rest: &&[u8]| {
        let texts = reply(rest).ok().and_then(|(rest, _)| referer_and_agent(rest));
        texts.is_some_and(|(_, _, rest)| Tail::read(line, rest).is_ok())
    };
    fitting.by_ref().take(ENDS_MAX).find(is_end).or_else(|| fitting.next())
}

/// What stands before the request.
struct Head<'a> {
    owner: &'a [u8],
    bucket: &'a [u8],
    time: Option<Time>,
    client: &'a [u8],
    requester: &'a [u8],
    request_id: &'a [u8],
    operation: &'a [u8],
    key: &'a [u8],
}

fn head(text: &[u8]) -> IResult<&[u8], Head<'_>> {
    let (text, owner) = field(text)?;
    let (text, bucket) = field(text)?;
    let (text, time) =
        terminated(delimited(char('['), map_opt(take(CLF_BYTES), time::clf), char(']')), char(' ')).parse(text)?;
    let (text, client) = field(text)?;
    let (text, requester) = field(text)?;
    let (text, request_id) = field(text)?;
    let (text, operation) = field(text)?;
    let (text, key) = field(text)?;
    Ok((text, Head { owner, bucket, time, client, requester, request_id, operation, key }))
}

/// A field that is not empty, and the blank behind it.
fn field(text: &[u8]) -> IResult<&[u8], &[u8]> {
    terminated(take_till1(|byte| byte == b' '), char(' ')).parse(text)
}

/// What is left of the line from the field on that did not fit.
fn furthest<'a>(error: nom::Err<nom::error::Error<&[u8]>>, line: &'a [u8]) -> &'a [u8] {
    match error {
        nom::Err::Error(error) | nom::Err::Failure(error) => &line[offset(line, error.input)..],
        nom::Err::Incomplete(_) => line,
    }
}

/// The request line, and the rest from the status on. The requests of other services have a bare dash.
fn request(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match text {
        [b'-', b' ', rest @ ..] => Some((&text[..1], rest)),
        _ => {
            let (request, rest) = raw_quoted(text, |rest| rest.first() == Some(&b' ') && status(&rest[1..]).is_some())?;
            Some((request, &rest[1..]))
        }
    }
}

/// A value in quotes that ends at the first quote that `follows` accepts the rest after. A back-slash is a byte like
/// others here: the writer escapes nothing.
fn raw_quoted(text: &[u8], follows: impl Fn(&[u8]) -> bool) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"\"")?;
    let end = memchr::memchr_iter(b'"', inner).find(|at| follows(&inner[at + 1..]))?;
    Some((&inner[..end], &inner[end + 1..]))
}

/// What stands between the request and the referer.
struct Reply<'a> {
    status: Option<u16>,
    error: &'a [u8],
    bytes: &'a [u8],
    object_size: &'a [u8],
    total_milliseconds: &'a [u8],
    turnaround_milliseconds: &'a [u8],
}

fn reply(text: &[u8]) -> IResult<&[u8], Reply<'_>> {
    let (text, status) = map_opt(field, |code| status(code).map(|(status, _)| status)).parse(text)?;
    let (text, error) = field(text)?;
    let (text, bytes) = number(text)?;
    let (text, object_size) = number(text)?;
    let (text, total_milliseconds) = number(text)?;
    let (text, turnaround_milliseconds) = number(text)?;
    Ok((text, Reply { status, error, bytes, object_size, total_milliseconds, turnaround_milliseconds }))
}

/// Digits or a dash, and the blank behind them.
fn number(text: &[u8]) -> IResult<&[u8], &[u8]> {
    map_parser(field, all_consuming(digit1.or(tag("-")))).parse(text)
}

/// The referer, the agent, and the fields behind them.
///
/// No field of the tail holds a quote, so the agent ends at the last quote of the line; the referer ends where
/// the agent begins.
fn referer_and_agent(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (referer, rest) = match text {
        [b'-', b' ', rest @ ..] => (&text[..1], rest),
        _ => {
            let (referer, rest) = raw_quoted(text, |rest| rest.starts_with(b" \"") || rest.starts_with(b" - "))?;
            (referer, &rest[1..])
        }
    };
    match rest {
        [b'"', inner @ ..] => {
            let end = memchr::memrchr(b'"', inner)?;
            Some((referer, &inner[..end], &inner[end + 1..]))
        }
        _ => rest.strip_prefix(b"-").map(|tail| (referer, &rest[..1], tail)),
    }
}

/// The fields behind the agent, by the names of further fields; those that a record holds have none.
const TAIL: [&str; 10] = [
    "version_id",
    "host_id",
    "signature_version",
    "",
    "auth_type",
    "host_header",
    "",
    "access_point_arn",
    "acl_required",
    "source_region",
];

/// What stands behind the agent, as far as it goes.
struct Tail<'a> {
    fields: [&'a [u8]; TAIL.len()],
    count: usize,
}

impl<'a> Tail<'a> {
    const HOST_ID: usize = 1;
    const SIGNATURE: usize = 2;
    const CIPHER: usize = 3;
    const HOST: usize = 5;
    const TLS: usize = 6;
    const REGION: usize = 9;

    /// Reads the words of the tail; those behind the last known one are left alone.
    ///
    /// # Errors
    ///
    /// A fault where a word holds a bracket or a quote: another record begins there, which two writes have run into one.
    fn read(line: &[u8], text: &'a [u8]) -> Result<Tail<'a>, Fault> {
        if let Some(at) = memchr::memchr2(b'[', b'"', text) {
            return Err(fault(line, &text[at..], "the fields behind the agent, of one record"));
        }
        let mut tail = Tail { fields: [b""; TAIL.len()], count: 0 };
        for word in text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
            if tail.count == Tail::SIGNATURE + 1 && tail.has_divided_host_id(word) {
                // The signature is no signature: it is the second half of the host id.
                let from = offset(text, tail.fields[Tail::HOST_ID]);
                let half = tail.fields[Tail::SIGNATURE];
                let to = offset(text, half) + half.len();
                tail.fields[Tail::HOST_ID] = &text[from..to];
                tail.fields[Tail::SIGNATURE] = word;
            } else if tail.count < TAIL.len() {
                tail.fields[tail.count] = word;
                tail.count += 1;
            }
        }
        Ok(tail)
    }

    /// Whether a blank divides the host id, as some hosts have one: what stands in the place of the signature is none,
    /// and the word behind it is one.
    fn has_divided_host_id(&self, next: &[u8]) -> bool {
        let is_signature = |word: &[u8]| word == b"-" || word.starts_with(b"Sig");
        !is_signature(self.fields[Tail::SIGNATURE]) && is_signature(next)
    }

    /// The field at that place, if the line has so many.
    fn known(&self, place: usize) -> Option<&'a [u8]> {
        self.fields[..self.count].get(place).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "79a5 bucket [06/Feb/2024:00:00:38 +0000] 192.0.2.3 arn:aws:iam::1:user/x ID REST.GET.OBJECT a%2520b";

    fn parse(rest: &str, check: impl Fn(Record<'_>)) {
        check(S3.parse(format!("{HEAD} {rest}").as_bytes()).unwrap().unwrap());
    }

    fn further(rest: &str, name: &str) -> Option<String> {
        let line = format!("{HEAD} {rest}");
        let record = S3.parse(line.as_bytes()).unwrap().unwrap();
        let mut found = None;
        S3.further(line.as_bytes(), &record, &mut |told, value| {
            if told == name {
                found = Some(match value {
                    Value::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
                    value => format!("{value:?}"),
                });
            }
        });
        found
    }

    #[test]
    fn quotes_inside_quotes_are_read_by_what_follows() {
        parse(r#""GET /"x" HTTP/1.1" 403 AccessDenied 243 - 10 - ""r"" ""Mozilla"" -"#, |record| {
            assert_eq!(record.target, Some(&br#"/"x""#[..]));
            assert_eq!((record.status, record.bytes, record.duration), (Some(403), Some(243), Some(10_000_000)));
            assert_eq!(record.referer, Some(&br#""r""#[..]));
            assert_eq!(record.agent, Some(&br#""Mozilla""#[..]));
            assert_eq!(record.cloud.unwrap().error, Some(&b"AccessDenied"[..]));
        });
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_no_record() {
        let reply = "404 - 243 - 10 - \"-\"";
        for request in [
            format!(r#""GET /a" 200 - 5 5 1 1 "-" "x HTTP/1.1" {reply} "b" -"#),
            format!(r#""GET /a HTTP/1.1" 200 - 5 5 1 1 "-" "x" {reply} "b" - h SigV4"#),
        ] {
            let line = format!("{HEAD} {request}");
            let fault = S3.parse(line.as_bytes()).unwrap_err();
            assert_eq!((fault.expected, fault.at), (ONE_WAY, line.find("404").unwrap()), "{line}");
        }
        parse(r#""GET /a HTTP/1.1" 404 - 5 5 1 1 "-" "x" 200 "y" -"#, |record| {
            assert_eq!(record.agent, Some(&br#"x" 200 "y"#[..]), "a status alone is none");
        });
    }

    #[test]
    fn a_back_slash_before_a_quote_is_a_byte() {
        parse(r#""GET /\" 200 - 2 2 1 1 "http://a/\" "b "c\" - h SigV4"#, |record| {
            assert_eq!((record.target, record.referer), (Some(&br"/\"[..]), Some(&br"http://a/\"[..])));
            assert_eq!(record.agent, Some(&br#"b "c\"#[..]));
        });
    }

    #[test]
    fn bare_dashes_stand_for_quoted_fields() {
        parse("- 204 - - 5 - - - - - host= SigV4 - AuthHeader b.s3.amazonaws.com TLSv1.2 - -", |record| {
            assert_eq!((record.request, record.referer, record.agent), (None, None, None));
            assert_eq!(record.host, Some(&b"b.s3.amazonaws.com"[..]));
            assert_eq!(record.tls_version, Some(&b"TLSv1.2"[..]));
        });
    }

    #[test]
    fn a_line_is_read_however_many_fields_its_year_had() {
        let words =
            "v1 h= SigV4 ECDHE AuthHeader b.s3.amazonaws.com TLSv1.3 arn:aws:s3:::accesspoint/a Yes us-east-1 new";
        let words: Vec<&str> = words.split(' ').collect();
        for count in 0..=words.len() {
            let tail = format!("\"GET /a HTTP/1.1\" 200 - 2 7 1 - \"-\" \"A B\" {}", words[..count].join(" "));
            parse(&tail, |record| {
                assert_eq!(record.agent, Some(&b"A B"[..]), "{count}");
                assert_eq!(record.host.is_some(), 6 <= count, "{count}");
                assert_eq!(record.cloud.unwrap().region.is_some(), 10 <= count, "{count}");
            });
            assert_eq!(further(&tail, "acl_required").is_some(), 9 <= count, "{count}");
            assert_eq!(further(&tail, "object_size").as_deref(), Some("Integer(7)"));
            assert_eq!(further(&tail, "turnaround_time_ms").as_deref(), Some("Absent"));
        }
    }

    #[test]
    fn a_host_id_may_be_divided() {
        let tail = "\"GET /a HTTP/1.1\" 200 - 2 7 1 1 \"-\" \"A\" - abc def= SigV4 ECDHE AuthHeader b.s3.amazonaws.com TLSv1.2 -";
        assert_eq!(further(tail, "host_id").as_deref(), Some("abc def="));
        assert_eq!(further(tail, "signature_version").as_deref(), Some("SigV4"));
        assert_eq!(further(tail, "host_header").as_deref(), Some("b.s3.amazonaws.com"));
    }

    #[test]
    fn a_fault_is_where_the_line_stops_fitting() {
        let line = format!("{HEAD} \"GET /a HTTP/1.1\" 200 - many 7 1 1 \"-\" \"A\"");
        assert_eq!(S3.parse(line.as_bytes()).unwrap_err().at, line.find("many").unwrap());
        assert_eq!(S3.parse(line.replace("06/Feb", "06/Sma").as_bytes()).unwrap_err().at, "79a5 bucket [".len());
    }

    #[test]
    fn a_record_torn_in_two_is_refused() {
        let torn =
            "\"GET /a HTTP/1.1\" 200 - 2 7 1 1 \"-\" \"A\" - abc79a5 bucket [06/Feb/2024:00:00:39 +0000] 192.0.2.3";
        for line in [
            format!("{HEAD} \"GET /a HTTP"),
            format!("{HEAD} \"GET /a HTTP/1.1\" 200"),
            format!("{HEAD} \"GET /a HTTP/1.1\" 200 - 2 7 1 1 \"-\""),
            format!("{HEAD} {torn}"),
            format!("79a5 bucket [06/Feb/2024:00:00:38 +0000] 192.0.2.3 arn:aws:{HEAD} - 204 - - 5 - - - - -"),
            "79a5 bucket [06/Feb/2024:00:00:38 +0000] 192.0.2.3".to_owned(),
        ] {
            assert!(S3.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}

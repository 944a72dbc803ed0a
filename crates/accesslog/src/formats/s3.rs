//! The server access log of Amazon S3.
//!
//! AWS, "Amazon S3 server access log format". Fields are divided by blanks; the request line, the referer and
//! the agent stand in quotes, in which a quote is *not* escaped: a quoted field ends where what follows it is
//! right. Fields were added at the end over the years (17 in 2006, 27 now) and may be again, so the head is
//! read from the left, the referer and the agent in between, and the tail by its own words.

use nom::bytes::complete::{tag, take_till1, take_until};
use nom::character::complete::{char, digit1};
use nom::sequence::{delimited, terminated};
use nom::{IResult, Parser};

use crate::grammar::{present, quoted, split_request, status, whole_number};
use crate::{Cloud, Escape, Fault, Format, Record, time};

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
        let fault = |rest: &[u8], expected| Fault { at: line.len() - rest.len(), expected };
        let (rest, head) = head(line).map_err(|error| {
            fault(furthest(error, line), "owner, bucket, [time], client, requester, id, operation, key")
        })?;
        let (request, rest) = request(rest).ok_or(fault(rest, "a request in quotes, then a status"))?;
        let (rest, reply) = reply(rest)
            .map_err(|error| fault(furthest(error, rest), "status, error, bytes, object size and two times"))?;
        let (referer, agent, tail) = referer_and_agent(rest).ok_or(fault(rest, "a referer and an agent in quotes"))?;
        let mut record = Record {
            time: time::clf(head.time).ok_or(fault(rest, "a time"))?,
            client: present(head.client),
            user: present(head.requester),
            status: status(reply.status).and_then(|(status, _)| status),
            bytes: whole_number(reply.bytes),
            duration: whole_number(reply.total_milliseconds).map(|milliseconds| milliseconds * 1_000_000),
            referer: present(referer),
            agent: present(agent),
            host: host(tail),
            request_id: present(head.request_id),
            cloud: Some(Cloud {
                operation: present(head.operation),
                bucket: present(head.bucket),
                key: present(head.key),
                error: present(reply.error),
                principal: present(head.requester),
                ..Cloud::default()
            }),
            escape: Escape::Raw,
            ..Record::default()
        };
        split_request(request, &mut record);
        Ok(Some(record))
    }
}

struct Before<'a> {
    bucket: &'a [u8],
    time: &'a [u8],
    client: &'a [u8],
    requester: &'a [u8],
    request_id: &'a [u8],
    operation: &'a [u8],
    key: &'a [u8],
}

fn head(text: &[u8]) -> IResult<&[u8], Before<'_>> {
    let (text, _owner) = field(text)?;
    let (text, bucket) = field(text)?;
    let (text, time) = terminated(delimited(char('['), take_until("]"), tag("]")), char(' ')).parse(text)?;
    let (text, client) = field(text)?;
    let (text, requester) = field(text)?;
    let (text, request_id) = field(text)?;
    let (text, operation) = field(text)?;
    let (text, key) = field(text)?;
    Ok((text, Before { bucket, time, client, requester, request_id, operation, key }))
}

/// The request line, and the rest from the status on. The requests of other services have a bare dash.
fn request(text: &[u8]) -> Option<(&[u8], &[u8])> {
    match text {
        [b'-', b' ', rest @ ..] => Some((&text[..1], rest)),
        _ => {
            let (request, rest) = quoted(text, |rest| rest.first() == Some(&b' ') && status(&rest[1..]).is_some())?;
            Some((request, &rest[1..]))
        }
    }
}

struct Reply<'a> {
    status: &'a [u8],
    error: &'a [u8],
    bytes: &'a [u8],
    total_milliseconds: &'a [u8],
}

fn reply(text: &[u8]) -> IResult<&[u8], Reply<'_>> {
    let (text, status) = field(text)?;
    let (text, error) = field(text)?;
    let (text, bytes) = terminated(digit1.or(tag("-")), char(' ')).parse(text)?;
    let (text, _object_size) = terminated(digit1.or(tag("-")), char(' ')).parse(text)?;
    let (text, total_milliseconds) = terminated(digit1.or(tag("-")), char(' ')).parse(text)?;
    let (text, _turnaround) = terminated(digit1.or(tag("-")), char(' ')).parse(text)?;
    Ok((text, Reply { status, error, bytes, total_milliseconds }))
}

/// A field that is not empty, and the blank behind it.
fn field(text: &[u8]) -> IResult<&[u8], &[u8]> {
    terminated(take_till1(|byte| byte == b' '), char(' ')).parse(text)
}

/// What was left when a field did not fit.
fn furthest<'a>(error: nom::Err<nom::error::Error<&'a [u8]>>, line: &'a [u8]) -> &'a [u8] {
    match error {
        nom::Err::Error(error) | nom::Err::Failure(error) => error.input,
        nom::Err::Incomplete(_) => line,
    }
}

/// The referer, the agent, and the fields behind them.
///
/// No field of the tail holds a quote, so the agent ends at the last quote of the line; the referer ends where
/// the agent begins.
fn referer_and_agent(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (referer, rest) = match text {
        [b'-', b' ', rest @ ..] => (&text[..1], rest),
        _ => {
            let (referer, rest) = quoted(text, |rest| rest.starts_with(b" \"") || rest.starts_with(b" - "))?;
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

/// The host header, in the tail `version id, host id, signature version, cipher, authentication, host header`.
fn host(tail: &[u8]) -> Option<&[u8]> {
    present(tail.split(|&byte| byte == b' ').filter(|field| !field.is_empty()).nth(5)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "79a5 bucket [06/Feb/2024:00:00:38 +0000] 192.0.2.3 arn:aws:iam::1:user/x ID REST.GET.OBJECT a%2520b";

    fn parse(rest: &str, check: impl Fn(Record<'_>)) {
        check(S3.parse(format!("{HEAD} {rest}").as_bytes()).unwrap().unwrap());
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
    fn bare_dashes_stand_for_quoted_fields() {
        parse("- 204 - - 5 - - - - - host= SigV4 - AuthHeader b.s3.amazonaws.com TLSv1.2 - -", |record| {
            assert_eq!((record.request, record.referer, record.agent), (None, None, None));
            assert_eq!(record.host, Some(&b"b.s3.amazonaws.com"[..]));
        });
    }

    #[test]
    fn a_record_torn_in_two_is_refused() {
        assert!(S3.parse(format!("{HEAD} \"GET /a HTTP").as_bytes()).is_err());
        assert!(S3.parse(b"79a5 bucket [06/Feb/2024:00:00:38 +0000] 192.0.2.3").is_err());
    }
}

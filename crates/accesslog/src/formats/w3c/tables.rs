//! Tables with a header row, as stores of logs export them: Splunk, Kibana, Athena, BigQuery, Log Analytics, Cloudflare.
//!
//! Whoever exports chooses the columns; their names are those of the store, or of the server whose lines it took apart. So the row
//! is known by its names alone, and only where they are those of a request: a target, and a method, a status or a client. What has
//! the columns of one writer alone is that writer's ([`of`](super::dialects::of)). Where two columns mean the same, the first that
//! has a value is taken.
//!
//! Programs that show tables write numbers with commas in them and times in spellings of their own, in a zone that they do not
//! name: these are taken for UTC, and a time in none of these spellings is no fault, but absent.

use crate::Time;
use crate::grammar::{whole_number, word};
use crate::json::instant;
use crate::time;

use super::cells::Cut;
use super::columns::{Column, Meaning, columns};
use super::dialects::{Dialect, Empty, Header, Unit};

pub(super) static TABLE: Dialect = Dialect {
    name: "csv_table",
    aliases: &["csv", "tsv", "table"],
    about: "Table with a header row that names a request's columns (exports of Splunk, Kibana, Athena, BigQuery, Log Analytics)",
    example: "@timestamp,client.ip,http.request.method,url.original,http.response.status_code,http.response.body.bytes,user_agent.original\n\
              2024-05-01T00:02:15.250Z,192.0.2.7,GET,/a?b=1,200,2326,\"Mozilla/5.0 (X11, like)\"\n",
    header: Header::Chosen,
    cuts: &[Cut::Commas, Cut::Tabs],
    unit: Unit::Unsure,
    empty: Empty::Absent,
    cells_min: None,
    signature: |_| false,
    defaults: || &[],
};

/// The columns that the header of such a table names; `None` where they are not those of a request.
pub(super) fn table(header: &str) -> Option<Vec<Column>> {
    let mut named = columns(header);
    let has_date = named.iter().any(|column| &*column.name == "date");
    let has_time = named.iter().any(|column| &*column.name == "time");
    for column in &mut named {
        column.meaning = match &*column.name {
            // A date and a clock apart are two halves of a time; either alone is all of it.
            "date" | "time" if has_date && has_time => column.meaning,
            "date" | "time" => Meaning::Instant,
            name => NAMES.iter().find(|(known, _)| *known == name).map_or(column.meaning, |(_, meaning)| *meaning),
        };
    }
    let has = |is: fn(&Meaning) -> bool| named.iter().any(|column| is(&column.meaning));
    let has_target = has(|meaning| matches!(meaning, Meaning::Stem | Meaning::Uri | Meaning::Request));
    let others = [Meaning::Method, Meaning::Status, Meaning::Client];
    let is_of_request =
        has_target && others.into_iter().any(|other| named.iter().any(|column| column.meaning == other));
    let known = named.iter().filter(|column| column.is_known()).count();
    (is_of_request && super::NAMES_MIN <= known).then_some(named)
}

/// Reads a number that may have commas in it, `2,326`, or a fraction of nothing, `200.0`.
pub(super) fn count(cell: &[u8]) -> Option<u64> {
    let whole = cell.strip_suffix(b".0").unwrap_or(cell);
    if !whole.contains(&b',') {
        return whole_number(whole);
    }
    let mut groups = whole.split(|byte| *byte == b',');
    let first = groups.next().filter(|group| group.len() <= 3)?;
    groups.try_fold(whole_number(first)?, |sum, group| {
        let group = whole_number(group).filter(|_| group.len() == 3)?;
        sum.checked_mul(1000)?.checked_add(group)
    })
}

/// Reads a time in one of the spellings of such programs: `May 1, 2024 @ 00:02:15.250` is Kibana's, `5/1/2024, 12:02:15.250 AM`
/// Log Analytics'.
pub(super) fn moment(cell: &[u8]) -> Option<Time> {
    instant(cell).or_else(|| by_words(cell)).or_else(|| {
        let mut buffer = [b' '; MOMENT_BYTES_MAX];
        let comma = memchr::memchr(b',', cell)?;
        let (date, rest) = (&cell[..comma], &cell[comma + 1..]);
        let text = buffer.get_mut(..date.len() + rest.len())?;
        text[..date.len()].copy_from_slice(date);
        text[date.len()..].copy_from_slice(rest);
        time::us(text).flatten()
    })
}

/// The longest time with a comma in it, in bytes.
const MOMENT_BYTES_MAX: usize = 40;

fn by_words(cell: &[u8]) -> Option<Time> {
    let (month, rest) = word(cell)?;
    let (day, rest) = word(rest)?;
    let (year, rest) = word(rest)?;
    let clock = rest.strip_prefix(b"@ ").unwrap_or(rest);
    let month = time::month_number(*month.first_chunk()?).filter(|_| month.len() == 3)?;
    let (year, day) = (whole_number(year)?, whole_number(day.strip_suffix(b",")?)?);
    let Time(midnight) = time::civil(u32::try_from(year).ok()?, month, u32::try_from(day).ok()?, 0, 0, 0)?;
    midnight.checked_add(time::clock(clock)??).map(Time)
}

/// The names of such columns in the one spelling, beside those that other logs of columns have.
#[rustfmt::skip]
const NAMES: &[(&str, Meaning)] = &[
    // The Elastic Common Schema, and Datadog's attributes.
    ("@timestamp", Meaning::Instant), ("client.ip", Meaning::Client), ("client.address", Meaning::Client), ("source.ip", Meaning::Client), ("source.address", Meaning::Client),
    ("client.port", Meaning::Integer("client_port")), ("source.port", Meaning::Integer("client_port")), ("user.name", Meaning::User),
    ("http.request.method", Meaning::Method), ("url.original", Meaning::Uri), ("url.full", Meaning::Uri), ("url.path", Meaning::Stem), ("url.query", Meaning::Query), ("url.domain", Meaning::Host), ("url.scheme", Meaning::Scheme),
    ("http.version", Meaning::Protocol), ("http.response.status-code", Meaning::Status), ("http.response.body.bytes", Meaning::Sent), ("http.response.bytes", Meaning::Sent), ("http.request.bytes", Meaning::Received), ("http.request.body.bytes", Meaning::Received),
    ("http.request.referrer", Meaning::Referer), ("user-agent.original", Meaning::Agent), ("http.request.id", Meaning::RequestId), ("event.duration", Meaning::TakenNanoseconds),
    ("http.method", Meaning::Method), ("http.url", Meaning::Uri), ("http.url-details.path", Meaning::Stem), ("http.status-code", Meaning::Status), ("http.useragent", Meaning::Agent), ("http.referer", Meaning::Referer), ("network.client.ip", Meaning::Client),
    // Splunk, and servers' own names of variables.
    ("-time", Meaning::Instant), ("timestamp", Meaning::Instant), ("datetime", Meaning::Instant), ("event-time", Meaning::Instant), ("eventtime", Meaning::Instant), ("time-local", Meaning::Instant), ("time-iso8601", Meaning::Instant), ("msec", Meaning::Instant),
    ("clientip", Meaning::Client), ("client-ip", Meaning::Client), ("remote-addr", Meaning::Client), ("remote-ip", Meaning::Client), ("remote-host", Meaning::Client), ("src-ip", Meaning::Client), ("source-ip", Meaning::Client), ("src", Meaning::Client), ("ip", Meaning::Client), ("client", Meaning::Client),
    ("user", Meaning::User), ("remote-user", Meaning::User), ("auth-user", Meaning::User), ("request", Meaning::Request), ("request-line", Meaning::Request),
    ("http-method", Meaning::Method), ("request-method", Meaning::Method), ("verb", Meaning::Method), ("uri", Meaning::Uri), ("url", Meaning::Uri), ("request-uri", Meaning::Uri), ("request-url", Meaning::Uri), ("target", Meaning::Uri), ("path", Meaning::Stem), ("uri-path", Meaning::Stem), ("request-path", Meaning::Stem), ("query", Meaning::Query), ("uri-query", Meaning::Query), ("args", Meaning::Query),
    ("server-protocol", Meaning::Protocol), ("protocol", Meaning::Protocol), ("http-status", Meaning::Status), ("http-status-code", Meaning::Status), ("response-code", Meaning::Status), ("response-status", Meaning::Status),
    ("body-bytes-sent", Meaning::Sent), ("bytes-sent", Meaning::Sent), ("bytes-out", Meaning::Sent), ("size", Meaning::Sent), ("response-size", Meaning::Sent), ("bytes-in", Meaning::Received), ("request-length", Meaning::Received), ("request-time", Meaning::Taken),
    ("http-referer", Meaning::Referer), ("http-referrer", Meaning::Referer), ("http-user-agent", Meaning::Agent), ("agent", Meaning::Agent), ("http-host", Meaning::Host), ("vhost", Meaning::Host), ("http-x-forwarded-for", Meaning::Forwarded), ("scheme", Meaning::Scheme),
    // The tables that AWS has its users make of the logs of its balancers and of S3.
    ("client-port", Meaning::Integer("client_port")), ("request-verb", Meaning::Method), ("request-proto", Meaning::Protocol), ("elb-status-code", Meaning::Status), ("received-bytes", Meaning::Received), ("sent-bytes", Meaning::Sent), ("target-processing-time", Meaning::Taken), ("domain-name", Meaning::Host),
    ("remoteip", Meaning::Client), ("requestdatetime", Meaning::Instant), ("requester", Meaning::User), ("bytessent", Meaning::Sent), ("totaltime", Meaning::TakenMilliseconds), ("operation", Meaning::Operation), ("bucket", Meaning::Bucket), ("bucket-name", Meaning::Bucket), ("bucketname", Meaning::Bucket), ("key", Meaning::Key),
    // Log Analytics.
    ("timegenerated", Meaning::Instant), ("timegenerated-[utc]", Meaning::Instant), ("timestamp-[utc]", Meaning::Instant), ("csmethod", Meaning::Method), ("csuristem", Meaning::Stem), ("csuriquery", Meaning::Query), ("cip", Meaning::Client), ("scstatus", Meaning::Status), ("scbytes", Meaning::Sent), ("csbytes", Meaning::Received), ("timetaken", Meaning::TakenMilliseconds), ("cshost", Meaning::Host), ("csusername", Meaning::User),
    ("clientip-s", Meaning::Client), ("httpmethod-s", Meaning::Method), ("originalrequesturiwithargs-s", Meaning::Uri), ("requesturi-s", Meaning::Uri), ("httpstatus-d", Meaning::Status), ("httpstatuscode-d", Meaning::Status), ("httpstatuscode-s", Meaning::Status), ("useragent-s", Meaning::Agent), ("sentbytes-d", Meaning::Sent), ("receivedbytes-d", Meaning::Received), ("host-s", Meaning::Host),
    // Cloudflare, Google's balancers and Skyhigh.
    ("edgestarttimestamp", Meaning::Instant), ("clientrequestmethod", Meaning::Method), ("clientrequesthost", Meaning::Host), ("clientrequesturi", Meaning::Uri), ("clientrequestpath", Meaning::Stem), ("clientrequestuseragent", Meaning::Agent), ("clientrequestreferer", Meaning::Referer), ("clientrequestprotocol", Meaning::Protocol), ("edgeresponsestatus", Meaning::Status), ("edgeresponsebytes", Meaning::Sent), ("rayid", Meaning::RequestId),
    ("httprequest.requestmethod", Meaning::Method), ("httprequest.requesturl", Meaning::Uri), ("httprequest.status", Meaning::Status), ("httprequest.remoteip", Meaning::Client), ("httprequest.useragent", Meaning::Agent), ("httprequest.responsesize", Meaning::Sent), ("httprequest.requestsize", Meaning::Received), ("httprequest.referer", Meaning::Referer), ("httprequest.protocol", Meaning::Protocol),
    ("http-action", Meaning::Method), ("server-to-client-bytes", Meaning::Sent), ("client-to-server-bytes", Meaning::Received), ("requested-host", Meaning::Host), ("requested-path", Meaning::Uri), ("request-timestamp-epoch", Meaning::Instant), ("request-timestamp", Meaning::Instant), ("uri-scheme", Meaning::Scheme), ("user-agent-comment", Meaning::Agent),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_twice() {
        let mut names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NAMES.len());
    }

    #[test]
    fn a_header_is_one_of_a_request() {
        for header in
            ["_time,clientip,uri,status", "\"@timestamp\",\"url.path\",\"client.ip\"", "time\trequest\tstatus"]
        {
            assert!(table(header).is_some(), "{header}");
        }
        for header in ["date,user,status,bytes", "uri,a,b", "name,path,size", "time,client,user"] {
            assert!(table(header).is_none(), "{header}");
        }
    }

    #[test]
    fn numbers_and_times_have_spellings() {
        for (cell, want) in
            [("2326", Some(2326)), ("2,326", Some(2326)), ("1,002,326", Some(1_002_326)), ("200.0", Some(200))]
        {
            assert_eq!(count(cell.as_bytes()), want, "{cell}");
        }
        for cell in ["", "2,32", "2326,000", ",326", "-1", "a", "2,,326"] {
            assert_eq!(count(cell.as_bytes()), None, "{cell}");
        }
        for cell in [
            "May 1, 2024 @ 00:02:15.250",
            "5/1/2024, 12:02:15.250 AM",
            "2024-05-01 00:02:15.250000 UTC",
            "2024-05-01T00:02:15.250+0000",
            "1714521735.25",
        ] {
            assert_eq!(moment(cell.as_bytes()), Time::from_parts(1_714_521_735, 250_000_000), "{cell}");
        }
        for cell in ["", "May 1", "May 1, 2024", "yesterday, 00:02", "5/1/2024,"] {
            assert_eq!(moment(cell.as_bytes()), None, "{cell}");
        }
    }
}

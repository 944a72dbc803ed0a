//! What a column holds, by the name that its header gives it.
//!
//! One table serves all writers: the W3C draft, IIS, Citrix, Oracle, Imperva, CloudFront, and the exports that make
//! `cs_user_agent` of `cs(User-Agent)`. A name is looked up in one spelling: lower case, with `-` for what stands
//! between its words. A name that the table lacks is a further field under its own name.

use super::cells::{Cells, Cut};

/// A column of a header.
#[derive(Debug)]
pub(super) struct Column {
    /// What it holds.
    pub(super) meaning: Meaning,
    /// The name in the header, as written.
    pub(super) written: Box<str>,
    /// The name in the one spelling.
    pub(super) name: Box<str>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The date: in UTC, or in the zone that the header names.
    Date,
    /// The clock, likewise.
    Clock,
    /// Date and clock in one, or a number of seconds and their fractions since the epoch.
    Instant,
    Client,
    User,
    Method,
    /// The target without its query.
    Stem,
    Query,
    /// The target with its query, perhaps with the host before it.
    Uri,
    /// The request line.
    Request,
    Protocol,
    Status,
    Sent,
    Received,
    Referer,
    Agent,
    Host,
    /// How long the request took, in the unit of the writer.
    Taken,
    TakenMilliseconds,
    TakenMicroseconds,
    TakenNanoseconds,
    Forwarded,
    RequestId,
    Scheme,
    Port,
    TlsVersion,
    TlsCipher,
    Operation,
    Bucket,
    Key,
    /// A further field of that name.
    Text(&'static str),
    Integer(&'static str),
    Decimal(&'static str),
    /// A further field under the name that the header gives.
    Unnamed,
}

/// The names, in the one spelling, of all columns whose meaning is known.
const MEANINGS: &[(&str, Meaning)] = &[
    // The W3C draft and IIS.
    ("date", Meaning::Date),
    ("date-utc", Meaning::Date),
    ("date-local", Meaning::Date),
    ("time", Meaning::Clock),
    ("time-utc", Meaning::Clock),
    ("time-local", Meaning::Clock),
    ("c-ip", Meaning::Client),
    ("cs-username", Meaning::User),
    ("cs-method", Meaning::Method),
    ("cs-uri-stem", Meaning::Stem),
    ("cs-uri-query", Meaning::Query),
    ("cs-uri", Meaning::Uri),
    ("cs-version", Meaning::Protocol),
    ("sc-status", Meaning::Status),
    ("sc-substatus", Meaning::Integer("sub_status")),
    ("sc-win32-status", Meaning::Integer("win32_status")),
    ("sc-bytes", Meaning::Sent),
    ("cs-bytes", Meaning::Received),
    ("time-taken", Meaning::Taken),
    ("cs-host", Meaning::Host),
    ("cs-user-agent", Meaning::Agent),
    ("cs-cookie", Meaning::Text("cookie")),
    ("cs-referer", Meaning::Referer),
    ("cs-referrer", Meaning::Referer),
    ("s-sitename", Meaning::Text("site_name")),
    ("s-computername", Meaning::Text("server_name")),
    ("s-ip", Meaning::Text("server_ip")),
    ("s-port", Meaning::Port),
    ("c-port", Meaning::Integer("client_port")),
    ("c-dns", Meaning::Text("client_host")),
    ("x-forwarded-for", Meaning::Forwarded),
    ("cs-x-forwarded-for", Meaning::Forwarded),
    ("x-forwarded-port", Meaning::Integer("forwarded_port")),
    // IIS Advanced Logging.
    ("timetakenms", Meaning::TakenMilliseconds),
    // Citrix, Oracle, Shoutcast, Imperva.
    ("sc-servicename", Meaning::Text("service_name")),
    ("c-auth-id", Meaning::User),
    ("bytes", Meaning::Sent),
    ("c-status", Meaning::Status),
    ("s-xff", Meaning::Forwarded),
    ("sc-action", Meaning::Text("action")),
    ("cs-sessionid", Meaning::Text("session_id")),
    ("cs-countrycode", Meaning::Text("country")),
    // Proxies of Blue Coat.
    ("cs-uri-path", Meaning::Stem),
    ("cs-uri-scheme", Meaning::Scheme),
    ("cs-uri-port", Meaning::Port),
    ("s-action", Meaning::Text("action")),
    // CloudFront.
    ("timestamp", Meaning::Instant),
    ("timestamp-ms", Meaning::Instant),
    ("x-edge-location", Meaning::Text("edge_location")),
    ("x-edge-result-type", Meaning::Text("edge_result_type")),
    ("x-edge-request-id", Meaning::RequestId),
    ("x-host-header", Meaning::Text("host_header")),
    ("cs-protocol", Meaning::Scheme),
    ("ssl-protocol", Meaning::TlsVersion),
    ("ssl-cipher", Meaning::TlsCipher),
    ("x-edge-response-result-type", Meaning::Text("edge_response_result_type")),
    ("cs-protocol-version", Meaning::Protocol),
    ("fle-status", Meaning::Text("fle_status")),
    ("fle-encrypted-fields", Meaning::Text("fle_encrypted_fields")),
    ("time-to-first-byte", Meaning::Decimal("time_to_first_byte_s")),
    ("x-edge-detailed-result-type", Meaning::Text("edge_detailed_result_type")),
    ("sc-content-type", Meaning::Text("content_type")),
    ("sc-content-len", Meaning::Integer("content_length")),
    ("sc-range-start", Meaning::Integer("range_start")),
    ("sc-range-end", Meaning::Integer("range_end")),
    ("c-country", Meaning::Text("country")),
    ("asn", Meaning::Integer("asn")),
    ("x-event", Meaning::Text("event")),
    ("x-cf-status", Meaning::Text("cf_status")),
    ("x-cf-client-id", Meaning::Text("cf_client_id")),
    ("c-referrer", Meaning::Referer),
    ("c-user-agent", Meaning::Agent),
    ("origin-fbl", Meaning::Decimal("origin_first_byte_latency_s")),
    ("origin-lbl", Meaning::Decimal("origin_last_byte_latency_s")),
    // The table that AWS has its users make of CloudFront's log.
    ("location", Meaning::Text("edge_location")),
    ("request-ip", Meaning::Client),
    ("method", Meaning::Method),
    ("host", Meaning::Host),
    ("uri", Meaning::Stem),
    ("status", Meaning::Status),
    ("referer", Meaning::Referer),
    ("referrer", Meaning::Referer),
    ("user-agent", Meaning::Agent),
    ("query-string", Meaning::Query),
    ("cookie", Meaning::Text("cookie")),
    ("result-type", Meaning::Text("edge_result_type")),
    ("request-id", Meaning::RequestId),
    ("host-header", Meaning::Text("host_header")),
    ("request-protocol", Meaning::Scheme),
    ("request-bytes", Meaning::Received),
    ("xforwarded-for", Meaning::Forwarded),
    ("response-result-type", Meaning::Text("edge_response_result_type")),
    ("http-version", Meaning::Protocol),
    // Zeek.
    ("ts", Meaning::Instant),
    ("uid", Meaning::Text("connection")),
    ("id.orig-h", Meaning::Client),
    ("id.orig-p", Meaning::Integer("client_port")),
    ("id.resp-h", Meaning::Text("server_ip")),
    ("id.resp-p", Meaning::Port),
    ("trans-depth", Meaning::Integer("request_count")),
    ("version", Meaning::Protocol),
    ("request-body-len", Meaning::Received),
    ("response-body-len", Meaning::Sent),
    ("status-code", Meaning::Status),
    ("username", Meaning::User),
    // The proxy of Exchange.
    ("datetime", Meaning::Instant),
    ("requestid", Meaning::RequestId),
    ("urlhost", Meaning::Host),
    ("urlstem", Meaning::Stem),
    ("urlquery", Meaning::Query),
    ("authenticateduser", Meaning::User),
    ("useragent", Meaning::Agent),
    ("clientipaddress", Meaning::Client),
    ("httpstatus", Meaning::Status),
    ("requestbytes", Meaning::Received),
    ("responsebytes", Meaning::Sent),
    ("totalrequesttime", Meaning::TakenMilliseconds),
    ("targetserver", Meaning::Text("upstream_name")),
    // Google Cloud Storage.
    ("time-micros", Meaning::Instant),
    ("time-taken-micros", Meaning::TakenMicroseconds),
    ("s-request-id", Meaning::RequestId),
    ("cs-operation", Meaning::Operation),
    ("cs-bucket", Meaning::Bucket),
    ("cs-object", Meaning::Key),
];

impl Column {
    /// Whether it is known what it holds.
    pub(super) fn is_known(&self) -> bool {
        self.meaning != Meaning::Unnamed
    }

    /// Whether its name has the letters of one.
    pub(super) fn is_plain(&self) -> bool {
        self.written.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_()".contains(&byte))
    }

    /// Whether it holds something that only a log of requests tells.
    pub(super) fn is_of_request(&self) -> bool {
        matches!(self.meaning, Meaning::Client | Meaning::Method | Meaning::Stem | Meaning::Uri | Meaning::Status)
    }
}

/// The columns that a header names, whether or not its names are known.
///
/// They are divided by commas where there is one, as in an export, or else by blanks and tabs.
pub(super) fn columns(header: &str) -> Vec<Column> {
    let header = header.strip_prefix('\u{FEFF}').unwrap_or(header).trim();
    let cut = if header.contains(',') { Cut::Commas } else { Cut::Words };
    Cells::new(header.as_bytes(), cut).map(|name| column(String::from_utf8_lossy(name).trim())).collect()
}

fn column(written: &str) -> Column {
    let name = one_spelling(written);
    let meaning = MEANINGS.iter().find(|(known, _)| *known == name).map_or(Meaning::Unnamed, |(_, meaning)| *meaning);
    Column { meaning, written: written.into(), name: name.into() }
}

/// `cs(User-Agent)`, `cs_user_agent` and `CS-User-Agent` in the one spelling, `cs-user-agent`.
fn one_spelling(name: &str) -> String {
    name.to_ascii_lowercase().replace(['(', '_', ' '], "-").replace(')', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meanings(header: &str) -> Vec<Meaning> {
        columns(header).iter().map(|column| column.meaning).collect()
    }

    #[test]
    fn one_thing_has_many_spellings() {
        for name in ["cs(User-Agent)", "cs-user-agent", "cs_user_agent", "CS(USER-AGENT)", "user_agent"] {
            assert_eq!(meanings(name), [Meaning::Agent], "{name}");
        }
        assert_eq!(meanings("timestamp(ms)"), [Meaning::Instant]);
    }

    #[test]
    fn a_header_is_divided_by_blanks_or_by_commas() {
        let want = [Meaning::Date, Meaning::Clock, Meaning::Client];
        for header in ["date time c-ip ", " date\ttime   c-ip", "date,time,c_ip", "\u{FEFF}\"date\",\"time\",\"c_ip\""]
        {
            assert_eq!(meanings(header), want, "{header}");
        }
    }

    #[test]
    fn an_unknown_column_keeps_its_name() {
        let columns = columns("OriginalPort cs(X-My_Header)");
        assert_eq!(columns[0].meaning, Meaning::Unnamed);
        assert_eq!((&*columns[0].written, &*columns[1].written), ("OriginalPort", "cs(X-My_Header)"));
    }

    #[test]
    fn no_name_stands_twice() {
        let mut names: Vec<&str> = MEANINGS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), MEANINGS.len());
    }
}

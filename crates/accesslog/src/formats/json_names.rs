//! JSON lines whose keys are the usual names in a spelling of their own: `RequestMethod`, `requestMethod`,
//! `request-method`, `REQUEST_METHOD`.
//!
//! Loggers of many languages spell one name in the way of their language, and no table of spellings ends. So a key is
//! compared without its case and without what divides its words, and what it means follows from the words alone. What is
//! looked at so loosely must be a request by more than one sign: a line needs a method, and a target, and a status or a
//! time. Whatever has its exact names is read by `nginx_json` and `json`, which come first.
//!
//! A bare number is a duration only where its name has the unit (`elapsedMs`); a text that names its unit (`12ms`) always
//! is. Serilog's `Elapsed` counts milliseconds, as its own template of the message says.

use crate::field::Sink;
use crate::json::{Field, Found, Lookup, Meaning};
use crate::{Fault, Format, Record, Value};

use super::nginx_json::without_port;

/// One object a line, its keys in any spelling.
pub(crate) struct JsonNames;

impl Format for JsonNames {
    fn name(&self) -> &'static str {
        "json_names"
    }

    fn about(&self) -> &'static str {
        "JSON lines with the usual keys in any spelling (RequestMethod, request-method)"
    }

    fn example(&self) -> &'static str {
        r#"{"@t":"2024-05-01T00:02:15Z","@mt":"HTTP {RequestMethod} {RequestPath} responded {StatusCode} in {Elapsed} ms","RequestMethod":"GET","RequestPath":"/a","StatusCode":200,"Elapsed":42.5,"ClientIp":"192.0.2.7"}"#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let mut found = Found::nothing_of(line);
        found.read(Names { is_top: true })?;
        // As in `json`: a sensor's event of a file names the sender of the file first.
        let is_file = found.get(Field::KIND) == Some(b"fileinfo");
        let is_request =
            !is_file && found.has(Field::METHOD) && (found.has(Field::TARGET) || found.has(Field::REQUEST));
        if !is_request || !found.has(Field::STATUS) && !found.has(Field::TIME) {
            return Err(Fault { at: 0, expected: "keys that hold a method, a target, and a status or a time" });
        }
        let mut record = found.record();
        if record.duration.is_none() && found.has(TEMPLATE) {
            record.duration = found.duration_of(Field::TAKEN, 1e6);
        }
        without_port(&mut record);
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], _record: &Record<'a>, sink: Sink<'_, 'a>) {
        let mut found = Found::nothing_of(line);
        if found.read(Names { is_top: true }).is_ok()
            && let Some(port) = found.get(Field::CLIENT_PORT)
        {
            sink("client_port", Value::integer(port));
        }
    }
}

/// The template of a message of Serilog, whose `Elapsed` is in milliseconds.
const TEMPLATE: Field = Field::MARK;

/// What keys mean by their words.
#[derive(Clone, Copy)]
struct Names {
    /// Whether it is the object at the top: what stands in objects of unknown names is nobody's.
    is_top: bool,
}

/// The longest key that is looked at, in bytes, and more than the longest name.
const KEY_BYTES_MAX: usize = 40;

impl Lookup for Names {
    fn member(self, key: &[u8]) -> Option<Meaning<Names>> {
        if matches!(key, b"@mt" | b"MessageTemplate") {
            return Some(Meaning { field: Some((TEMPLATE, 0)), inner: None });
        }
        let mut buffer = [0; KEY_BYTES_MAX];
        let mut length = 0;
        for byte in key.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
            *buffer.get_mut(length)? = byte.to_ascii_lowercase();
            length += 1;
        }
        let name = &buffer[..length];
        let field =
            NAMES.binary_search_by(|(known, ..)| known.as_bytes().cmp(name)).ok().map(|at| (NAMES[at].1, NAMES[at].2));
        let is_object = self.is_top && OBJECTS.iter().any(|known| known.as_bytes() == name);
        if field.is_none() && !is_object {
            return None;
        }
        Some(Meaning { field, inner: is_object.then_some(Names { is_top: false }) })
    }
}

/// The objects that hold a part of the request.
const OBJECTS: [&str; 11] = [
    "client",
    "headers",
    "http",
    "properties",
    "request",
    "requestheaders",
    "requestinfo",
    "req",
    "response",
    "res",
    "state",
];

/// The names without what divides their words, in the order of their letters, each with what it means and its rank.
#[rustfmt::skip]
const NAMES: &[(&str, Field, u8)] = &[
    ("agent", Field::AGENT, 2),
    ("args", Field::QUERY, 1),
    ("authority", Field::HOST, 1),
    ("authuser", Field::USER, 1),
    ("bodybytessent", Field::BYTES, 0),
    ("bodysize", Field::BYTES, 2),
    ("bytesin", Field::REQUEST_BYTES, 1),
    ("bytesout", Field::BYTES, 1),
    ("bytesreceived", Field::REQUEST_BYTES, 0),
    ("bytessent", Field::BYTES, 1),
    ("bytesserved", Field::BYTES, 1),
    ("cip", Field::CLIENT, 1),
    ("clientaddr", Field::CLIENT, 1),
    ("clientaddress", Field::CLIENT, 1),
    ("clientip", Field::CLIENT, 0),
    ("clientipaddress", Field::CLIENT, 0),
    ("clientport", Field::CLIENT_PORT, 0),
    ("clientpublicip", Field::CLIENT, 2),
    ("contentlength", Field::BYTES, 4),
    ("correlationid", Field::REQUEST_ID, 2),
    ("csbytes", Field::REQUEST_BYTES, 1),
    ("cshost", Field::HOST, 1),
    ("csmethod", Field::METHOD, 1),
    ("csuriquery", Field::QUERY, 1),
    ("csuristem", Field::TARGET, 2),
    ("csusername", Field::USER, 1),
    ("date", Field::TIME, 3),
    ("datetime", Field::TIME, 2),
    ("domain", Field::HOST, 2),
    ("duration", Field::TAKEN, 1),
    ("durationms", Field::MILLISECONDS, 0),
    ("durationns", Field::NANOSECONDS, 0),
    ("durationseconds", Field::SECONDS, 0),
    ("durationus", Field::MICROSECONDS, 0),
    ("elapsed", Field::TAKEN, 1),
    ("elapsedmilliseconds", Field::MILLISECONDS, 0),
    ("elapsedms", Field::MILLISECONDS, 0),
    ("eventtime", Field::TIME, 2),
    ("eventtype", Field::KIND, 0),
    ("forwardedfor", Field::FORWARDED, 1),
    ("fullpath", Field::TARGET, 1),
    ("host", Field::HOST, 2),
    ("httphost", Field::HOST, 0),
    ("httpmethod", Field::METHOD, 0),
    ("httpreferer", Field::REFERER, 0),
    ("httpreferrer", Field::REFERER, 0),
    ("httpstatus", Field::STATUS, 0),
    ("httpstatuscode", Field::STATUS, 0),
    ("httptarget", Field::TARGET, 0),
    ("httpurl", Field::TARGET, 1),
    ("httpuseragent", Field::AGENT, 0),
    ("httpversion", Field::PROTOCOL, 1),
    ("httpxforwardedfor", Field::FORWARDED, 0),
    ("ip", Field::CLIENT, 3),
    ("ipaddress", Field::CLIENT, 3),
    ("ipclient", Field::CLIENT, 0),
    ("ipsrc", Field::CLIENT, 1),
    ("latency", Field::TAKEN, 1),
    ("latencyms", Field::MILLISECONDS, 0),
    ("method", Field::METHOD, 1),
    ("originalurl", Field::TARGET, 0),
    ("path", Field::TARGET, 3),
    ("proto", Field::PROTOCOL, 2),
    ("protocol", Field::PROTOCOL, 2),
    ("query", Field::QUERY, 2),
    ("querystr", Field::QUERY, 1),
    ("querystring", Field::QUERY, 0),
    ("rawpath", Field::TARGET, 1),
    ("referer", Field::REFERER, 1),
    ("referrer", Field::REFERER, 1),
    ("remoteaddr", Field::CLIENT, 1),
    ("remoteaddress", Field::CLIENT, 1),
    ("remotehost", Field::CLIENT, 2),
    ("remoteip", Field::CLIENT, 0),
    ("remoteipaddress", Field::CLIENT, 0),
    ("remoteport", Field::CLIENT_PORT, 1),
    ("remoteuser", Field::USER, 0),
    ("reqid", Field::REQUEST_ID, 1),
    ("requestbytes", Field::REQUEST_BYTES, 0),
    ("requestduration", Field::TAKEN, 0),
    ("requestdurationms", Field::MILLISECONDS, 0),
    ("requesthost", Field::HOST, 0),
    ("requestid", Field::REQUEST_ID, 0),
    ("requestlength", Field::REQUEST_BYTES, 0),
    ("requestline", Field::REQUEST, 0),
    ("requestmethod", Field::METHOD, 0),
    ("requestpath", Field::TARGET, 2),
    ("requestprotocol", Field::PROTOCOL, 0),
    ("requestquery", Field::QUERY, 1),
    ("requestreferer", Field::REFERER, 0),
    ("requestscheme", Field::SCHEME, 0),
    ("requestsize", Field::REQUEST_BYTES, 0),
    ("requesttimems", Field::MILLISECONDS, 0),
    ("requesttimestamp", Field::TIME, 0),
    ("requesturi", Field::TARGET, 0),
    ("requesturl", Field::TARGET, 1),
    ("requestuseragent", Field::AGENT, 0),
    ("respcode", Field::STATUS, 1),
    ("responsebytes", Field::BYTES, 0),
    ("responsecode", Field::STATUS, 1),
    ("responsecontentlength", Field::BYTES, 1),
    ("responsecontentsize", Field::BYTES, 1),
    ("responselength", Field::BYTES, 1),
    ("responsesize", Field::BYTES, 0),
    ("responsestatus", Field::STATUS, 1),
    ("responsestatuscode", Field::STATUS, 0),
    ("responsetime", Field::TAKEN, 1),
    ("responsetimems", Field::MILLISECONDS, 0),
    ("returnstatus", Field::STATUS, 2),
    ("scbytes", Field::BYTES, 1),
    ("scheme", Field::SCHEME, 1),
    ("scstatus", Field::STATUS, 1),
    ("serverprotocol", Field::PROTOCOL, 0),
    ("size", Field::BYTES, 3),
    ("sourceip", Field::CLIENT, 2),
    ("srcip", Field::CLIENT, 2),
    ("startedat", Field::TIME, 2),
    ("starttime", Field::TIME, 2),
    ("starttimems", Field::TIME, 2),
    ("status", Field::STATUS, 2),
    ("statuscode", Field::STATUS, 1),
    ("t", Field::TIME, 4),
    ("time", Field::TIME, 2),
    ("timegenerated", Field::TIME, 2),
    ("timegeneratedutc", Field::TIME, 2),
    ("timestamp", Field::TIME, 1),
    ("timestamprequestreceivestart", Field::TIME, 2),
    ("timetaken", Field::TAKEN, 1),
    ("timetakenms", Field::MILLISECONDS, 0),
    ("ts", Field::TIME, 2),
    ("ua", Field::AGENT, 2),
    ("uri", Field::TARGET, 1),
    ("url", Field::TARGET, 1),
    ("user", Field::USER, 2),
    ("useragent", Field::AGENT, 0),
    ("userid", Field::USER, 2),
    ("username", Field::USER, 1),
    ("verb", Field::METHOD, 1),
    ("xforwardedfor", Field::FORWARDED, 0),
    ("xforwardedforheadervalue", Field::FORWARDED, 1),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Record<'_>, Fault> {
        JsonNames.parse(line.as_bytes()).map(|record| record.unwrap())
    }

    #[test]
    fn the_names_are_in_order_and_fit() {
        assert!(NAMES.is_sorted_by(|(a, ..), (b, ..)| a < b));
        assert!(NAMES.iter().all(|(name, ..)| name.len() < KEY_BYTES_MAX));
    }

    #[test]
    fn a_name_may_be_spelled_in_any_way() {
        let want = (Some(&b"192.0.2.7"[..]), Some(&b"GET"[..]), Some(&b"/a"[..]), Some(200));
        for line in [
            r#"{"RemoteAddress":"192.0.2.7:5555","RequestMethod":"GET","RequestUri":"/a","StatusCode":200}"#,
            r#"{"remote-address":"192.0.2.7","request-method":"GET","request-uri":"/a","status-code":"200"}"#,
            r#"{"REMOTE_ADDRESS":"192.0.2.7","Request":{"Method":"GET","Url":"/a"},"Response":{"Status":200}}"#,
        ] {
            let record = parse(line).unwrap();
            assert_eq!((record.client, record.method, record.target, record.status), want, "{line}");
        }
    }

    #[test]
    fn a_network_of_caches_and_a_gateway_spell_the_client_and_the_time_so() {
        for (line, seconds) in [
            (
                r#"{"startTimeMs":1714521735250,"clientIp":"192.0.2.7","requestMethod":"GET","requestPath":"/a"}"#,
                1_714_521_735,
            ),
            (
                r#"{"TimestampRequestReceiveStart":"2024-05-01T00:02:15.250Z","Method":"GET","URL":"/a","ClientPublicIp":"192.0.2.7"}"#,
                1_714_521_735,
            ),
        ] {
            let record = parse(line).unwrap();
            assert_eq!((record.client, record.target), (Some(&b"192.0.2.7"[..]), Some(&b"/a"[..])), "{line}");
            assert_eq!(record.time.map(crate::Time::seconds), Some(seconds));
        }
    }

    #[test]
    fn a_bare_number_is_a_duration_where_its_unit_is_known() {
        let of =
            |field: &str| parse(&format!(r#"{{"Method":"GET","Path":"/a","Status":200,{field}}}"#)).unwrap().duration;
        assert_eq!(of(r#""ElapsedMs":12"#), Some(12_000_000));
        assert_eq!(of(r#""Duration":"12ms""#), Some(12_000_000));
        assert_eq!(of(r#""Duration":12"#), None);
        assert_eq!(parse(JsonNames.example()).unwrap().duration, Some(42_500_000));
    }

    #[test]
    fn loggers_of_dot_net_keep_them_in_an_object() {
        for line in [
            r#"{"Timestamp":"2024-05-01T00:02:15Z","MessageTemplate":"HTTP {RequestMethod} {RequestPath} responded {StatusCode}","Properties":{"RequestMethod":"GET","RequestPath":"/a","StatusCode":200,"Elapsed":12.5}}"#,
            r#"{"EventId":2,"Timestamp":"2024-05-01T00:02:15Z","State":{"ElapsedMilliseconds":12.5,"StatusCode":200,"Protocol":"HTTP/1.1","Method":"GET","Host":"a.example","Path":"/a"}}"#,
        ] {
            let record = parse(line).unwrap();
            assert_eq!(
                (record.method, record.target, record.status),
                (Some(&b"GET"[..]), Some(&b"/a"[..]), Some(200)),
                "{line}"
            );
            assert_eq!(
                (record.duration, record.time.map(crate::Time::seconds)),
                (Some(12_500_000), Some(1_714_521_735))
            );
        }
    }

    #[test]
    fn firewalls_put_the_request_into_an_object_or_name_the_client_last() {
        let want = (Some(&b"192.0.2.7"[..]), Some(&b"/a"[..]), Some(200));
        for line in [
            r#"{"responseCode":200,"requestHeaders":{"host":"a.example","user-agent":"x"},"requestInfo":{"method":"GET","request-uri":"/a","protocol":"HTTP/1.1"},"clientIP":"192.0.2.7","responseContentSize":17}"#,
            r#"{"ip_client":"192.0.2.7","method":"GET","uri":"/a","query_str":"b=1","resp_code":"200","date_time":"2024-05-01 00:02:15"}"#,
            r#"{"timestamp":"1714521735000","status":200,"request":{"ipSrc":"192.0.2.7","method":"GET","path":"/a"}}"#,
        ] {
            let record = parse(line).unwrap();
            assert_eq!((record.client, record.target, record.status), want, "{line}");
        }
    }

    #[test]
    fn a_message_with_some_of_the_names_is_no_request() {
        for line in [
            r#"{"Timestamp":"2024-05-01T00:02:15Z","Level":"Info","Path":"/etc/a","Status":"ok"}"#,
            r#"{"Timestamp":"2024-05-01T00:02:15Z","Method":"Run","Message":"started"}"#,
            r#"{"Method":"GET","Path":"/a","Message":"routes"}"#,
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}

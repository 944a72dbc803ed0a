//! Amazon API Gateway, in the four layouts that its console proposes: JSON, CLF, XML and CSV.
//!
//! All hold the same ten values, and all but JSON hold them in one order. The request id has one of two forms, which
//! tells such a line from others that look like it. `resourcePath` and the target in `routeKey` are templates
//! (`/pets/{id}`), not what was asked for: they are the record's target only where `path` is not logged. A variable
//! without a value is a dash.

use memchr::{memchr, memmem};

use crate::field::Sink;
use crate::grammar::{fault, present, split_request, status, whole_number, word};
use crate::json::{As, Field, Found, Further, Keys, field, inner, instant};
use crate::{Fault, Format, Record, Value};

/// One request a line.
pub(crate) struct AwsApigateway;

impl Format for AwsApigateway {
    fn name(&self) -> &'static str {
        "aws_apigateway"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["aws_api_gateway", "apigateway"]
    }

    fn about(&self) -> &'static str {
        "Amazon API Gateway access log (JSON, CLF, XML and CSV of the console)"
    }

    fn example(&self) -> &'static str {
        r#"{"requestId":"caa4a500-2651-4476-aa1f-a639b858819b","ip":"192.0.2.7","caller":"-","user":"-","requestTime":"01/May/2024:00:02:15 +0000","httpMethod":"GET","resourcePath":"/pets/{petId}","status":"200","protocol":"HTTP/1.1","responseLength":"49"}"#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        match line.first() {
            Some(b'{') => json(line).map(|(_, record)| Some(record)),
            Some(b'<') => Ok(Some(xml(line)?.record())),
            _ => match csv(line) {
                Some(values) => Ok(Some(values.record())),
                None => clf(line).map(|values| Some(values.record())),
            },
        }
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        if line.first() == Some(&b'{') {
            if let Ok((found, _)) = json(line) {
                Further::tell(FURTHER, &found, sink);
            }
            return;
        }
        let caller = match line.first() {
            Some(b'<') => xml(line).ok().and_then(|values| values.caller),
            _ => csv(line).or_else(|| clf(line).ok()).and_then(|values| values.caller),
        };
        sink("caller", caller.map_or(Value::Absent, Value::Text));
        if let Some(target) = record.target {
            sink("path", Value::Text(target));
        }
    }
}

const ROUTE: Field = Field::further(0);
const STAGE: Field = Field::further(1);
const API: Field = Field::further(2);
const CALLER: Field = Field::further(3);
const EXTENDED: Field = Field::further(4);
const RESOURCE: Field = Field::further(5);
const ERROR_MESSAGE: Field = Field::further(6);
const INTEGRATION: Field = Field::further(7);
/// What a message of a web socket is: it connects, it disconnects, or it is a message.
const EVENT: Field = Field::further(8);
const CONNECTION: Field = Field::further(9);

const FURTHER: &[Further] = &[
    Further("route_key", ROUTE, As::Text),
    Further("resource_path", RESOURCE, As::Text),
    Further("event_type", EVENT, As::Text),
    Further("connection_id", CONNECTION, As::Text),
    Further("stage", STAGE, As::Text),
    Further("api_id", API, As::Text),
    Further("caller", CALLER, As::Text),
    Further("extended_request_id", EXTENDED, As::Text),
    Further("error_message", ERROR_MESSAGE, As::Text),
    Further("upstream_status", Field::UPSTREAM_STATUS, As::Integer),
    Further("integration_latency_ms", INTEGRATION, As::Integer),
];

static KEYS: Keys = Keys::new(&[
    field("requestId", Field::REQUEST_ID, 0),
    field("extendedRequestId", EXTENDED, 0),
    field("ip", Field::CLIENT, 0),
    field("sourceIp", Field::CLIENT, 0),
    field("caller", CALLER, 0),
    field("user", Field::USER, 0),
    field("requestTime", Field::TIME, 1),
    field("requestTimeEpoch", Field::TIME, 0),
    field("httpMethod", Field::METHOD, 0),
    field("path", Field::TARGET, 0),
    field("resourcePath", RESOURCE, 0),
    field("routeKey", ROUTE, 0),
    field("eventType", EVENT, 0),
    field("connectionId", CONNECTION, 0),
    field("status", Field::STATUS, 0),
    field("protocol", Field::PROTOCOL, 0),
    field("responseLength", Field::BYTES, 0),
    field("responseLatency", Field::MILLISECONDS, 0),
    field("integrationLatency", INTEGRATION, 0),
    field("integrationStatus", Field::UPSTREAM_STATUS, 0),
    field("domainName", Field::HOST, 0),
    field("stage", STAGE, 0),
    field("apiId", API, 0),
    field("userAgent", Field::AGENT, 0),
    field("errorMessage", ERROR_MESSAGE, 0),
    inner("identity", &IDENTITY),
]);

static IDENTITY: Keys = Keys::new(&[
    field("sourceIp", Field::CLIENT, 0),
    field("caller", CALLER, 0),
    field("user", Field::USER, 0),
    field("userAgent", Field::AGENT, 0),
]);

fn json(line: &[u8]) -> Result<(Found<'_>, Record<'_>), Fault> {
    let found = Found::of(line, &KEYS)?;
    let names_target = found.is_named(RESOURCE) || found.is_named(ROUTE) || found.has(Field::TARGET);
    // A message of a web socket has no method: its route is a name (`$connect`), and so is what it is.
    let names_what = found.is_named(Field::METHOD) || found.is_named(EVENT) && found.is_named(CONNECTION);
    if !found.has(Field::REQUEST_ID) || !names_what || !names_target {
        return Err(Fault {
            at: 0,
            expected: "the keys `requestId`, `httpMethod` or `eventType`, and `resourcePath` or `routeKey`",
        });
    }
    let mut record = found.record();
    record.target = record.target.or(found.get(RESOURCE)).or_else(|| route_target(found.get(ROUTE)?));
    Ok((found, record))
}

/// The target in a route key, `GET /pets/{id}`; the key `$default` has none.
fn route_target(route: &[u8]) -> Option<&[u8]> {
    word(route).map(|(_, target)| target).filter(|target| target.starts_with(b"/"))
}

/// The values of a line that is no JSON.
struct Values<'a> {
    id: &'a [u8],
    client: &'a [u8],
    caller: Option<&'a [u8]>,
    user: &'a [u8],
    time: &'a [u8],
    method: &'a [u8],
    target: &'a [u8],
    protocol: &'a [u8],
    status: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Values<'a> {
    fn record(&self) -> Record<'a> {
        Record {
            time: instant(self.time),
            client: present(self.client),
            user: present(self.user),
            method: present(self.method),
            target: present(route_target(self.target).unwrap_or(self.target)),
            protocol: present(self.protocol),
            status: status(self.status).and_then(|(status, _)| status),
            bytes: whole_number(self.bytes),
            request_id: Some(self.id),
            ..Record::default()
        }
    }
}

/// Whether a word has the form of a request id: that of a UUID, or fifteen letters of base 64 and an equals sign.
fn is_request_id(word: &[u8]) -> bool {
    let is_dash_place = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    match word.len() {
        36 => word
            .iter()
            .enumerate()
            .all(|(at, byte)| if is_dash_place(at) { *byte == b'-' } else { byte.is_ascii_hexdigit() }),
        16 => word[15] == b'=' && word[..15].iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)),
        _ => false,
    }
}

/// `ip caller user [time]"method target protocol" status bytes id`, with a blank before the quote or without.
fn clf(line: &[u8]) -> Result<Values<'_>, Fault> {
    let (client, rest) = word(line).ok_or_else(|| fault(line, line, "a client and a blank"))?;
    let (caller, rest) = word(rest).ok_or_else(|| fault(line, rest, "a caller and a blank"))?;
    let open = memmem::find(rest, b" [").ok_or_else(|| fault(line, rest, "a user, then a time in brackets"))?;
    let (user, rest) = (&rest[..open], &rest[open + 2..]);
    let close = memchr(b']', rest).ok_or_else(|| fault(line, rest, "the end of the time"))?;
    let (time, rest) = (&rest[..close], &rest[close + 1..]);
    let inner = rest.strip_prefix(b" ").unwrap_or(rest).strip_prefix(b"\"");
    let inner = inner.ok_or_else(|| fault(line, rest, "a request in quotes"))?;
    let end = memmem::find(inner, b"\" ").ok_or_else(|| fault(line, inner, "the end of the request"))?;
    let (request, rest) = (&inner[..end], &inner[end + 2..]);
    let mut words = rest.split(|byte| *byte == b' ');
    let mut next = || words.next().unwrap_or_default();
    let (status, bytes, id) = (next(), next(), next());
    // The console proposes the extended id behind the id too.
    let is_over =
        words.next().is_none_or(|extended| is_request_id(extended) || extended == b"-") && words.next().is_none();
    if !is_request_id(id) || !is_over || instant(time).is_none() {
        return Err(fault(line, rest, "a status, a length, and a request id"));
    }
    let mut split = Record::default();
    split_request(request, &mut split);
    Ok(Values {
        id,
        client,
        caller: present(caller),
        user,
        time,
        method: split.method.unwrap_or_default(),
        target: split.target.unwrap_or_default(),
        protocol: split.protocol.unwrap_or_default(),
        status,
        bytes,
    })
}

/// The same ten values with commas between; the target may hold commas too.
fn csv(line: &[u8]) -> Option<Values<'_>> {
    let line = without_extended_id(line);
    let mut front = line.splitn(6, |byte| *byte == b',');
    let mut next = || front.next();
    let (client, caller, user, time, method, rest) = (next()?, next()?, next()?, next()?, next()?, next()?);
    let mut back = rest.rsplitn(5, |byte| *byte == b',');
    let mut next = || back.next();
    let (id, bytes, status, protocol, target) = (next()?, next()?, next()?, next()?, next()?);
    if !is_request_id(id) || instant(time).is_none() {
        return None;
    }
    Some(Values { id, client, caller: present(caller), user, time, method, target, protocol, status, bytes })
}

/// A line of commas without the extended id behind its id.
fn without_extended_id(line: &[u8]) -> &[u8] {
    let last_two = line.iter().rposition(|byte| *byte == b',').and_then(|last| {
        let before = line[..last].iter().rposition(|byte| *byte == b',')?;
        Some((&line[before + 1..last], &line[last + 1..], last))
    });
    match last_two {
        Some((id, extended, last)) if is_request_id(id) && (is_request_id(extended) || extended == b"-") => {
            &line[..last]
        }
        _ => line,
    }
}

/// `<request id="..."> <ip>...</ip> ... </request>`.
fn xml(line: &[u8]) -> Result<Values<'_>, Fault> {
    const EXPECTED: &str = "an element `request` with its id, and the elements of a request";
    let missing = || Fault { at: 0, expected: EXPECTED };
    let inner = line.strip_prefix(b"<request id=\"").ok_or_else(missing)?;
    let id = &inner[..memchr(b'"', inner).ok_or_else(missing)?];
    let element = |open: &[u8], close: &[u8]| {
        let begin = memmem::find(inner, open)? + open.len();
        let length = memmem::find(&inner[begin..], close)?;
        Some(inner[begin..begin + length].trim_ascii())
    };
    let target = element(b"<resourcePath>", b"</resourcePath>").or_else(|| element(b"<routeKey>", b"</routeKey>"));
    Ok(Values {
        id,
        client: element(b"<ip>", b"</ip>").ok_or_else(missing)?,
        caller: element(b"<caller>", b"</caller>").and_then(present),
        user: element(b"<user>", b"</user>").unwrap_or(b"-"),
        time: element(b"<requestTime>", b"</requestTime>").ok_or_else(missing)?,
        method: element(b"<httpMethod>", b"</httpMethod>").ok_or_else(missing)?,
        target: target.unwrap_or(b"-"),
        protocol: element(b"<protocol>", b"</protocol>").unwrap_or(b"-"),
        status: element(b"<status>", b"</status>").ok_or_else(missing)?,
        bytes: element(b"<responseLength>", b"</responseLength>").unwrap_or(b"-"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "caa4a500-2651-4476-aa1f-a639b858819b";

    fn parse(line: &str) -> Result<Record<'_>, Fault> {
        AwsApigateway.parse(line.as_bytes()).map(|record| record.unwrap())
    }

    #[test]
    fn the_four_layouts_hold_the_same_request() {
        let time = "01/May/2024:00:02:15 +0000";
        let json = parse(AwsApigateway.example()).unwrap();
        for line in [
            format!("192.0.2.7 - - [{time}]\"GET /pets/{{petId}} HTTP/1.1\" 200 49 {ID}"),
            format!("192.0.2.7 - - [{time}] \"GET /pets/{{petId}} HTTP/1.1\" 200 49 {ID}"),
            format!("192.0.2.7,-,-,{time},GET,/pets/{{petId}},HTTP/1.1,200,49,{ID}"),
            format!(
                "<request id=\"{ID}\"> <ip>192.0.2.7</ip> <caller>-</caller> <user>-</user> <requestTime>{time}</requestTime> <httpMethod>GET</httpMethod> <resourcePath>/pets/{{petId}}</resourcePath> <status>200</status> <protocol>HTTP/1.1</protocol> <responseLength>49</responseLength> </request>"
            ),
        ] {
            let record = parse(&line).unwrap();
            assert_eq!(Record { escape: json.escape, ..record }, json, "{line}");
        }
    }

    #[test]
    fn a_route_key_holds_a_template() {
        let line = AwsApigateway.example().replace("resourcePath\":\"", "routeKey\":\"GET ");
        assert_eq!(parse(&line).unwrap().target, Some(&b"/pets/{petId}"[..]));
        let line = AwsApigateway.example().replace("resourcePath\":\"/pets/{petId}", "routeKey\":\"$default");
        assert_eq!(parse(&line).unwrap().target, None);
    }

    #[test]
    fn a_line_without_a_request_id_is_another_format() {
        assert!(parse(r#"192.0.2.7 - - [01/May/2024:00:02:15 +0000] "GET / HTTP/1.1" 200 49"#).is_err());
        assert!(parse(r#"192.0.2.7 - - [01/May/2024:00:02:15 +0000] "GET / HTTP/1.1" 200 49 12345"#).is_err());
        assert!(parse("192.0.2.7,-,-,yesterday,GET,/,HTTP/1.1,200,49,12345").is_err());
    }

    #[test]
    fn a_message_of_a_web_socket_has_no_method() {
        let line = r#"{"requestId":"caa4a500-2651-4476-aa1f-a639b858819b","ip":"192.0.2.7","caller":"-","user":"-","requestTime":"01/May/2024:00:02:15 +0000","eventType":"CONNECT","routeKey":"$connect","status":"500","connectionId":"Iq8g="}"#;
        let record = AwsApigateway.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(500)));
        assert_eq!((record.method, record.target), (None, None));
        assert!(record.time.is_some());
        assert!(AwsApigateway.parse(line.replace("connectionId", "id").as_bytes()).is_err());
    }
}

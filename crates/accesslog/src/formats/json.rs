//! JSON lines whose request is an object of its own, or is spelled in the names of a schema.
//!
//! Beside the flat names of `nginx_json`: the Elastic Common Schema and OpenTelemetry's semantic conventions, nested or
//! dotted; the `req` and `res` of node's loggers (pino, bunyan); the `request` and `response` of gateways such as Kong;
//! the `httpRequest` of Google's log entries, and its `protoPayload` of App Engine; the `http` of Suricata; Datadog's standard
//! attributes; what Vercel's and ngrok's streams hold. What a server of its own format writes is read more exactly by that.

use super::absolute::tell_path;
use crate::json::{AS_SENT, Entry, Field, Form, Keys, field, inner, joined, key, without};

use super::header_list::header_list;
use super::nginx_json::{FLAT, FURTHER, KEYS as FLAT_KEYS, mended, request_missing};

/// One object a line, of any of the usual shapes.
pub(crate) static JSON: Form = Form {
    name: "json",
    aliases: &["ndjson", "jsonl"],
    about: "JSON lines with nested or schema keys (ECS, OpenTelemetry, pino, Kong)",
    example: r#"{"@timestamp":"2024-05-01T00:02:15Z","client":{"ip":"192.0.2.7"},"http":{"request":{"method":"GET"},"response":{"status_code":200}},"url":{"original":"/a"},"user_agent":{"original":"curl/8.5"}}"#,
    holds: b"",
    keys: &KEYS,
    missing: |found| match found.get(Field::KIND) {
        // Suricata's event of a file is of a request that has an event of its own, and its source is who sent the file.
        Some(b"fileinfo") => Some("an event of a request, not of a file"),
        _ => request_missing(found),
    },
    finish: |found, record| {
        mended(found, record);
        header_list(found, record);
    },
    further: FURTHER,
    more: |_, record, sink| tell_path(record, sink),
};

static KEYS: Keys = Keys::new(&joined::<{ FLAT.len() - REPLACED.len() + OBJECTS.len() + SCHEMA.len() + 1 }>(&[
    &without::<{ FLAT.len() - REPLACED.len() }>(FLAT, REPLACED),
    OBJECTS,
    SCHEMA,
    // What Elasticsearch gives out has the document inside.
    &[inner("_source", &STORED)],
]));

static STORED: Keys = Keys::new(&joined::<{ FLAT.len() - REPLACED.len() + OBJECTS.len() + SCHEMA.len() }>(&[
    &without::<{ FLAT.len() - REPLACED.len() }>(FLAT, REPLACED),
    OBJECTS,
    SCHEMA,
]));

/// Flat keys that may hold an object here.
const REPLACED: &[&str] = &["request", "req", "response", "client", "url", "user_agent", "user", "host", "proxy"];

/// What is gone into, and names that node's loggers and Go's have to themselves.
const OBJECTS: &[Entry] = &[
    key("request", Field::REQUEST, 0, &REQUEST),
    key("req", Field::REQUEST, 1, &REQUEST),
    key("response", Field::STATUS, 1, &RESPONSE),
    inner("res", &RESPONSE),
    key("client", Field::CLIENT, 2, &CLIENT),
    inner("source", &CLIENT),
    key("url", Field::TARGET, 2, &URL),
    key("user_agent", Field::AGENT, 1, &AGENT),
    key("user", Field::USER, 1, &USER),
    key("host", Field::HOST, 1, &HOST),
    inner("http", &HTTP),
    inner("httpRequest", &GOOGLE),
    inner("event", &EVENT),
    inner("attributes", &DOTTED),
    inner("latencies", &LATENCIES),
    inner("network", &NETWORK),
    inner("proxy", &PROXY),
    inner("object", &TUNNEL),
    inner("meta", &META),
    inner("protoPayload", &APP_ENGINE),
    inner("jsonPayload", &FLAT_KEYS),
    // What programs and pipelines put a request into.
    inner("nginx", &FLAT_KEYS),
    inner("access", &FLAT_KEYS),
    inner("access_log", &FLAT_KEYS),
    inner("fields", &FLAT_KEYS),
    inner("span", &FLAT_KEYS),
    inner("auth", &AUTH),
    // OpenSearch's audit log.
    field("audit_request_remote_address", Field::CLIENT, 1),
    field("audit_request_effective_user", Field::USER, 1),
    field("audit_rest_request_method", Field::METHOD, 1),
    field("audit_rest_request_path", Field::TARGET, 1),
    inner("audit_rest_request_headers", &HEADERS),
    field("event_timestamp", Field::TIME, 3),
    field("event_type", Field::KIND, 0),
    field("Duration", Field::NANOSECONDS, 0),
];

/// The dotted names of schemas. OpenTelemetry's records keep them under `attributes`.
const SCHEMA: &[Entry] = &[
    field("http.request.method", Field::METHOD, 0),
    field("http.method", Field::METHOD, 1),
    field("http.target", Field::TARGET, 0),
    field("url.original", Field::TARGET, 0),
    field("url.full", Field::TARGET, 1),
    field("http.url", Field::TARGET, 1),
    field("url.path", Field::TARGET, 2),
    field("url.query", Field::QUERY, 0),
    field("http.version", Field::PROTOCOL, 1),
    field("http.flavor", Field::PROTOCOL, 1),
    field("http.response.status_code", Field::STATUS, 0),
    field("http.status_code", Field::STATUS, 1),
    field("http.response.body.bytes", Field::BYTES, 0),
    field("http.response.body.size", Field::BYTES, 0),
    field("http.response_content_length", Field::BYTES, 1),
    field("http.response.bytes", Field::BYTES, 1),
    field("http.request.referrer", Field::REFERER, 0),
    field("http.request.id", Field::REQUEST_ID, 1),
    field("http.user_agent", Field::AGENT, 1),
    field("user_agent.original", Field::AGENT, 0),
    field("client.address", Field::CLIENT, 1),
    field("client.ip", Field::CLIENT, 0),
    field("source.ip", Field::CLIENT, 1),
    field("source.address", Field::CLIENT, 2),
    // Elasticsearch's audit log.
    field("origin.address", Field::CLIENT, 3),
    field("request.method", Field::METHOD, 2),
    field("request.id", Field::REQUEST_ID, 2),
    field("http.client_ip", Field::CLIENT, 1),
    field("net.peer.ip", Field::CLIENT, 2),
    field("network.peer.address", Field::CLIENT, 2),
    field("user.name", Field::USER, 0),
    field("url.domain", Field::HOST, 0),
    field("server.address", Field::HOST, 1),
    field("url.scheme", Field::SCHEME, 0),
    field("http.scheme", Field::SCHEME, 1),
    field("event.duration", Field::NANOSECONDS, 0),
    field("tls.version", Field::TLS_VERSION, 0),
];

static DOTTED: Keys = Keys::new(&joined::<{ SCHEMA.len() + 2 }>(&[
    SCHEMA,
    // Datadog's API gives out its standard attributes so.
    &[inner("http", &HTTP), inner("network", &NETWORK)],
]));

static REQUEST: Keys = Keys::new(&[
    field("id", Field::REQUEST_ID, 2),
    field("remote_ip", Field::CLIENT, 1),
    field("client_ip", Field::CLIENT, 0),
    field("remote_addr", Field::CLIENT, 1),
    field("remoteAddress", Field::CLIENT, 1),
    field("remote_address", Field::CLIENT, 1),
    field("ip", Field::CLIENT, 2),
    field("remote_port", Field::CLIENT_PORT, 0),
    field("remotePort", Field::CLIENT_PORT, 0),
    field("method", Field::METHOD, 0),
    field("uri", Field::TARGET, 0),
    field("request_uri", Field::TARGET, 0),
    field("originalUrl", Field::TARGET, 0),
    field("url", Field::TARGET, 1),
    field("path", Field::TARGET, 2),
    field("proto", Field::PROTOCOL, 0),
    field("protocol", Field::PROTOCOL, 0),
    field("httpVersion", Field::PROTOCOL, 1),
    field("host", Field::HOST, 0),
    field("size", Field::REQUEST_BYTES, 0),
    field("user_agent", Field::AGENT, 1),
    field("userAgent", Field::AGENT, 1),
    field("referer", Field::REFERER, 1),
    field("referrer", Field::REFERER, 1),
    key("headers", Field::HEADERS, 0, &HEADERS),
]);

/// The headers that say who asks, as names of an object: as they are sent, or in lower case.
pub(super) const ASKING: &[Entry] = &[
    field("User-Agent", Field::AGENT, AS_SENT),
    field("user-agent", Field::AGENT, AS_SENT),
    field("Referer", Field::REFERER, AS_SENT),
    field("referer", Field::REFERER, AS_SENT),
    field("X-Forwarded-For", Field::FORWARDED, AS_SENT),
    field("x-forwarded-for", Field::FORWARDED, AS_SENT),
];

static HEADERS: Keys = Keys::new(&joined::<{ ASKING.len() + 4 }>(&[
    ASKING,
    &[
        field("X-Request-Id", Field::REQUEST_ID, AS_SENT + 1),
        field("x-request-id", Field::REQUEST_ID, AS_SENT + 1),
        field("Host", Field::HOST, AS_SENT + 1),
        field("host", Field::HOST, AS_SENT + 1),
    ],
]));

static RESPONSE: Keys = Keys::new(&[
    field("status", Field::STATUS, 0),
    field("statusCode", Field::STATUS, 0),
    field("status_code", Field::STATUS, 0),
    field("size", Field::BYTES, 0),
    field("bytes", Field::BYTES, 0),
    field("contentLength", Field::BYTES, 1),
    field("responseTime", Field::MILLISECONDS, 2),
]);

static CLIENT: Keys = Keys::new(&[
    field("ip", Field::CLIENT, 0),
    field("address", Field::CLIENT, 1),
    field("port", Field::CLIENT_PORT, 0),
]);

static URL: Keys = Keys::new(&[
    field("original", Field::TARGET, 0),
    field("full", Field::TARGET, 1),
    field("path", Field::TARGET, 2),
    field("query", Field::QUERY, 0),
    field("domain", Field::HOST, 0),
    field("scheme", Field::SCHEME, 0),
]);

static AGENT: Keys = Keys::new(&[field("original", Field::AGENT, 0)]);
static USER: Keys = Keys::new(&[field("name", Field::USER, 0), field("id", Field::USER, 1)]);
static HOST: Keys = Keys::new(&[]);
static EVENT: Keys = Keys::new(&[field("duration", Field::NANOSECONDS, 0), field("created", Field::TIME, 4)]);
/// The attributes of Datadog that tell of the peer. Its `duration` is in nanoseconds.
static NETWORK: Keys = Keys::new(&[inner("client", &NETWORK_CLIENT), field("bytes_written", Field::BYTES, 2)]);
static NETWORK_CLIENT: Keys = Keys::new(&[field("ip", Field::CLIENT, 1), field("port", Field::NETWORK, 0)]);

/// The request as Vercel's proxy saw it; beside it stand the time and the host of the deployment.
static PROXY: Keys = Keys::new(&[
    field("timestamp", Field::TIME, 0),
    field("method", Field::METHOD, 0),
    field("scheme", Field::SCHEME, 0),
    field("host", Field::HOST, 0),
    field("path", Field::TARGET, 0),
    field("userAgent", Field::AGENT, 0),
    field("referer", Field::REFERER, 0),
    field("statusCode", Field::STATUS, 0),
    field("clientIp", Field::CLIENT, 0),
    field("responseByteSize", Field::BYTES, 0),
]);

/// ngrok's event of a request that is complete.
static TUNNEL: Keys = Keys::new(&[inner("conn", &TUNNEL_CONNECTION), inner("http", &TUNNEL_HTTP)]);
static TUNNEL_CONNECTION: Keys =
    Keys::new(&[field("client_ip", Field::CLIENT, 0), field("server_name", Field::HOST, 0)]);
static TUNNEL_HTTP: Keys = Keys::new(&[inner("request", &TUNNEL_REQUEST), inner("response", &TUNNEL_RESPONSE)]);
static TUNNEL_REQUEST: Keys = Keys::new(&[
    field("method", Field::METHOD, 0),
    field("version", Field::PROTOCOL, 0),
    key("url", Field::TARGET, 0, &TUNNEL_URL),
]);
static TUNNEL_URL: Keys =
    Keys::new(&[field("raw", Field::TARGET, 0), field("path", Field::TARGET, 1), field("query", Field::QUERY, 0)]);
static TUNNEL_RESPONSE: Keys =
    Keys::new(&[field("status_code", Field::STATUS, 0), field("body_length", Field::BYTES, 0)]);

/// What express-winston calls the parts of a request.
static META: Keys = Keys::new(&[
    inner("req", &REQUEST),
    inner("res", &RESPONSE),
    inner("httpRequest", &GOOGLE),
    field("responseTime", Field::MILLISECONDS, 1),
]);

/// `google.appengine.logging.v1.RequestLog`.
static APP_ENGINE: Keys = Keys::new(&[
    field("startTime", Field::TIME, 0),
    field("ip", Field::CLIENT, 0),
    field("method", Field::METHOD, 0),
    field("resource", Field::TARGET, 0),
    field("httpVersion", Field::PROTOCOL, 0),
    field("status", Field::STATUS, 0),
    field("responseSize", Field::BYTES, 0),
    field("userAgent", Field::AGENT, 0),
    field("referrer", Field::REFERER, 0),
    field("host", Field::HOST, 0),
    field("latency", Field::SECONDS, 0),
    field("requestId", Field::REQUEST_ID, 0),
]);

/// Who asked, as Vault's audit log names them beside the request.
static AUTH: Keys = Keys::new(&[field("display_name", Field::USER, 2)]);

static LATENCIES: Keys = Keys::new(&[field("request", Field::MILLISECONDS, 0)]);

static HTTP: Keys = Keys::new(&[
    inner("request", &HTTP_REQUEST),
    inner("response", &HTTP_RESPONSE),
    field("version", Field::PROTOCOL, 1),
    field("method", Field::METHOD, 1),
    field("status_code", Field::STATUS, 1),
    field("url", Field::TARGET, 1),
    field("request_id", Field::REQUEST_ID, 1),
    inner("url_details", &DATADOG_URL),
    field("useragent", Field::AGENT, 1),
    field("referer", Field::REFERER, 1),
    field("http_method", Field::METHOD, 1),
    field("status", Field::STATUS, 1),
    field("length", Field::BYTES, 1),
    field("http_user_agent", Field::AGENT, 1),
    field("http_refer", Field::REFERER, 1),
    field("hostname", Field::HOST, 1),
    field("protocol", Field::PROTOCOL, 0),
    field("path", Field::TARGET, 3),
    field("uri", Field::TARGET, 1),
    field("target", Field::TARGET, 1),
    field("host", Field::HOST, 2),
    field("client_ip", Field::CLIENT, 2),
    field("remote_ip", Field::CLIENT, 2),
    field("remote_addr", Field::CLIENT, 2),
    field("user_agent", Field::AGENT, 1),
    field("referrer", Field::REFERER, 1),
    field("duration_ms", Field::MILLISECONDS, 1),
    field("bytes", Field::BYTES, 2),
]);

/// The parts of a URL, which stand beside it: that they are there says whose attributes these are.
static DATADOG_URL: Keys = Keys::new(&[field("path", Field::NETWORK, 0), field("host", Field::HOST, 2)]);

static HTTP_REQUEST: Keys = Keys::new(&[
    field("method", Field::METHOD, 0),
    field("referrer", Field::REFERER, 0),
    field("id", Field::REQUEST_ID, 1),
    field("bytes", Field::REQUEST_BYTES, 0),
]);

static HTTP_RESPONSE: Keys =
    Keys::new(&[field("status_code", Field::STATUS, 0), field("bytes", Field::BYTES, 1), inner("body", &HTTP_BODY)]);

static HTTP_BODY: Keys = Keys::new(&[field("bytes", Field::BYTES, 0)]);

static GOOGLE: Keys = Keys::new(&[
    field("requestMethod", Field::METHOD, 0),
    field("requestUrl", Field::TARGET, 0),
    field("requestSize", Field::REQUEST_BYTES, 0),
    field("status", Field::STATUS, 0),
    field("responseSize", Field::BYTES, 0),
    field("userAgent", Field::AGENT, 0),
    field("remoteIp", Field::CLIENT, 0),
    field("referer", Field::REFERER, 0),
    field("latency", Field::SECONDS, 0),
    field("protocol", Field::PROTOCOL, 0),
]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fault, Format, Record};

    fn parse(line: &str) -> Record<'_> {
        JSON.parse(line.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn schemas_may_be_nested_or_dotted() {
        let nested = parse(JSON.example);
        let dotted = parse(
            r#"{"@timestamp":"2024-05-01T00:02:15Z","client.ip":"192.0.2.7","http.request.method":"GET","http.response.status_code":200,"url.original":"/a","user_agent.original":"curl/8.5"}"#,
        );
        assert_eq!(nested, dotted);
        assert_eq!((nested.status, nested.agent), (Some(200), Some(&b"curl/8.5"[..])));
    }

    #[test]
    fn the_parts_of_a_request_stand_where_streams_put_them() {
        for line in [
            r#"{"http":{"method":"GET","status_code":200,"url":"/a?b","useragent":"curl","url_details":{"path":"/a"}},"network":{"client":{"ip":"192.0.2.7"},"bytes_written":5},"duration":42000000}"#,
            r#"{"timestamp":1,"host":"x","path":"api/a","statusCode":500,"proxy":{"timestamp":1714521735000,"method":"GET","path":"/a?b","userAgent":["curl"],"statusCode":200,"clientIp":"192.0.2.7"}}"#,
            r#"{"attributes":{"http":{"method":"GET","status_code":200,"url":"/a?b","useragent":"curl"},"network":{"client":{"ip":"192.0.2.7"}}},"timestamp":"2024-05-01T00:02:15Z","message":"x"}"#,
            r#"{"timestamp":"2024-05-01T00:02:15Z","level":"INFO","fields":{"message":"finished","status":200,"user_agent":"curl"},"target":"tower_http","span":{"method":"GET","uri":"/a?b","client_ip":"192.0.2.7"}}"#,
            r#"{"ts":"2024-05-01T00:02:15Z","msg":"request","http":{"method":"GET","path":"/a?b","status":200,"client_ip":"192.0.2.7","user_agent":"curl"}}"#,
            r#"{"timestamp":"2024-05-01T00:02:15Z","meta":{"req":{"url":"/a?b","method":"GET","headers":{"user-agent":"curl"},"remoteAddress":"192.0.2.7"},"res":{"statusCode":200}}}"#,
            r#"{"request":{"method":"GET","uri":"/a?b","client_ip":"192.0.2.7","headers":[{"name":"user-agent","value":"curl"}]},"response":{"status":200}}"#,
            r#"{"_index":"a","_source":{"@timestamp":"2024-05-01T00:02:15Z","source":{"ip":"192.0.2.7"},"http":{"request":{"method":"GET"},"response":{"status_code":200}},"url":{"original":"/a?b"},"user_agent":{"original":"curl"}}}"#,
            r#"{"protoPayload":{"ip":"192.0.2.7","method":"GET","resource":"/a?b","status":200,"userAgent":"curl","startTime":"2024-05-01T00:02:15Z"},"resource":{"type":"gae_app"}}"#,
            r#"{"object":{"conn":{"client_ip":"192.0.2.7"},"http":{"request":{"method":"GET","url":{"raw":"/a?b","path":"/a"}},"response":{"status_code":200}}},"event_timestamp":"2024-05-01T00:02:15Z"}"#,
        ] {
            let record = parse(line);
            assert_eq!((record.client, record.method), (Some(&b"192.0.2.7"[..]), Some(&b"GET"[..])), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a?b"[..]), Some(200)), "{line}");
        }
    }

    #[test]
    fn audit_logs_name_who_asked() {
        for (line, target) in [
            (
                r#"{"time":"2024-05-01T00:02:15Z","type":"request","auth":{"display_name":"bob"},"request":{"operation":"read","path":"secret/data/a","remote_address":"192.0.2.7","remote_port":1}}"#,
                "secret/data/a",
            ),
            (
                r#"{"audit_request_effective_user":"bob","audit_rest_request_method":"GET","audit_rest_request_path":"/a/_search","@timestamp":"2024-05-01T00:02:15.3+00:00","audit_request_remote_address":"192.0.2.7","audit_rest_request_headers":{"User-Agent":["curl/8.5"],"Host":["a.example"]}}"#,
                "/a/_search",
            ),
        ] {
            let record = parse(line);
            assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), Some(&b"bob"[..])), "{line}");
            assert_eq!(record.target, Some(target.as_bytes()));
        }
    }

    #[test]
    fn node_loggers_have_req_and_res() {
        let record = parse(
            r#"{"level":30,"time":1714489335000,"req":{"id":1,"method":"GET","url":"/a?b","headers":{"host":"a.example","user-agent":"-"},"remoteAddress":"::1","remotePort":4},"res":{"statusCode":304},"responseTime":12.5,"msg":"request completed"}"#,
        );
        assert_eq!((record.target, record.agent), (Some(&b"/a?b"[..]), Some(&b"-"[..])), "a dash that was sent");
        assert_eq!((record.status, record.duration), (Some(304), Some(12_500_000)));
    }

    #[test]
    fn a_sensor_sees_requests_too() {
        let record = parse(
            r#"{"timestamp":"2024-05-01T00:02:15.5+0000","event_type":"http","src_ip":"192.0.2.7","src_port":56119,"proto":"TCP","http":{"hostname":"a.example","url":"/a?b","http_user_agent":"curl","http_method":"GET","protocol":"HTTP/1.1","status":200,"length":1155}}"#,
        );
        assert_eq!((record.client, record.host), (Some(&b"192.0.2.7"[..]), Some(&b"a.example"[..])));
        assert_eq!((record.status, record.bytes, record.protocol), (Some(200), Some(1155), Some(&b"HTTP/1.1"[..])));
        let flow =
            br#"{"timestamp":"2024-05-01T00:02:15.5+0000","event_type":"flow","src_ip":"192.0.2.7","proto":"TCP"}"#;
        assert!(JSON.parse(flow).is_err());
        let file = br#"{"timestamp":"2024-05-01T00:02:15.5+0000","event_type":"fileinfo","src_ip":"192.0.2.80","dest_ip":"192.0.2.7","http":{"hostname":"a.example","url":"/a","http_method":"GET","status":200}}"#;
        let others = crate::FORMATS.iter().filter(|format| format.is_recognised() && format.parse(file).is_ok());
        assert_eq!(others.map(|format| format.name()).collect::<Vec<_>>(), [""; 0], "its source sent the file");
    }

    #[test]
    fn faults_say_where() {
        let at = |line: &str| JSON.parse(line.as_bytes()).unwrap_err();
        assert_eq!(at(r#"{"a":1"#), Fault { at: 6, expected: "a comma or the end of the object" });
        assert_eq!(at(r#"{"a":"b\""#), Fault { at: 9, expected: "the end of the string" });
        assert_eq!(at(r#"{"a":1} x"#), Fault { at: 8, expected: "the end of the line" });
        assert_eq!(at(r#"{"a":[1}"#), Fault { at: 7, expected: "a comma or the end of the array" });
        assert_eq!(
            at(r#"{"level":"info","msg":"started"}"#).expected,
            "keys that hold a request, and its status or time"
        );
        assert_eq!(at(&"[".repeat(10)).expected, "an object");
        assert_eq!(at(&format!("{}1", r#"{"a":"#.repeat(100_000))).expected, "less nesting");
        assert_eq!(at(&format!("{}1", r#"{"http":"#.repeat(100_000))).expected, "less nesting");
    }

    #[test]
    fn blanks_may_stand_anywhere() {
        let line = JSON.example.replace(',', "\n , \t").replace(':', " : ").replace("15 : ", "15:");
        let line = line.replace("00 : 02", "00:02");
        assert_eq!(parse(&line).method, Some(&b"GET"[..]));
    }
}

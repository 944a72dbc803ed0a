//! Who writes logs of columns, and how.

use std::sync::LazyLock;

use super::cells::Cut;
use super::columns::{Column, columns};
use super::tables::{TABLE, table};

/// How a writer writes.
#[derive(Debug)]
pub(super) struct Dialect {
    pub(super) name: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) about: &'static str,
    pub(super) example: &'static str,
    /// How it says which columns it has.
    pub(super) header: Header,
    /// How its lines are cut, the likeliest way first.
    pub(super) cuts: &'static [Cut],
    /// The unit of `time-taken`.
    pub(super) unit: Unit,
    /// Whether an empty value stands for an absent one.
    pub(super) empty: Empty,
    /// A line with fewer values than columns is cut, and read, if it has at least so many.
    pub(super) cells_min: Option<usize>,
    /// Whether a column of that name, in the one spelling, is written by this one alone.
    pub(super) signature: fn(&str) -> bool,
    /// The columns it writes by default, which a file without a header has.
    pub(super) defaults: fn() -> &'static [Vec<Column>],
}

/// How a writer says which columns it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// In a line that begins with `#Fields:`.
    Directive,
    /// In the first row of the table.
    Row,
    /// Likewise, of columns that a person chose.
    Chosen,
}

/// The unit of a whole number of time. A number with a point is of seconds, whoever writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Milliseconds,
    /// The writer's documents do not say, or say different things: no duration is read.
    Unsure,
}

/// What an empty value stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Empty {
    Absent,
    Empty,
}

/// All dialects.
pub(super) const DIALECTS: &[&Dialect] = &[
    &IIS,
    &IIS_ADVANCED,
    &NETSCALER,
    &ORACLE_WEBCACHE,
    &SHOUTCAST,
    &INCAPSULA,
    &EXCHANGE_HTTP_PROXY,
    &CLOUDFRONT,
    &CLOUDFRONT_EXPORT,
    &GCS,
    &ZEEK,
    &TABLE,
];

/// The dialect that alone writes one of these columns under such a header.
pub(super) fn of(columns: &[Column], header: Header) -> Option<&'static Dialect> {
    DIALECTS
        .iter()
        .copied()
        .find(|dialect| dialect.header == header && columns.iter().any(|column| (dialect.signature)(&column.name)))
}

/// The columns that a line names, if it is the header row of a table of that dialect, or of another writer's.
pub(super) fn header_row(dialect: &Dialect, line: &[u8]) -> Option<Vec<Column>> {
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    let first = line.strip_prefix(b"\"").unwrap_or(line).first()?;
    // Nearly every row begins with a digit, of its time.
    if !first.is_ascii_alphabetic() && !matches!(first, b'@' | b'_') || HEADER_BYTES_MAX < line.len() {
        return None;
    }
    let line = std::str::from_utf8(line).ok()?;
    if dialect.header == Header::Chosen {
        return table(line);
    }
    let columns = columns(line);
    let is_row = of(&columns, Header::Row).is_some() || NAMES_MIN <= columns.iter().filter(|c| c.is_known()).count();
    Some(columns).filter(|_| is_row)
}

/// The longest line that is taken for a header row, in bytes: far more than all names together.
const HEADER_BYTES_MAX: usize = 8192;

/// How many names make a line a header row.
pub(super) const NAMES_MIN: usize = 3;

pub(super) static IIS: Dialect = Dialect {
    name: "iis_w3c",
    aliases: &["iis", "w3c", "w3c_extended"],
    about: "W3C extended format of Microsoft IIS, and of any writer that names its columns in #Fields",
    example: "2024-03-10 17:26:30 192.0.2.1 GET /index.aspx a=b 443 - 198.51.100.4 Mozilla/5.0+(Windows+NT+10.0) \
              https://shop.example/ 200 0 0 352",
    defaults: || {
        static COLUMNS: LazyLock<Vec<Vec<Column>>> = LazyLock::new(|| {
            IIS_COLUMNS.iter().map(|names| columns(names)).chain(chosen().map(|names| columns(&names))).collect()
        });
        &COLUMNS
    },
    ..IIS_LIKE
};

/// What people choose of the columns that IIS offers, which it writes in one order always: those that identify a request
/// are in all of them, and what a load balancer adds may stand last.
fn chosen() -> impl Iterator<Item = String> {
    let places = ["s-ip ", "s-sitename s-ip ", "s-sitename s-computername s-ip ", "s-sitename ", ""];
    let versions = ["", "cs-version "];
    let headers = [
        "cs(Referer) ",
        "",
        "cs(Cookie) cs(Referer) ",
        "cs(Referer) cs-host ",
        "cs(Cookie) cs(Referer) cs-host ",
        "cs-host ",
        "cs(Cookie) cs-host ",
        "cs(Cookie) ",
    ];
    let sizes = [" time-taken", "", " sc-bytes cs-bytes time-taken"];
    let added = ["", " X-Forwarded-For", " X-Forwarded-For X-Forwarded-Port"];
    places.into_iter().flat_map(move |place| {
        versions.into_iter().flat_map(move |version| {
            headers.into_iter().flat_map(move |header| {
                sizes.into_iter().flat_map(move |size| {
                    added.map(|added| {
                        format!(
                            "date time {place}cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip {version}\
                             cs(User-Agent) {header}sc-status sc-substatus sc-win32-status{size}{added}"
                        )
                    })
                })
            })
        })
    })
}

/// What IIS writes by default: 10 and 8.5, 7, 6, 5.1, and with every column chosen. All have other shapes: an address
/// stands where another has a name or a number.
const IIS_COLUMNS: [&str; 7] = [
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) \
     sc-status sc-substatus sc-win32-status time-taken",
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status \
     sc-substatus sc-win32-status time-taken",
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status \
     sc-substatus sc-win32-status",
    "date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) \
     sc-status sc-substatus sc-win32-status",
    "date time c-ip cs-username s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status cs(User-Agent)",
    "date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip \
     cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status \
     sc-bytes cs-bytes time-taken",
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) \
     sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken",
];

pub(super) static IIS_ADVANCED: Dialect = Dialect {
    name: "iis_advanced",
    aliases: &[],
    about: "Advanced Logging of Microsoft IIS",
    example: "#Fields: date-local time-local s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip cs(User-Agent) sc-status TimeTakenMS\n\
              2024-08-15 17:00:00.660 192.0.2.1 GET /a - 80 198.51.100.4 \"Mozilla/5.0 (X11)\" 200 31\n",
    cuts: &[Cut::Quoted, Cut::Words, Cut::Commas],
    signature: |name| matches!(name, "date-local" | "time-local" | "date-utc" | "time-utc" | "timetakenms"),
    defaults: || &[],
    ..IIS_LIKE
};

/// What most writers have in common with IIS; no dialect by itself.
const IIS_LIKE: Dialect = Dialect {
    name: "",
    aliases: &[],
    about: "",
    example: "",
    header: Header::Directive,
    cuts: &[Cut::Words, Cut::Quoted, Cut::Tabs],
    unit: Unit::Milliseconds,
    empty: Empty::Empty,
    cells_min: None,
    signature: |_| false,
    defaults: || &[],
};

pub(super) static NETSCALER: Dialect = Dialect {
    name: "w3c_netscaler",
    aliases: &["netscaler_w3c"],
    about: "W3C extended format of Citrix NetScaler",
    example: "#Fields: date time c-ip cs-username sc-servicename s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status cs-bytes sc-bytes time-taken cs-version cs(User-Agent) cs(Cookie) cs(Referer)\n\
              2024-08-16 11:55:13 198.51.100.4 - HTTP 192.0.2.1 8080 GET /login.jsp - 302 247 355 1 HTTP/1.1 Mozilla/4.0 - -\n",
    unit: Unit::Unsure,
    signature: |name| matches!(name, "sc-servicename" | "cs-servicename" | "sc-entities"),
    ..IIS_LIKE
};

pub(super) static ORACLE_WEBCACHE: Dialect = Dialect {
    name: "w3c_oracle_webcache",
    aliases: &["oracle_webcache"],
    about: "W3C extended format of Oracle Web Cache",
    example: "#Fields: c-ip c-dns c-auth-id date time cs-method cs-uri sc-status bytes cs(Cookie) cs(Referrer) time-taken cs(User-Agent)\n\
              198.51.100.4  shop  -  2024-10-31  00:00:18  GET  /a.gif  200  350  \"a=b\"  \"http://shop.example/b c\"  370879  \"Mozilla/4.5 [en]\"\n",
    cuts: &[Cut::Quoted, Cut::Words, Cut::Tabs],
    unit: Unit::Unsure,
    signature: |name| matches!(name, "c-auth-id" | "x-auth-id" | "x-req-type" | "x-cache-detail"),
    ..IIS_LIKE
};

pub(super) static SHOUTCAST: Dialect = Dialect {
    name: "w3c_shoutcast",
    aliases: &["shoutcast", "icecast_w3c"],
    about: "W3C extended format of Shoutcast",
    example: "#Fields: c-ip c-dns date time cs-uri-stem c-status cs(User-Agent) sc-bytes x-duration avgbandwidth\n\
              198.51.100.4 client.example 2024-12-07 10:37:05 /stream?title=A%20Night 200 NSPlayer%2F10.0 65580 1 524640\n",
    unit: Unit::Unsure,
    signature: |name| matches!(name, "avgbandwidth" | "x-duration" | "c-status"),
    ..IIS_LIKE
};

pub(super) static INCAPSULA: Dialect = Dialect {
    name: "w3c_incapsula",
    aliases: &["incapsula", "imperva"],
    about: "W3C extended format of Imperva Incapsula",
    example: "#Fields: date time cs-vid cs-clapp c-ip s-suid cs(User-Agent) cs-uri cs-version sc-action cs-method cs-uri-query sc-status cs-bytes\n\
              \"2024-06-28\" \"07:26:35\" \"\" \"Chrome\" \"198.51.100.4\" \"774502\" \"Mozilla/5.0 (X11)\" \"shop.example/a\" \"HTTP\" \"REQ_PASSED\" \"GET\" \"b=c\" \"200\" \"10117\"\n",
    cuts: &[Cut::Quoted, Cut::Words],
    unit: Unit::Unsure,
    signature: |name| matches!(name, "cs-vid" | "cs-clapp" | "cs-clappsig" | "s-capsupport" | "s-suid" | "s-caip"),
    ..IIS_LIKE
};

/// Its first line names the columns too, without a mark, before the directives do.
pub(super) static EXCHANGE_HTTP_PROXY: Dialect = Dialect {
    name: "exchange_http_proxy",
    aliases: &["exchange", "httpproxy"],
    about: "Microsoft Exchange HttpProxy log",
    example: "#Fields: DateTime,RequestId,MajorVersion,ClientRequestId,Protocol,UrlHost,UrlStem,AuthenticationType,AuthenticatedUser,UserAgent,ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,Method,TargetServer,RequestBytes,ResponseBytes,TotalRequestTime,UrlQuery,GenericInfo\n\
              2024-05-01T00:02:15.250Z,c8b9e3a1-0c1d-4e2f,15,,Ecp,mail.shop.example,/ecp/y.js,FBA,SHOP\\bob,\"Mozilla/5.0 (X11, like)\",192.0.2.7,EX1,200,200,GET,ex1.shop.example,0,2326,12,?a=b,\n",
    cuts: &[Cut::Commas],
    empty: Empty::Absent,
    signature: |name| matches!(name, "urlstem" | "protocolaction" | "anchormailbox"),
    ..IIS_LIKE
};

pub(super) static CLOUDFRONT: Dialect = Dialect {
    name: "aws_cloudfront",
    aliases: &["cloudfront"],
    about: "Amazon CloudFront: standard logs, and real-time logs whose fields are given",
    example: "2024-12-04\t21:02:31\tLAX1\t392\t198.51.100.4\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\tMozilla/5.0%20(X11)\ta=b\t-\tHit\tSOX4xwn4XV6Q4rgb7XiVGOHms==\tshop.example\thttps\t23\t0.001\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-",
    header: Header::Directive,
    cuts: &[Cut::Tabs, Cut::Words],
    unit: Unit::Seconds,
    empty: Empty::Absent,
    cells_min: Some(CLOUDFRONT_CELLS_MIN),
    signature: |name| {
        name.starts_with("x-edge-")
            || matches!(name, "x-host-header" | "time-to-first-byte" | "fle-status" | "timestamp-ms" | "timestamp")
            || matches!(
                name,
                "origin-fbl" | "origin-lbl" | "cache-behavior-path-pattern" | "c-ip-version" | "cs-header-names"
            )
    },
    defaults: || {
        static COLUMNS: LazyLock<Vec<Vec<Column>>> = LazyLock::new(|| vec![columns(CLOUDFRONT_COLUMNS)]);
        &COLUMNS
    },
};

/// The columns of 2010, the fewest that CloudFront ever had.
const CLOUDFRONT_CELLS_MIN: usize = 12;

/// The columns of CloudFront's standard log. All sets it had since 2010 (12, 15, 18, 19, 23, 24, 26, and these 33) begin
/// alike, so a line with fewer values has the first of these.
const CLOUDFRONT_COLUMNS: &str = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) \
     cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header \
     cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type \
     cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte \
     x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end";

pub(super) static CLOUDFRONT_EXPORT: Dialect = Dialect {
    name: "aws_cloudfront_csv_export",
    aliases: &["cloudfront_csv"],
    about: "Amazon CloudFront's log exported as a table, CSV or TSV, with a header row",
    example: "date,time,x_edge_location,sc_bytes,c_ip,cs_method,cs_host,cs_uri_stem,sc_status,cs_referer,cs_user_agent,cs_uri_query\n\
              2024-12-04,21:02:31,LAX1,392,198.51.100.4,GET,d111111abcdef8.cloudfront.net,/index.html,200,-,\"Mozilla/5.0 (X11, like)\",a=b\n",
    header: Header::Row,
    cuts: &[Cut::Commas, Cut::Tabs],
    unit: Unit::Seconds,
    empty: Empty::Absent,
    cells_min: Some(CLOUDFRONT_CELLS_MIN),
    signature: |name| {
        name.starts_with("x-edge-")
            || matches!(name, "request-ip" | "result-type" | "response-result-type" | "xforwarded-for" | "fle-status")
    },
    defaults: CLOUDFRONT.defaults,
};

pub(super) static ZEEK: Dialect = Dialect {
    name: "zeek_http",
    aliases: &["bro_http"],
    about: "Zeek's http.log, as columns",
    example: "#separator \\x09\n\
              #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\tmethod\thost\turi\treferrer\tversion\tuser_agent\trequest_body_len\tresponse_body_len\tstatus_code\tstatus_msg\n\
              1714521735.633017\tCOpk6E3vkURP8QQNKl\t192.0.2.7\t55281\t198.51.100.4\t80\t1\tGET\tshop.example\t/a?b=1\t-\t1.1\tcurl/8.5\t0\t512\t200\tOK\n",
    header: Header::Directive,
    cuts: &[Cut::Tabs],
    unit: Unit::Seconds,
    empty: Empty::Empty,
    cells_min: None,
    // Of its many logs only that of HTTP counts the requests of a connection.
    signature: |name| name == "trans-depth",
    defaults: || {
        static COLUMNS: LazyLock<Vec<Vec<Column>>> = LazyLock::new(|| {
            let before_proxies = ZEEK_COLUMNS.replace(" origin ", " ");
            let before_names = before_proxies.replace("orig_filenames ", "").replace("resp_filenames ", "");
            let before_versions = before_names.replace(" version ", " ").replace(" tags ", " filename tags ");
            vec![columns(ZEEK_COLUMNS), columns(&before_proxies), columns(&before_names), columns(&before_versions)]
        });
        &COLUMNS
    },
};

/// The columns of Zeek's http.log. Older versions have no `origin`, before that no names of files,
/// and before that no `version`, but one name of a file.
const ZEEK_COLUMNS: &str = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth method host uri referrer version user_agent origin \
     request_body_len response_body_len status_code status_msg info_code info_msg tags username password proxied \
     orig_fuids orig_filenames orig_mime_types resp_fuids resp_filenames resp_mime_types";

pub(super) static GCS: Dialect = Dialect {
    name: "gcs_usage_csv",
    aliases: &["gcs_usage", "gcs"],
    about: "Usage log of Google Cloud Storage",
    example: "\"1588633231856193\",\"198.51.100.4\",\"1\",\"\",\"GET\",\"/storage/v1/b/uploads/o/a%2Fb?alt=media\",\"200\",\"0\",\"3512\",\"33000\",\"storage.googleapis.com\",\"\",\"gsutil/4.37 (linux2)\",\"AAANsUmGoKvo\",\"storage.objects.get\",\"uploads\",\"a/b\"",
    header: Header::Row,
    cuts: &[Cut::Commas],
    unit: Unit::Unsure,
    empty: Empty::Absent,
    cells_min: None,
    // The last is a column of the log of what is stored, which stands in the same bucket and tells of no request: its
    // header must be known for one, so that its rows are not read by the default columns.
    signature: |name| matches!(name, "time-micros" | "cs-operation" | "cs-bucket" | "cs-object" | "storage-byte-hours"),
    defaults: || {
        static COLUMNS: LazyLock<Vec<Vec<Column>>> = LazyLock::new(|| vec![columns(GCS_COLUMNS)]);
        &COLUMNS
    },
};

/// The columns of the usage log of Google Cloud Storage.
const GCS_COLUMNS: &str = "time_micros c_ip c_ip_type c_ip_region cs_method cs_uri sc_status cs_bytes sc_bytes \
     time_taken_micros cs_host cs_referer cs_user_agent s_request_id cs_operation cs_bucket cs_object";

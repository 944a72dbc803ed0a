//! The traps of logs of columns, each beside the line that only looks like it.

use super::*;
use crate::field::Value;
use crate::{Census, Chunk, Position, Reading, Time, parse_chunk, recognise, time};

/// The further fields of a line, by name.
fn further<'a>(format: &'a dyn Format, line: &'a str) -> Vec<(&'a str, Value<'a>)> {
    let record = format.parse(line.as_bytes()).unwrap().unwrap();
    let mut told = Vec::new();
    format.further(line.as_bytes(), &record, &mut |name, value| told.push((name, value)));
    told
}

fn has(told: &[(&str, Value<'_>)], name: &str, value: Value<'_>) -> bool {
    told.iter().any(|(told, is)| *told == name && *is == value)
}

fn made(header: &str) -> Arc<dyn Format> {
    w3c_fields(header).unwrap()
}

fn iso(text: &str) -> Option<Time> {
    time::iso(text.as_bytes()).unwrap()
}

#[test]
fn columns_are_read_by_their_names() {
    let format = made("#Fields: c-ip cs-method cs-uri-stem cs-uri-query sc-status date time time-taken cs(X-Team)");
    let line = "192.0.2.7 GET /a ?b=c 200 2024-05-01 00:02:15 1500 -";
    let record = format.parse(line.as_bytes()).unwrap().unwrap();
    assert_eq!((record.client, record.target), (Some(&b"192.0.2.7"[..]), Some(&b"/a"[..])));
    assert_eq!((record.query, record.status), (Some(&b"?b=c"[..]), Some(200)));
    assert_eq!((record.time, record.duration), (iso("2024-05-01T00:02:15Z"), Some(1_500_000_000)));
    let told = further(&*format, line);
    assert!(has(&told, "path", Value::Text(b"/a")) && has(&told, "query", Value::Text(b"?b=c")));
    assert!(has(&told, "cs(X-Team)", Value::Absent), "{told:?}");
}

#[test]
fn a_file_may_name_other_columns_in_its_middle() {
    let text = "#Date: 2024-05-01 23:59:00\n#Software: Microsoft Internet Information Services 10.0\n\
                #Fields: date time c-ip cs-method cs-uri-stem sc-status\n2024-05-01 00:00:01 192.0.2.7 GET /a 200\n\
                #Fields: time cs-uri-stem c-ip cs-method sc-status cs-bytes \n23:59:30 /b 192.0.2.8 POST 404 5\n\
                00:00:10 /c 192.0.2.8 POST 404 5\n2024-05-01 00:00:02 192.0.2.7 GET /a 200\n";
    let reading = recognise(text.as_bytes()).reading.unwrap();
    assert_eq!(reading.format.name(), "iis_w3c");
    let (mut census, mut seen) = (Census::default(), Vec::new());
    parse_chunk(Chunk { bytes: text.as_bytes(), start: Position::default() }, &reading, &mut census, |_, record| {
        seen.push((record.target.unwrap().to_vec(), record.time));
    });
    let want = [
        (b"/a".to_vec(), iso("2024-05-01T00:00:01Z")),
        (b"/b".to_vec(), iso("2024-05-01T23:59:30Z")),
        (b"/c".to_vec(), iso("2024-05-02T00:00:10Z")),
    ];
    assert_eq!(seen, want);
    assert_eq!((census.directives, census.records, census.fault_count()), (4, 3, 1));
}

#[test]
fn a_chunk_hands_on_what_its_directives_said() {
    let listed = Reading::listed(&IIS_W3C);
    let reading = listed.after(b"#Fields: c-ip cs-method cs-uri-stem\n192.0.2.7 GET /a\n").unwrap();
    assert_eq!(reading.format.parse(b"192.0.2.7 GET /b").unwrap().unwrap().target, Some(&b"/b"[..]));
    let reading = reading.after(b"#Date: 2024-05-01 10:00:00\n#Remark: none\n").unwrap();
    assert!(reading.format.parse(b"192.0.2.7 GET /b").is_ok(), "a date takes no columns away");
    assert!(reading.after(b"192.0.2.7 GET /c\n#Remark: none\n").is_none());
}

#[test]
fn a_clock_alone_takes_the_date_of_the_directive() {
    let format = made("#Date: 2024-02-28 22:00:00\n#Fields: time cs-method cs-uri-stem");
    let at = |line: &str| format.parse(line.as_bytes()).unwrap().unwrap().time;
    assert_eq!(at("22:00:00 GET /"), iso("2024-02-28T22:00:00Z"));
    assert_eq!(at("21:59:59 GET /"), iso("2024-02-28T21:59:59Z"), "begun before the file was");
    assert_eq!(at("00:00:01 GET /"), iso("2024-02-29T00:00:01Z"));
    let undated = made("#Fields: time cs-method cs-uri-stem");
    assert_eq!(undated.parse(b"00:00:01 GET /").unwrap().unwrap().time, None);
}

#[test]
fn a_zone_shifts_the_dates() {
    let format = made("#GMT-Offset: -0800\n#Fields: date time cs-method cs-uri");
    let record = format.parse(b"2001-10-31 00:00:18 GET /a?b").unwrap().unwrap();
    assert_eq!(record.time, iso("2001-10-31T08:00:18Z"));
}

#[test]
fn a_quote_is_read_by_the_number_of_values() {
    let format = made("#Fields: date time cs-method cs-uri-stem cs(User-Agent) cs(Cookie) sc-status");
    let agent = |line: &str| {
        let record = format.parse(line.as_bytes()).unwrap().unwrap();
        String::from_utf8(record.agent.unwrap().to_vec()).unwrap()
    };
    assert_eq!(agent("2024-05-01 00:00:01 GET / Mozilla/5.0+(X11) a=\"b 200"), "Mozilla/5.0+(X11)");
    assert_eq!(agent("2024-05-01 00:00:01 GET / \"A \"\"B\"\" C\" \"a=b; c=d\" 200"), "A \"\"B\"\" C");
    assert_eq!(agent("2024-05-01 00:00:01 GET / \"curl a=\"b 200"), "\"curl", "nothing closes it");
}

#[test]
fn the_method_of_an_ftp_service_has_its_session_before_it() {
    let format = made("#Fields: time c-ip cs-method cs-uri-stem sc-status");
    assert_eq!(format.parse(b"00:00:01 192.0.2.7 [28]RETR /a 226").unwrap().unwrap().method, Some(&b"[28]RETR"[..]));
    assert!(format.parse(b"00:00:01 192.0.2.7 [x]RETR /a 226").is_err());
}

#[test]
fn a_value_out_of_shape_makes_no_record() {
    let format = made("#Fields: date time cs-method cs-uri-stem sc-status");
    for (line, at) in [
        ("2024-05-01 00:00:01 GET /a 200 extra", 36),
        ("2024-05-01 00:00:01 GET /a", 26),
        ("2024/05/01 00:00:01 GET /a 200", 0),
        ("2024-05-01 00:00 GET /a 200", 11),
        ("2024-05-01 00:00:01 GET /a OK", 27),
        ("2024-05-01 00:00:01 (GET) /a 200", 20),
    ] {
        assert_eq!(format.parse(line.as_bytes()).unwrap_err().at, at, "{line}");
    }
    assert_eq!(format.parse(b"2024-02-31 00:00:01 GET /a 200").unwrap().unwrap().time, None);
    assert_eq!(format.parse(b"#Remark: a b c d e").unwrap(), None);
    assert!(format.parse(b"# a b c d").is_err());
}

#[test]
fn a_file_without_a_header_is_read_by_default_columns() {
    let client = |line: &str| {
        let record = IIS_W3C.parse(line.as_bytes()).ok()??;
        Some(String::from_utf8(record.client?.to_vec()).unwrap())
    };
    for line in [
        IIS_W3C.example(),
        "2024-03-10 17:26:30 192.0.2.1 GET / - 80 - 198.51.100.4 curl/8.5 200 0 0 352",
        "2024-03-10 17:26:30 192.0.2.1 GET / - 80 - 198.51.100.4 curl/8.5 200 0 0",
        "2024-03-10 17:26:30 W3SVC1 192.0.2.1 GET / - 80 - 198.51.100.4 curl/8.5 200 0 0",
        "2024-03-10 17:26:30 198.51.100.4 - 192.0.2.1 80 GET / - 200 curl/8.5",
        "2024-03-10 17:26:30 W3SVC1 WEB1 192.0.2.1 GET / - 80 - 198.51.100.4 HTTP/1.1 curl/8.5 - - shop.example 200 0 0 1 2 3",
    ] {
        assert_eq!(client(line).as_deref(), Some("198.51.100.4"), "{line}");
    }
    for line in [
        "2024-03-10 17:26:30 a b c d e f g h i j k l m",
        "2024-03-10 17:26:30 192.0.2.1 GET / - 80 - client.example curl/8.5 200 0 0 352",
        "2024-03-10 17:26:30 192.0.2.1 GET / - eighty - 198.51.100.4 curl/8.5 200 0 0 352",
    ] {
        assert_eq!(client(line), None, "{line}");
    }
}

#[test]
fn a_line_that_its_header_does_not_fit_is_read_by_default_columns() {
    let format = made("#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query");
    let line = "2024-03-10 17:26:30 192.0.2.1 GET /a b 80 - 198.51.100.4 curl/8.5 200 0 0 352";
    let record = format.parse(line.as_bytes()).unwrap().unwrap();
    assert_eq!((record.client, record.status), (Some(&b"198.51.100.4"[..]), Some(200)));
    assert!(has(&further(&*format, line), "sub_status", Value::Integer(0)));
    assert!(format.parse(b"2024-03-10 17:26:30 192.0.2.1 GET /a b c").is_err());
}

#[test]
fn each_dialect_is_known_by_the_columns_that_only_it_has() {
    for (header, name) in [
        ("#Fields: date time c-ip cs-method cs-uri-stem", "iis_w3c"),
        ("#Fields: date-local time-local c-ip cs-method cs-uri-stem TimeTakenMS", "iis_advanced"),
        ("#Fields: date time x-edge-location sc-bytes c-ip", "aws_cloudfront"),
        ("#Fields: timestamp c-ip time-to-first-byte sc-status", "aws_cloudfront"),
        ("date,time,x_edge_location,sc_bytes,c_ip", "aws_cloudfront_csv_export"),
        ("\"time_micros\",\"c_ip\",\"cs_method\"", "gcs_usage_csv"),
    ] {
        assert_eq!(made(header).name(), name, "{header}");
    }
    for layout in ["$host method $status uri", "%h status host", "combined", "host", "option httplog"] {
        assert!(w3c_fields(layout).is_err(), "{layout}");
    }
    assert_eq!(w3c_fields("#Date: 2024-05-01\n#Fields: a b").err().map(|fault| fault.at), Some(27));
    assert!(w3c_fields("").is_err());
    assert!(w3c_fields("#Fields: a b c").is_err());
    assert!(w3c_fields("\"bucket\",\"storage_byte_hours\"").is_err());
}

#[test]
fn the_columns_of_another_writer_are_left_to_its_format() {
    let netscaler =
        "#Fields: date time c-ip sc-servicename cs-method cs-uri-stem\n2024-05-01 00:00:01 192.0.2.7 HTTP GET /\n";
    assert_eq!(recognise(netscaler.as_bytes()).reading.unwrap().format.name(), "w3c_netscaler");
    let foreign = IIS_W3C.after(netscaler.lines().next().unwrap().as_bytes()).unwrap();
    assert!(foreign.parse(b"2024-05-01 00:00:01 192.0.2.7 HTTP GET /").is_err());
    let own = foreign.after(b"#Fields: c-ip cs-method cs-uri-stem").unwrap();
    assert!(own.parse(b"192.0.2.7 GET /").is_ok());
}

#[test]
fn a_host_before_the_path_is_the_host() {
    let format = made("#Fields: cs-vid c-ip cs-uri cs-uri-query");
    let line = r#""" "192.0.2.7" "shop.example/a.php" "b=c""#;
    let record = format.parse(line.as_bytes()).unwrap().unwrap();
    assert_eq!((record.host, record.target), (Some(&b"shop.example"[..]), Some(&b"/a.php"[..])));
    assert_eq!(record.query, Some(&b"b=c"[..]));
    let format = made("#Fields: c-ip cs-uri");
    assert_eq!(format.parse(b"192.0.2.7 http://x/a").unwrap().unwrap().target, Some(&b"http://x/a"[..]));
    assert_eq!(format.parse(b"192.0.2.7 /a/b").unwrap().unwrap().target, Some(&b"/a/b"[..]));
}

#[test]
fn cloudfront_is_read_by_the_number_of_its_columns() {
    let line = AWS_CLOUDFRONT.example();
    let cells: Vec<&str> = line.split('\t').collect();
    assert_eq!(cells.len(), 33);
    for count in [12, 15, 18, 19, 23, 24, 26, 31, 33] {
        let record_line = cells[..count].join("\t");
        let record = AWS_CLOUDFRONT.parse(record_line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.status, record.query), (Some(200), Some(&b"a=b"[..])), "{count}");
        assert_eq!(record.request_id.is_some(), 15 <= count, "{count}");
        assert_eq!(record.duration, if 19 <= count { Some(1_000_000) } else { None }, "{count}");
    }
    assert!(AWS_CLOUDFRONT.parse(cells[..11].join("\t").as_bytes()).is_err());
    assert!(AWS_CLOUDFRONT.parse(line.replace("\t200\t", "\tOK\t").as_bytes()).is_err());
    let told = further(&AWS_CLOUDFRONT, line);
    assert!(has(&told, "edge_location", Value::Text(b"LAX1")) && has(&told, "client_port", Value::Integer(11040)));
    assert!(has(&told, "range_start", Value::Absent));
}

#[test]
fn a_real_time_log_needs_its_fields_named() {
    let format = made("#Fields: timestamp c-ip sc-status cs-method cs-uri-stem cs-uri-query asn cs-headers");
    let line = "1714489335.5\t192.0.2.7\t000\tGET\t/a\t-\t64496\thost:x%0A";
    let record = format.parse(line.as_bytes()).unwrap().unwrap();
    assert_eq!(record.time, Time::from_parts(1_714_489_335, 500_000_000));
    assert_eq!((record.status, record.query), (Some(0), None));
    let told = further(&*format, line);
    assert!(has(&told, "asn", Value::Integer(64496)) && has(&told, "cs-headers", Value::Text(b"host:x%0A")));
}

#[test]
fn an_export_has_its_names_in_the_first_row() {
    let text = "\u{FEFF}date,time,location,bytes,request_ip,method,host,uri,status,referrer,user_agent,query_string\n\
                2024-12-04,21:02:31,LAX1,392,192.0.2.7,GET,d1.cloudfront.net,/a,200,,\"A, B\",b=c\n";
    let mut reading = recognise(text.as_bytes()).reading.unwrap();
    assert_eq!(reading.format.name(), "aws_cloudfront_csv_export");
    let (mut census, mut seen) = (Census::default(), 0);
    parse_chunk(Chunk { bytes: text.as_bytes(), start: Position::default() }, &reading, &mut census, |_, record| {
        seen += 1;
        assert_eq!((record.agent, record.referer), (Some(&b"A, B"[..]), None));
        assert_eq!((record.time, record.bytes), (iso("2024-12-04T21:02:31Z"), Some(392)));
    });
    assert_eq!((seen, census.directives, census.fault_count()), (1, 1, 0));
    reading = reading.after(text.as_bytes()).unwrap();
    let midnight =
        reading.format.parse(b"2024-12-04 00:00:00,21:02:31,LAX1,1,192.0.2.7,GET,h,/a,200,,,").unwrap().unwrap();
    assert_eq!(midnight.time, iso("2024-12-04T21:02:31Z"));
    let headless = AWS_CLOUDFRONT.example().replace('\t', ",");
    assert_eq!(AWS_CLOUDFRONT_EXPORT.parse(headless.as_bytes()).unwrap().unwrap().status, Some(200));
    let tabs = reading.format.after(b"date\ttime\tc_ip\tcs_method\tx_edge_location").unwrap();
    assert_eq!(tabs.parse(b"2024-12-04\t21:02:31\t192.0.2.7\tGET\tLAX1").unwrap().unwrap().method, Some(&b"GET"[..]));
}

#[test]
fn a_usage_log_is_no_log_of_what_is_stored() {
    let line = GCS_USAGE.example();
    let record = GCS_USAGE.parse(line.as_bytes()).unwrap().unwrap();
    let cloud = record.cloud.unwrap();
    assert_eq!((cloud.bucket, cloud.key), (Some(&b"uploads"[..]), Some(&b"a/b"[..])));
    assert_eq!((record.referer, record.bytes, record.duration), (None, Some(3512), Some(33_000_000)));
    assert_eq!(record.time, Time::from_parts(1_588_633_231, 856_193_000));
    let stored = GCS_USAGE.after(b"\"bucket\",\"storage_byte_hours\"").unwrap();
    assert!(stored.parse(b"\"uploads\",\"975588435704496\"").is_err());
    assert!(stored.parse(line.as_bytes()).is_ok(), "the files of both logs in one");
    assert!(GCS_USAGE.parse(b"\"uploads\",\"975588435704496\"").is_err());
    assert_eq!(GCS_USAGE.parse(b"\"time_micros\",\"c_ip\",\"c_ip_type\",\"cs_method\"").unwrap(), None);
}

#[test]
fn a_row_of_a_lifecycle_rule_has_no_client() {
    let line = r#""1588633231856193","","","","","","","","","","","","","","storage.objects.delete","uploads","a""b""#;
    let record = GCS_USAGE.parse(line.as_bytes()).unwrap().unwrap();
    assert_eq!((record.client, record.target, record.status), (None, None, None));
    assert_eq!(record.cloud.unwrap().key, Some(&br#"a""b"#[..]));
}

#[test]
fn columns_that_people_choose_are_known_by_their_shapes() {
    let read = |line: &str| {
        let record = IIS_W3C.parse(line.as_bytes()).unwrap().unwrap();
        let text = |value: Option<&[u8]>| value.map(|value| String::from_utf8(value.to_vec()).unwrap());
        let numbers = (record.status, record.bytes, record.duration.map(|nanos| nanos / 1_000_000));
        (text(record.client), text(record.referer), text(record.host), text(record.forwarded), numbers)
    };
    let some = |text: &str| Some(text.to_owned());
    let (client, referer) = (some("198.51.100.4"), some("https://a.example/b"));
    let head = "2024-05-01 00:00:01 10.0.0.1 GET /a b=1 443 bob 198.51.100.4";
    assert_eq!(
        read(&format!("{head} Mozilla/5.0 a=1;+b=2 https://a.example/b 200 0 0 20123 364 597 192.0.2.9")),
        (client.clone(), referer.clone(), None, some("192.0.2.9"), (Some(200), Some(20_123), Some(597)))
    );
    assert_eq!(
        read(&format!("{head} HTTP/2.0 Mozilla/5.0 https://a.example/b shop.example 404 0 2 15")),
        (client.clone(), referer.clone(), some("shop.example"), None, (Some(404), None, Some(15)))
    );
    let named = head.replace("10.0.0.1", "W3SVC2 WEB1 10.0.0.1");
    assert_eq!(
        read(&format!("{named} HTTP/1.1 Mozilla/5.0 - - shop.example 200 0 0 346 306 0 192.0.2.9")),
        (client.clone(), None, some("shop.example"), some("192.0.2.9"), (Some(200), Some(346), Some(0)))
    );
    let bare = head.replace("10.0.0.1", "W3SVC1");
    assert_eq!(
        read(&format!("{bare} Mozilla/5.0 - - shop.example 200 0 0 123 456 789")),
        (client.clone(), None, some("shop.example"), None, (Some(200), Some(123), Some(789)))
    );
    assert_eq!(
        read(&format!("{head} Mozilla/5.0 a=1;+b=2 shop.example 200 0 0 23")),
        (client.clone(), None, some("shop.example"), None, (Some(200), None, Some(23)))
    );
    let exchange = head.replace("10.0.0.1", "mail-01 10.0.0.1");
    assert_eq!(
        read(&format!("{exchange} Mozilla/5.0 - 200 0 0 4 192.0.2.9,10.0.0.7 36391")),
        (client, None, None, some("192.0.2.9,10.0.0.7"), (Some(200), None, Some(4)))
    );
    assert!(IIS_W3C.parse(format!("{head} Mozilla/5.0 200 0 x 15").as_bytes()).is_err());
}

#[test]
fn zeek_names_its_columns_otherwise() {
    let example = ZEEK_HTTP.example();
    let reading = recognise(example.as_bytes()).reading.unwrap();
    assert_eq!(reading.format.name(), "zeek_http");
    let line = example.lines().last().unwrap();
    let (head, tail) = (line.split_once("\tcurl").unwrap().0, "0\t512\t200\tOK\t-\t-\t(empty)\tbob\t-\t-");
    for (agent, files) in [
        ("curl/8.5\t-\t", "\t-\t-\t-\tFa\t-\ttext/plain"),
        ("curl/8.5\t", "\t-\t-\t-\tFa\t-\ttext/plain"),
        ("curl/8.5\t", "\t-\t-\tFa\ttext/plain"),
        ("", "\t-\t-\tFa\ttext/plain"),
    ] {
        let bare = format!("{head}\t{agent}{tail}{files}");
        let before_versions = bare.replace("\t1.1\t", "\tcurl/8.5\t").replace("\t(empty)", "\t-\t(empty)");
        let bare = if agent.is_empty() { before_versions } else { bare };
        let record = ZEEK_HTTP.parse(bare.as_bytes()).unwrap().unwrap();
        assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), Some(&b"bob"[..])), "{bare}");
        assert_eq!((record.target, record.status, record.bytes), (Some(&b"/a?b=1"[..]), Some(200), Some(512)));
        assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
    }
    let with_url = example.replace("\t-\t1.1\tcurl/8.5", "\thttp://shop.example/\t1.1\tMozilla/5.0 (X11)");
    assert_eq!(recognise(with_url.as_bytes()).read, 1, "what stands before a colon is no file");
    // Its log of connections has clients, and no requests.
    let connections = "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n1714521735.6\tCO\t192.0.2.7\t1\t192.0.2.1\t53\tudp\n";
    assert!(recognise(connections.as_bytes()).reading.is_none());
}

#[test]
fn a_port_is_no_method_where_no_header_says_so() {
    let line = "2018-01-01 11:12:13 198.51.100.4 64388 192.0.2.1 80 - - - - - Timer_MinBytesPerSecond -";
    assert!(AWS_CLOUDFRONT.parse(line.as_bytes()).is_err());
}

#[test]
fn exchange_names_its_columns_with_a_mark_and_without() {
    let example = EXCHANGE_HTTP_PROXY.example();
    let names = example.lines().next().unwrap().strip_prefix("#Fields: ").unwrap();
    let text = format!("{names}\n#Software: Microsoft Exchange Server\n#Date: 2024-05-01T00:00:00.000Z\n{example}");
    let recognition = recognise(text.as_bytes());
    assert_eq!((recognition.read, recognition.tried), (1, 1));
    let reading = recognition.reading.unwrap();
    assert_eq!(reading.format.name(), "exchange_http_proxy");
    let format = EXCHANGE_HTTP_PROXY.after(example.lines().next().unwrap().as_bytes()).unwrap();
    let line = example.lines().nth(1).unwrap();
    let record = format.parse(line.as_bytes()).unwrap().unwrap();
    assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), Some(&br"SHOP\bob"[..])));
    assert_eq!((record.target, record.query), (Some(&b"/ecp/y.js"[..]), Some(&b"?a=b"[..])));
    assert_eq!((record.status, record.bytes, record.duration), (Some(200), Some(2326), Some(12_000_000)));
    assert_eq!((record.agent, record.host), (Some(&b"Mozilla/5.0 (X11, like)"[..]), Some(&b"mail.shop.example"[..])));
    assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
    // A comma that nobody put into quotes makes a column too many.
    assert!(format.parse(line.replace("\"Mozilla/5.0 (X11, like)\"", "x,404").as_bytes()).is_err());
    assert!(format.parse(names.as_bytes()).unwrap().is_none());
}

#[test]
fn a_table_is_read_by_whatever_names_its_exporter_has() {
    let read = |text: &str| {
        let (header, row) = text.split_once('\n').unwrap();
        let format = CSV_TABLE.after(header.as_bytes()).unwrap_or_else(|| panic!("{header}"));
        let record = format.parse(row.as_bytes()).unwrap().unwrap();
        let text = |value: Option<&[u8]>| value.map(|value| String::from_utf8(value.to_vec()).unwrap());
        let of_request = (text(record.client), text(record.method), text(record.target), text(record.query));
        (of_request, record.status, record.bytes, record.time.map(Time::seconds))
    };
    let some = |text: &str| Some(text.to_owned());
    let want = |target: &str, query: Option<&str>| {
        let of_request = (some("192.0.2.7"), some("GET"), some(target), query.map(str::to_owned));
        (of_request, Some(200), Some(2326), Some(1_714_521_735))
    };
    for (text, target, query) in [
        (
            "\"@timestamp\",\"source.ip\",\"http.request.method\",\"url.path\",\"url.query\",\"http.response.status_code\",\"http.response.bytes\"\n\"May 1, 2024 @ 00:02:15.250\",\"192.0.2.7\",GET,/a,b=1,200,\"2,326\"",
            "/a",
            Some("b=1"),
        ),
        (
            "_time,clientip,method,uri,uri_query,status,bytes,useragent\n2024-05-01T00:02:15.250+0000,192.0.2.7,GET,/a?b=1,b=1,200,2326,\"x, y\"",
            "/a?b=1",
            None,
        ),
        (
            "time\tremote_addr\trequest\tstatus\tbody_bytes_sent\n1714521735.25\t192.0.2.7\tGET /a HTTP/1.1\t200\t2326",
            "/a",
            None,
        ),
        (
            "bucketowner,bucket_name,requestdatetime,remoteip,request_uri,httpstatus,bytessent\nx,b,01/May/2024:00:02:15 +0000,192.0.2.7,GET /b/a HTTP/1.1,200,2326",
            "/b/a",
            None,
        ),
        (
            "TimeGenerated [UTC],CIp,CsMethod,CsUriStem,ScStatus,ScBytes\n\"5/1/2024, 12:02:15.250 AM\",192.0.2.7,GET,/a,200.0,2326",
            "/a",
            None,
        ),
        (
            "date,time,c-ip,cs-method,cs-uri-stem,sc-status,sc-bytes\n2024-05-01,00:02:15,192.0.2.7,GET,/a,200,2326",
            "/a",
            None,
        ),
    ] {
        assert_eq!(read(text), want(target, query), "{text}");
    }
}

#[test]
fn a_table_of_something_else_or_of_one_writer_is_none() {
    let table = &CSV_TABLE;
    assert!(table.parse(b"2024-05-01T00:02:15Z,192.0.2.7,GET,/a,200").is_err(), "no header");
    assert!(table.after(b"name,date,status,bytes").is_none());
    let header = b"date,time,x_edge_location,sc_bytes,c_ip,cs_method,cs_host,cs_uri_stem,sc_status";
    let format = table.after(header).unwrap();
    assert!(format.parse(b"2024-12-04,21:02:31,LAX1,392,198.51.100.4,GET,a.example,/a,200").is_err());
    let format = table.after(b"time,client,method,uri,status").unwrap();
    for row in [
        "2024-05-01T00:02:15Z,192.0.2.7,GET,/a",
        "2024-05-01T00:02:15Z,192.0.2.7,GET,/a,ok",
        "2024-05-01T00:02:15Z,192.0.2.7,-,-,200",
    ] {
        assert!(format.parse(row.as_bytes()).is_err(), "{row}");
    }
}

#[test]
fn names_that_are_given_may_be_those_of_a_table() {
    let format = w3c_fields("_time,clientip,http_method,uri,status").unwrap();
    let record = format.parse(b"2024-05-01T00:02:15Z,192.0.2.7,GET,/a?b=1,200").unwrap().unwrap();
    assert_eq!((format.name(), record.target), ("csv_table", Some(&b"/a?b=1"[..])));
}

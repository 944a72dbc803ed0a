//! What the fuzzer begins with: examples of every format, pieces of the samples, and both packed.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use accesslog::FORMATS;

/// How much of a sample is taken, in bytes.
const PIECE: usize = 1_500;

/// The seeds of a target.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let texts = || samples().into_iter().map(|(_, text)| text);
    match target {
        // Each example alone, and between blank lines and another.
        "lines" => FORMATS
            .iter()
            .enumerate()
            .flat_map(|(place, format)| {
                let (choice, example) = ([place as u8, 1], format.example().as_bytes());
                [[&choice[..], example].concat(), [&choice[..], example, b"\n\n", example].concat()]
            })
            .collect(),
        "line" => FORMATS
            .iter()
            .enumerate()
            .flat_map(|(place, format)| {
                let lines = format.example().lines();
                lines.map(move |line| [&[place as u8], line.as_bytes()].concat())
            })
            .collect(),
        "time" => times(),
        "undone" => (0..6)
            .flat_map(|escape| {
                ESCAPED.iter().enumerate().map(move |(way, text)| [&[escape, way as u8], text.as_bytes()].concat())
            })
            .collect(),
        "client" => CLIENTS.iter().map(|text| text.as_bytes().to_vec()).collect(),
        "json" => OBJECTS.iter().map(|text| text.as_bytes().to_vec()).collect(),
        "elements" => {
            let streams = OBJECTS.iter().chain(&STREAMS);
            streams.enumerate().map(|(cut, text)| [&[3 * cut as u8], text.as_bytes()].concat()).collect()
        }
        "masked" => {
            let texts = seeds("decode");
            let of_kind = |kind: u8| texts.iter().map(move |text| [&[kind, 17 * kind, 9], &text[..]].concat());
            (0..8).flat_map(of_kind).collect()
        }
        "shown" => {
            let texts = seeds("decode");
            let of_medium = |medium: u8| texts.iter().map(move |text| [&[medium, 40], &text[..]].concat());
            (0..9).flat_map(of_medium).collect()
        }
        "recognised" => {
            let examples = FORMATS.iter().map(|format| format.example().as_bytes().to_vec());
            examples.chain(texts()).map(|text| [&[3][..], &text].concat()).collect()
        }
        "escape" => {
            let texts = seeds("decode");
            // Each form with every text in one field, which costs a fiftieth of all, and with one in all fields.
            let field = |form: u8, number: usize| if number == 0 { 255 } else { 7 * form + number as u8 };
            let of_form = |form: u8| {
                texts.iter().enumerate().map(move |(number, text)| [&[form, field(form, number)][..], text].concat())
            };
            (0..report::RENDERERS.len() as u8).flat_map(of_form).collect()
        }
        "decode" => {
            let own = [
                "/a?x=ghp_%777A%660e%36PL%692M%61iK%727T%63XE%37A5%73B4%61bX%6dOE%31UY",
                "%252e%252e%252f%u002e&#46;\\u002e\\x2e",
                "aHR0cDovLzE2OS4yNTQuMTY5LjI1NC9sYXRlc3Q=687474703a2f2f31",
                "\u{202e}\u{1b}[31m<script>`|=1+1",
                "token=abcdefghij&x=AKIA1234567890ABCDEF http://a:secretpassword@b/",
            ];
            let lines = texts().filter_map(|text| text.split(|byte| *byte == b'\n').next().map(<[u8]>::to_vec));
            own.iter().map(|text| text.as_bytes().to_vec()).chain(lines).collect()
        }
        "unpack" => texts().flat_map(|text| [gzip(&text), two(&text), zstandard(&text), bzip2(&text)]).collect(),
        "document" => {
            let whole = super::escape::example();
            let rows: Vec<&str> = whole.lines().collect();
            vec![whole.as_bytes().to_vec(), rows[0].as_bytes().to_vec(), rows[..2].join("\n").into_bytes()]
        }
        "settings" => settings(),
        "layout" => layouts(),
        "checkpoint" => texts().map(|text| super::checkpoint::kept(&text)).collect(),
        other => panic!("{other} is no target"),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The beginnings of all logs among the samples.
fn samples() -> Vec<(PathBuf, Vec<u8>)> {
    let mut out = Vec::new();
    let mut folders = vec![root().join("samples")];
    while let Some(folder) = folders.pop() {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).expect("a folder of samples").map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            match path.extension().and_then(|ending| ending.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("log") => {
                    let bytes = fs::read(&path).expect("a sample");
                    out.push((path, bytes[..bytes.len().min(PIECE)].to_vec()));
                }
                _ => {}
            }
        }
    }
    out
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("memory can be written")
}

fn two(text: &[u8]) -> Vec<u8> {
    let (one, other) = text.split_at(text.len() / 3);
    [gzip(one), gzip(other), vec![0; 8]].concat()
}

fn zstandard(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 1).expect("memory can be written")
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("memory can be written")
}

fn settings() -> Vec<Vec<u8>> {
    let own = [
        "[[allow]]\nreason = \"our own check\"\nclient = [\"192.0.2.0/24\", \"2001:db8::/32\"]\nuntil = 2030-01-01\n",
        "[[allow]]\nreason = \"a test\"\nagent = \"curl\"\nsignals = [\"callback-host\"]\nsince = \"2024-05-01T12:00:00Z\"\neven_if_successful = true\n",
        "[[allow]]\nreason = 'ours'\nprincipal = \"arn:aws:iam::1:role/a\"\npath = \"/a/*\"\n",
        "budget = 7\n[proxies]\ntrusted = [\"10.0.0.0/8\"]\n",
        "[[data]]\npath = \"/api/*/{subject}\"\nkind = \"customer\"\nitems = [\"name\"]\nclass = \"a\"\n",
        "[[data]]\nobject = \"a/{subject}.pdf\"\nitems = [\"name\", \"address\"]\n[[data]]\npath = \"/a\"\nparameter = \"id\"\nitems = [\"x\"]\n",
        "[[data]]\ncontent = \"b/*.csv\"\ncolumn = \"mail\"\nitems = [\"a\"]\n",
        "[[data]]\ncontent = \"b/*.json\"\nfield = \"a.b\"\nitems = [\"a\"]\nheld_in = { a = \"a.c\" }\n",
    ];
    own.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn layouts() -> Vec<Vec<u8>> {
    let line = "192.0.2.1 - me [01/May/2024:00:00:00 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"curl\"";
    let own = [
        "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"",
        "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\"",
        "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r",
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE%",
        "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt",
    ];
    own.iter().map(|layout| format!("{layout}\n{line}\n").into_bytes()).collect()
}

/// Values with the escapes of all writers.
const ESCAPED: [&str; 6] = [
    r#"/a\x22b\x5C\x0a\"c\\\n\v"#,
    r"a\u0026\u00e9\ud83d\ude00\/\b\f",
    "#22#7Bb#",
    "&amp;&quot;&lt;&gt;&#59;&#x3b;&apos;&#x10FFFF;",
    r#"{\\\"a\\\":\\u0041}"#,
    "a\"b<c>&\u{1b}[31m\u{e9}",
];

/// A peer, and the list that it sent on.
const CLIENTS: [&str; 6] = [
    "10.0.0.1\n192.0.2.7, 10.0.0.2,10.0.0.3",
    "10.0.0.1:443\nfor=192.0.2.7, for=\"[2001:db8::2]:80\";proto=http",
    "2001:db8::1\n2001:db9::7,+2001:db8::2,%20127.0.0.1",
    "::ffff:10.0.0.1\nunknown, ::ffff:192.0.2.7",
    "[2001:db8::1]:80\nFor=_hidden, 10.0.0.2:_a",
    "198.51.100.4\n192.0.2.7",
];

/// Objects with something at the paths that are looked at.
const OBJECTS: [&str; 4] = [
    r#"{"a":"/x\u00e9\"","b":{"c":1,"a":true},"d":["y",{"a":-1.5e3}]}"#,
    r#" { "d" : [ null, { "z" : [ { } ] , "a" : "\ud83d\ude00" } ] , "a" : false } "#,
    r#"{"b":[1],"b":{"c":"x","c":"y"},"d":[[2],[3]]}"#,
    r#"{"a":{"a":[{"b":"}]\\"}]},"d":{"a":1}}"#,
];

/// Streams of elements.
const STREAMS: [&str; 6] = [
    r#"{"Records":[{"a":1},{"b":"]"}],"next":null}"#,
    "[{\"a\":1},\n 2, \"x\", [3]]",
    "{\"a\":1}\n{\"b\":{}}\r\n\n7 \"y\"",
    r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"a":1},{}]}]}]}"#,
    r#"{"streams":[{"stream":{},"values":[["1","x"],["2","y"]]}]}"#,
    r#"{"value":[]}{"records":"none","logs":[{"k":[1,{"l":"\""}]}]}"#,
];

/// Stamps of every layout, each behind the byte that chooses it.
fn times() -> Vec<Vec<u8>> {
    let stamps: [(&'static [u8], &'static [&'static str]); 7] = [
        (&[0, 1, 2, 9], &["10/Oct/2000:13:55:36 -0700", "29/feb/2024:23:59:60 +0530", "31/Feb/2023:24:00:00 +9999"]),
        (&[1, 2], &["06/Feb/2009:12:14:14.655", "06/Feb/2009:12:14:14,1234567891 +0100"]),
        (&[3, 9], &["2024-05-01T00:02:15.123456789+09:00", "1677-09-21 00:12:43,1z", "2262-04-11T23:47:16.8-00"]),
        (&[4, 9], &["1/9/2007 9:41:00 AM", "10/14/21, 22:17:11.5 +0100", "02/29/1900 12:00:00 pm Z"]),
        (&[5, 9], &["1693840839.657635", "1700000000", "1700000000000", "1700000000000000", "9223372036854775807"]),
        (&[6, 7], &["2013-07-30", "12-Jan-1996", "3/20/01", "12/31/9999"]),
        (&[8], &["7:55:20", "17:00:00.660", "23:59:60,9"]),
    ];
    let of = |(choices, texts): (&'static [u8], &'static [&'static str])| {
        choices.iter().flat_map(|choice| texts.iter().map(|text| [&[*choice], text.as_bytes()].concat()))
    };
    stamps.into_iter().flat_map(of).collect()
}

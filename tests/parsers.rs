//! Single lines of every format, and each field that they hold: what `keytrace parse` gives is held against what is
//! expected, value by value.
//!
//! The lines are not part of the repository. Where the folder beside it that holds them is absent, this test says so and
//! does nothing. What is expected and not given is listed in `parsers.md` with its reason; what is not listed fails the
//! test, and so does a row that is not true any more.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{keytrace, parsed, root, skipped};

/// One line, and what is expected of it.
struct Case {
    raw: Vec<u8>,
    config: Option<String>,
    expect: Vec<(String, Value)>,
    is_no_record: bool,
    /// Whether it is left to the reader if the line is a record.
    is_lenient: bool,
}

/// What is expected and not given: the format, the line, the field, what is expected, what is given.
type Miss = [String; 5];

fn cases_folder() -> Option<PathBuf> {
    let path = root().join("../shared/corpora/parsers");
    if path.is_dir() {
        return Some(path);
    }
    skipped("no folder of lines and their fields at ../shared/corpora/parsers");
    None
}

/// Bytes written in base64.
fn from_base64(text: &str) -> Vec<u8> {
    let sextet = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("{text} is base64"),
    };
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        bits = bits << 6 | u32::from(sextet(byte));
        held += 6;
        if 8 <= held {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}

fn case(row: &Value) -> Case {
    let raw = match row["raw_b64"].as_str() {
        Some(exact) => from_base64(exact),
        None => row["raw"].as_str().expect("a line").as_bytes().to_vec(),
    };
    let expect = row["expect"].as_object().map(|fields| fields.clone().into_iter().collect()).unwrap_or_default();
    Case {
        raw,
        config: row["config"].as_str().map(str::to_owned),
        expect,
        is_no_record: row["expect_reject"] == true,
        is_lenient: row["lenient_ok"] == true,
    }
}

/// The name under which `parse` gives a field.
fn own_name(name: &str) -> &str {
    match name {
        "client_ip" => "client",
        "time_utc" => "time",
        "bytes_sent" => "bytes",
        "user_agent" => "agent",
        "request_time_s" => "duration",
        same => same,
    }
}

/// A time without what is finer than a millisecond.
fn to_the_millisecond(time: &str) -> String {
    let (seconds, fraction) = time.trim_end_matches('Z').split_once('.').unwrap_or((time.trim_end_matches('Z'), ""));
    format!("{seconds}.{}Z", &format!("{fraction}000")[..3])
}

fn is_same(name: &str, wanted: &Value, given: &Value) -> bool {
    match (wanted, given) {
        (Value::String(wanted), Value::String(given)) if name.contains("time") && wanted.ends_with('Z') => {
            to_the_millisecond(wanted) == to_the_millisecond(given)
        }
        (Value::Number(wanted), Value::Number(given)) => {
            let (wanted, given) = (wanted.as_f64().expect("a number"), given.as_f64().expect("a number"));
            (wanted - given).abs() <= 1e-9 * wanted.abs().max(1.0)
        }
        _ => wanted == given,
    }
}

/// The first record of each case; one that holds a line feed is several lines of the file.
fn records(name: &str, config: Option<&str>, cases: &[&Case], file: &Path) -> Vec<Option<Value>> {
    let lines: Vec<&[u8]> = cases.iter().map(|case| &case.raw[..]).collect();
    fs::write(file, [&lines.join(&b'\n')[..], b"\n"].concat()).expect("the lines are written");
    let file = file.to_str().expect("plain names");
    let layout = config.map(|config| ["--log-format", config]);
    let arguments = ["parse", "--format", name].into_iter().chain(layout.into_iter().flatten()).chain([file]);
    let run = keytrace(arguments);
    assert!(run.code <= 1, "{name} {config:?}: {}", run.error);
    let mut rows = parsed(run.text()).into_iter().peekable();
    let mut end = 0;
    let mut first = |raw: &[u8]| {
        end += 1 + raw.iter().filter(|byte| **byte == b'\n').count() as u64;
        let mut own =
            std::iter::from_fn(|| rows.next_if(|row| row["line"].as_u64().expect("a line has a number") <= end));
        let first = own.next();
        own.for_each(drop);
        first
    };
    let records = cases.iter().map(|case| first(&case.raw)).collect();
    assert!(rows.next().is_none(), "{name}: each record is of a case");
    records
}

/// What of a case is expected and not given.
fn misses(name: &str, case: &Case, given: Option<&Value>) -> Vec<Miss> {
    let raw = shortened(&case.raw);
    let miss = |field: &str, wanted: &str, given: &str| [name, &raw, field, wanted, given].map(str::to_owned);
    // A key that the format has not, and one that its writer left out, say the same.
    match given {
        None if case.is_no_record || case.is_lenient => Vec::new(),
        None => vec![miss("", "a record", "none")],
        Some(_) if case.is_no_record && case.is_lenient => Vec::new(),
        Some(_) if case.is_no_record => vec![miss("", "none", "a record")],
        Some(record) => {
            let given = |field: &str| record.get(own_name(field)).unwrap_or(&Value::Null);
            let fields = case.expect.iter().filter(|(field, wanted)| !is_same(field, wanted, given(field)));
            fields.map(|(field, wanted)| miss(field, &wanted.to_string(), &given(field).to_string())).collect()
        }
    }
}

/// A line as `parsers.md` shows it.
fn shortened(raw: &[u8]) -> String {
    const LENGTH: usize = 60;
    let text = String::from_utf8_lossy(raw);
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// The rows of the table in `parsers.md`: each miss, and why it is one.
fn listed() -> BTreeMap<Miss, String> {
    let text = fs::read_to_string(root().join("tests/parsers.md")).expect("the list of what is not given");
    let cells = |row: &str| -> Vec<String> {
        let bare = |cell: &str| cell.trim().trim_matches('`').replace('\u{0}', "|");
        row.replace("\\|", "\u{0}").trim_matches('|').split('|').map(bare).collect()
    };
    let rows = text.lines().filter(|line| line.starts_with('|')).skip(2).map(cells);
    rows.map(|row| {
        let row: [String; 6] = row.try_into().expect("a row has six cells");
        let [format, raw, field, wanted, given, because] = row;
        assert!(!because.is_empty(), "{format} {field}: why");
        ([format, raw, field, wanted, given], because)
    })
    .collect()
}

#[test]
fn every_field_of_every_line_is_given_but_those_that_are_listed() {
    let Some(folder) = cases_folder() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "ndjson"));
    assert!(!files.is_empty(), "the folder holds lines");
    let (mut missed, mut count) = (BTreeSet::new(), 0);
    for path in files {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("plain names");
        let cases: Vec<Case> = parsed(&fs::read_to_string(&path).unwrap()).iter().map(case).collect();
        let mut by_config: BTreeMap<Option<&str>, Vec<&Case>> = BTreeMap::new();
        for case in &cases {
            by_config.entry(case.config.as_deref()).or_default().push(case);
        }
        for (config, cases) in by_config {
            let records = records(name, config, &cases, &scratch.path().join("access.log"));
            for (case, record) in cases.iter().zip(records) {
                missed.extend(misses(name, case, record.as_ref()));
                count += 1;
            }
        }
    }
    assert!(0 < count);
    let listed: BTreeSet<Miss> = listed().into_keys().collect();
    let new: Vec<&Miss> = missed.difference(&listed).collect();
    let gone: Vec<&Miss> = listed.difference(&missed).collect();
    assert!(new.is_empty(), "{} fields of {count} lines are not given: {new:#?}", new.len());
    assert!(gone.is_empty(), "tests/parsers.md lists what is given: {gone:#?}");
}

#[test]
fn the_comparison_sees_what_differs() {
    let (one, time) = (Value::from(1.0), Value::from("2024-05-01T00:00:00.123456Z"));
    assert!(is_same("status", &Value::from(1), &one) && !is_same("status", &Value::from(1), &Value::from("1")));
    assert!(!is_same("request_time_s", &one, &Value::from(1.000_001)));
    assert!(is_same("time_utc", &Value::from("2024-05-01T00:00:00.123Z"), &time));
    assert!(!is_same("time_utc", &Value::from("2024-05-01T00:00:00.124Z"), &time));
    assert!(is_same("time_utc", &Value::from("2024-05-01T00:00:00.000Z"), &Value::from("2024-05-01T00:00:00Z")));
    assert!(!is_same("user", &Value::Null, &Value::from("")) && !is_same("ok", &Value::from(true), &one));
    let row = |text: &str| case(&serde_json::from_str(text).unwrap());
    let wanted = row(r#"{"raw":"a","expect":{"client_ip":"192.0.2.7","user":null,"host":"a"},"expect_reject":false}"#);
    let given = serde_json::json!({"client": "192.0.2.8"});
    assert_eq!(
        misses("x", &wanted, Some(&given)).len(),
        2,
        "another client and no host; that no user is told is right"
    );
    assert_eq!(misses("x", &wanted, None), [["x", "a", "", "a record", "none"].map(str::to_owned)]);
    let refused = row(r#"{"raw":"a","raw_b64":"/2E=","expect":null,"expect_reject":true}"#);
    assert_eq!(refused.raw, b"\xffa");
    assert_eq!((misses("x", &refused, Some(&given)).len(), misses("x", &refused, None).len()), (1, 0));
}

//! The same, read by others: a parser in another language, and the codecs' own tools.
//!
//! `differential/reference.py` was written from what servers document. It is strict, and what it reads must be read here,
//! field by field alike; where it is in doubt, nothing is compared. The tools of gzip, xz, bzip2, zstd and lz4 pack logs, and
//! judge what was cut off or changed: what they refuse must not pass here as whole. Where one is absent, the test says so.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::logs::{self, Dice, Mix, Writing};
use crate::program::{keytrace, root, rows, skipped};
use crate::trials::{cases, seeds, told};

/// How many lines of each format are made, times a thousand.
const THOUSANDS: u32 = 4;

/// How many of them are one log, and after how many such logs a long trial tells how far it is.
const BATCH: u32 = 100;
const BATCHES_TOLD: u32 = 5;

/// The other parser at work on a log, beside this one; nothing where there is no Python.
fn reference(format: &str, log: &Path) -> Option<Child> {
    let script = root().join("tests/differential/reference.py");
    let mut command = Command::new("python3");
    command.arg(script).arg(format).arg(log).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().ok()
}

/// The rows of a parser, one a line of text, in the order of the log's lines.
fn by_line(text: &str) -> impl Iterator<Item = (u64, Value)> {
    text.lines().map(|row| {
        let row: Value = serde_json::from_str(row).expect("a row is JSON");
        (row["line"].as_u64().expect("a number"), row)
    })
}

/// Compares a log line by line; gives how many were compared.
fn compare(format: &str, log: &Path) -> Option<usize> {
    let child = reference(format, log)?;
    let run = keytrace(["parse".as_ref(), "--format".as_ref(), format.as_ref(), log.as_os_str()]);
    let done = child.wait_with_output().expect("the other parser ends");
    assert!(done.status.success(), "the other parser runs: {}", String::from_utf8_lossy(&done.stderr));
    let wanted = String::from_utf8(done.stdout).expect("JSON is UTF-8");
    let mut own = by_line(run.text()).peekable();
    let (mut compared, mut differing) = (0, Vec::new());
    for (line, wanted) in by_line(&wanted) {
        compared += 1;
        while own.next_if(|(other, _)| *other < line).is_some() {}
        let given = own.next_if(|(other, _)| *other == line).map_or(Value::Null, |(_, row)| row);
        for (name, value) in wanted.as_object().expect("an object") {
            if given[name] != *value {
                differing.push(format!("line {line}, {name}: {value} against {}", given[name]));
            }
        }
    }
    let text = fs::read(log).expect("the log");
    let shown = differing.first().and_then(|first| first.split([' ', ',']).nth(1)?.parse::<usize>().ok());
    let shown = shown.and_then(|line| text.split(|byte| *byte == b'\n').nth(line - 1)).unwrap_or_default();
    let shown = String::from_utf8_lossy(shown);
    assert!(
        differing.is_empty(),
        "{} differ: {}\n{shown}",
        differing.len(),
        differing[..differing.len().min(9)].join("\n")
    );
    Some(compared)
}

/// A value as a server writes it between quotes, its escapes in it.
fn value(dice: &mut Dice) -> String {
    let mut out = String::new();
    for _ in 0..dice.below(14) {
        let pieces = [
            "a", "Z", "0", "/", "%20", "?", "=", "&", "\\\"", "\\\\", "\\x22", "\\x1b", "é", "検", "[", "]", "-", ".",
            ";", ":",
        ];
        out.push_str(dice.pick::<&str>(&pieces));
    }
    out
}

/// A time of any day and zone, as the common log format writes it; seldom one that never was.
fn time(dice: &mut Dice) -> String {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let day = if dice.one_in(50) { dice.below(33) } else { 1 + dice.below(28) };
    let zone = format!("{}{:02}{:02}", dice.pick(&['+', '-']), dice.below(14), dice.pick(&[0, 30, 45]));
    let (hour, minute, second) = (dice.below(24), dice.below(60), dice.below(60));
    format!("{day:02}/{}/{}:{hour:02}:{minute:02}:{second:02} {zone}", dice.pick(&months), 1980 + dice.below(110))
}

fn combined(dice: &mut Dice) -> String {
    let word = |dice: &mut Dice| {
        let text: String =
            value(dice).chars().filter(|letter| !matches!(letter, ' ' | '[' | ']' | '"' | '\\')).collect();
        if text.is_empty() { "-".to_owned() } else { text }
    };
    let client =
        dice.pick(&["192.0.2.7", "2001:db8::1", "host.example", "192.0.2.7:4711", "[2001:db8::1]:4711"]).to_string();
    let user = if dice.one_in(3) { word(dice) } else { "-".to_owned() };
    let method = *dice.pick(&["GET", "POST", "HEAD", "PROPFIND", "M-SEARCH"]);
    let target = format!("/{}", value(dice));
    let protocol = dice.pick(&["HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "HTTP/3.0"]);
    let size = if dice.one_in(9) { "-".to_owned() } else { (dice.below(1 << 40)).to_string() };
    let stamp = time(dice);
    let (referer, agent) = (value(dice), value(dice));
    format!(
        "{client} - {user} [{stamp}] \"{method} {target} {protocol}\" {} {size} \"{referer}\" \"{agent}\"",
        100 + dice.below(500)
    )
}

fn nginx_json(dice: &mut Dice) -> String {
    let json = |text: &str| serde_json::to_string(text).expect("a text is JSON");
    let text = |dice: &mut Dice| value(dice) + if dice.one_in(4) { "\t\u{7}\"" } else { "" };
    let zone = format!("{}{:02}:{:02}", dice.pick(&['+', '-']), dice.below(14), dice.pick(&[0, 30, 45]));
    let moment = format!(
        "{}-{:02}-{:02}T{:02}:{:02}:{:02}{zone}",
        1980 + dice.below(110),
        1 + dice.below(12),
        1 + dice.below(28),
        dice.below(24),
        dice.below(60),
        dice.below(60)
    );
    let request = format!("{} /{} HTTP/1.1", dice.pick(&["GET", "POST"]), value(dice));
    let number = dice.below(255);
    let client = match dice.below(12) {
        0 => format!("192.0.2.7:{number}"),
        1 => format!("2001:db8::{number}:{number}"),
        2 => format!("[2001:db8::{number}]:{number}"),
        3 => format!("2001:db8:0:0:0:0:0:{number}:{number}"),
        4 => format!("198.51.100.7, 192.0.2.{number}"),
        _ => format!("192.0.2.{number}"),
    };
    format!(
        "{{\"time_iso8601\":\"{moment}\",\"remote_addr\":\"{client}\",\"request\":{},\"status\":\"{}\",\"body_bytes_sent\":\"{}\",\"http_referer\":{},\"http_user_agent\":{}}}",
        json(&request),
        100 + dice.below(500),
        dice.below(1 << 40),
        json(&text(dice)),
        json(&text(dice))
    )
}

/// A line with something changed in it, which the other parser mostly refuses.
fn changed(line: &str, dice: &mut Dice) -> Vec<u8> {
    let mut out = line.as_bytes().to_vec();
    let at = dice.below(out.len());
    match dice.below(3) {
        0 => out[at] = dice.pick(b"\"\\ []-/:\xff{}").to_owned(),
        1 => drop(out.drain(at..(at + 1 + dice.below(9)).min(out.len()))),
        _ => out.insert(at, dice.pick(b"\"\\ []0\xc3").to_owned()),
    }
    out.retain(|byte| *byte != b'\n');
    out
}

#[test]
fn another_parser_reads_the_same() {
    type Writer = fn(&mut Dice) -> String;
    let folder = tempfile::tempdir().unwrap();
    let writers: [(&str, Writer); 2] = [("combined", combined), ("nginx_json", nginx_json)];
    for (format, write) in writers {
        let (mut made, mut compared) = (0, 0);
        // Each batch has a seed of its own, so that a long trial can be taken up again behind what was tried.
        let first = seeds(1).next().expect("there is a first");
        for batch in 0..cases(THOUSANDS).div_ceil(BATCH) {
            let lines = (cases(THOUSANDS) - batch * BATCH).min(BATCH) * 1_000;
            let mut dice = Dice::new(u64::from(batch) + first);
            let mut text = Vec::new();
            for _ in 0..lines {
                let line = write(&mut dice);
                let line = if dice.one_in(4) { changed(&line, &mut dice) } else { line.into_bytes() };
                text.extend_from_slice(&line);
                text.push(b'\n');
            }
            let path = folder.path().join("access.log");
            fs::write(&path, text).unwrap();
            let Some(count) = compare(format, &path) else { return skipped("no python3: no second parser") };
            made += lines;
            compared += count;
            if batch % BATCHES_TOLD == BATCHES_TOLD - 1 {
                told(&format!("differential, {format}: {compared} of {made} so far"));
            }
        }
        told(&format!(
            "differential, {format}: {compared} of {made} lines were read by another parser, all of them alike"
        ));
        assert!((made as usize) * 2 / 3 < compared, "most lines are compared");
    }
}

#[test]
fn another_parser_reads_the_samples_alike() {
    let mut compared = 0;
    for log in ["nothing-happened", "image-proxy", "stolen-role", "hard-negatives"] {
        let path = root().join("samples").join(log).join("access.log");
        match compare("combined", &path) {
            Some(count) => compared += count,
            None => return skipped("no python3: no second parser"),
        }
    }
    assert!(1_000 < compared, "{compared} lines of samples are compared");
}

/// Runs a tool over bytes; what it wrote, and whether it was content. Nothing where it is not installed.
fn tool(words: &[&str], input: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let done = child.wait_with_output().expect("the tool ends");
    writer.join().expect("the pipe is fed");
    Some((done.stdout, done.status.success()))
}

/// How each tool packs, and how it unpacks.
const TOOLS: [(&[&str], &[&str]); 9] = [
    (&["gzip", "-1"], &["gzip", "-dc"]),
    (&["gzip", "-9"], &["gzip", "-dc"]),
    (&["xz", "-0"], &["xz", "-dc"]),
    (&["xz", "-6", "--check=sha256"], &["xz", "-dc"]),
    (&["bzip2", "-1"], &["bzip2", "-dc"]),
    (&["zstd", "-1"], &["zstd", "-dcq"]),
    (&["zstd", "-12", "--no-check"], &["zstd", "-dcq"]),
    (&["lz4", "-1"], &["lz4", "-dc"]),
    (&["lz4", "-9", "-BD"], &["lz4", "-dc"]),
];

/// What a scan says of a file: its lines, records and faults, and whether all of it was read.
fn account(path: &Path) -> (Value, bool) {
    let (rows, code) = rows(&[path]);
    let totals = rows.first().map_or(Value::Null, |scan| scan["totals"].clone());
    let told = ["lines", "records", "faults", "bytes"].map(|key| totals[key].clone());
    (Value::from(told.to_vec()), code < 2)
}

#[test]
fn the_tools_of_the_codecs_agree() {
    let folder = tempfile::tempdir().unwrap();
    let file = |bytes: &[u8]| -> PathBuf {
        let path = folder.path().join("access.log");
        fs::write(&path, bytes).expect("the file is written");
        path
    };
    let text = logs::log(Mix { seed: 5, lines: 900, writing: Writing::Combined, is_mixed: false });
    let plain = account(&file(&text));
    let (mut missing, mut judged, mut refused) = (Vec::new(), 0, 0);
    for (pack, unpack) in TOOLS {
        let Some((whole, _)) = tool(pack, &text) else {
            missing.push(pack[0]);
            continue;
        };
        assert_eq!(account(&file(&whole)), plain, "{pack:?}");
        let half = text.len() / 2;
        let members = [&text[..half], &text[half..]].map(|part| tool(pack, part).expect("it ran before").0).concat();
        assert_eq!(account(&file(&members)), plain, "{pack:?}, two behind each other");
        let mut dice = Dice::new(7);
        for case in 0..cases(24) {
            let mut bytes = whole.clone();
            match case % 2 {
                0 => bytes.truncate(1 + dice.below(bytes.len() - 1)),
                _ => {
                    let at = dice.below(bytes.len());
                    bytes[at] ^= 1 << dice.below(8);
                }
            }
            let (unpacked, is_content) = tool(unpack, &bytes).expect("it ran before");
            let (own, is_whole) = account(&file(&bytes));
            judged += 1;
            // What a tool refuses is not whole; what it gives back as it was is read as it was.
            if !is_content || unpacked.is_empty() {
                refused += 1;
                assert!(!is_whole, "{unpack:?} refuses case {case}, and it passes here: {own}");
            } else if unpacked == text {
                assert_eq!((own, is_whole), plain, "{unpack:?}, case {case}");
            }
        }
    }
    missing.dedup();
    if !missing.is_empty() {
        skipped(&format!("these tools are not installed: {}", missing.join(", ")));
    }
    told(&format!("tools of codecs: {judged} cut or changed files judged alike, {refused} of them refused"));
}

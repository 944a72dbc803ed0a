//! Trials from a seed: few of them in every run, as many as are asked for when there is time.
//!
//! `KEYTRACE_CASES=1000` sets how many, `KEYTRACE_SEED=7` where they begin; a case that fails names its seed, and is tried
//! again by it alone. What long runs came to stands in `LEDGER.md`, with the command and the day. The laws take their
//! number of cases from here too.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use report::RENDERERS;
use scan::Config;

use crate::laws::{difference, scanned};
use crate::logs::{self, Dice, Hit, Mix, WRITINGS, Writing};
use crate::program::keytrace;

/// How many cases are tried: what the environment says, and else this few.
pub(crate) fn cases(few: u32) -> u32 {
    number("KEYTRACE_CASES").map_or(few, |many| u32::try_from(many).unwrap_or(u32::MAX))
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text}")))
}

/// The seeds of a trial.
pub(crate) fn seeds(few: u32) -> impl Iterator<Item = u64> {
    let first = number("KEYTRACE_SEED").unwrap_or(1);
    (0..u64::from(cases(few))).map(move |case| first.wrapping_add(case))
}

pub(crate) fn told(text: &str) {
    writeln!(std::io::stderr(), "{text}").expect("standard error can be written");
}

/// What a log is wrapped in.
const CODECS: [&str; 6] = ["plain", "gzip", "gzip in members", "zstd", "bzip2", "xz"];

fn packed(text: &[u8], codec: &str, dice: &mut Dice) -> Vec<u8> {
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).expect("memory can be written");
        encoder.finish().expect("memory can be written")
    };
    match codec {
        "gzip" => gzip(text),
        "gzip in members" => {
            let mut cuts: Vec<usize> = (0..dice.below(5)).map(|_| dice.below(text.len() + 1)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            cuts.windows(2).flat_map(|ends| gzip(&text[ends[0]..ends[1]])).collect()
        }
        "zstd" => zstd::encode_all(text, 1).expect("memory can be written"),
        "bzip2" => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(text).expect("memory can be written");
            encoder.finish().expect("memory can be written")
        }
        "xz" => {
            let options = lzma_rust2::XzOptions::with_preset(0);
            let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).expect("memory can be written");
            encoder.write_all(text).expect("memory can be written");
            encoder.finish().expect("memory can be written")
        }
        _ => text.to_vec(),
    }
}

/// A report without where its files lie and without its seal, which is made of that.
pub(crate) fn placeless(report: &str, folder: &Path) -> String {
    let rows = report.lines().filter(|row| !row.starts_with("{\"type\":\"end\""));
    rows.collect::<Vec<_>>().join("\n").replace(folder.to_str().expect("plain names"), "")
}

/// Threads, sizes of chunks, order of files and compression, all drawn at once.
#[test]
fn the_answer_does_not_depend_on_how_it_was_come_by() {
    let mut tried = 0;
    for seed in seeds(8) {
        let mut dice = Dice::new(seed);
        let (whole, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (mut paths, mut others, mut drawn) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..1 + dice.below(4) {
            let writing = *dice.pick(&WRITINGS);
            let mix =
                Mix { seed: seed ^ number as u64, lines: 30 + dice.below(500), writing, is_mixed: dice.one_in(3) };
            let text = logs::log(mix);
            let codec = *dice.pick(&CODECS);
            let name = format!("{number}.log");
            let write = |folder: &Path, bytes: &[u8]| {
                fs::write(folder.join(&name), bytes).expect("the log is written");
                folder.join(&name)
            };
            paths.push(write(whole.path(), &text));
            others.push(write(other.path(), &packed(&text, codec, &mut dice)));
            drawn.push(codec);
        }
        for place in (1..others.len()).rev() {
            others.swap(place, dice.below(place + 1));
        }
        let threads = *dice.pick(&[1, 2, 3, 4, 8, 16]);
        let chunk_bytes = if dice.one_in(3) { 1 + dice.below(400) } else { 400 + dice.below(200_000) };
        let plain = scanned(&paths, &Config { threads: 1, chunk_bytes: 1 << 24, ..Config::default() });
        let again = scanned(&others, &Config { threads, chunk_bytes, ..Config::default() });
        let found = difference(&placeless(&plain, whole.path()), &placeless(&again, other.path()));
        assert_eq!(found, None, "seed {seed}: {threads} threads, chunks of {chunk_bytes}, {drawn:?}");
        tried += 1;
    }
    told(&format!("determinism: {tried} of {tried} cases give the same bytes"));
}

/// A kind of secret: what stands before it, how long it is, and of which letters it is made.
struct Kind {
    before: &'static str,
    length: usize,
    letters: &'static str,
    behind: &'static str,
}

const fn kind(before: &'static str, length: usize) -> Kind {
    Kind { before, length, letters: LETTERS, behind: "" }
}

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &str = "0123456789abcdef";

const KINDS: [Kind; 36] = [
    kind("aws_secret_access_key=", 40),
    kind("SecretAccessKey=", 40),
    kind("password=", 16),
    kind("passwd=", 14),
    kind("user_password=", 18),
    kind("access_token=", 40),
    kind("refresh_token=", 60),
    kind("id_token=", 44),
    kind("api_key=", 32),
    kind("apikey=", 32),
    kind("x-api-key=", 40),
    kind("client_secret=", 32),
    kind("secret=", 24),
    Kind { letters: HEX, ..kind("X-Amz-Signature=", 64) },
    kind("X-Amz-Security-Token=", 120),
    Kind {
        letters: CAPITALS,
        behind: "%2F20240501%2Feu-west-1%2Fs3%2Faws4_request",
        ..kind("X-Amz-Credential=AKIA", 16)
    },
    Kind { letters: HEX, ..kind("X-Goog-Signature=", 128) },
    Kind { behind: "%3D", ..kind("sv=2022-11-02&sr=b&sig=", 43) },
    kind("session=", 32),
    kind("PHPSESSID=", 26),
    Kind { letters: HEX, ..kind("JSESSIONID=", 32) },
    kind("token=", 32),
    Kind { letters: CAPITALS, ..kind("x=AKIA", 16) },
    Kind { letters: CAPITALS, ..kind("x=ASIA", 16) },
    kind("x=ghp_", 36),
    kind("x=github_pat_", 82),
    kind("x=glpat-", 20),
    kind("x=xoxb-", 40),
    kind("x=sk_live_", 24),
    kind("x=AIza", 35),
    kind("x=npm_", 36),
    kind("x=hf_", 34),
    Kind { behind: ".AbCdEfGhIjKlMnOpQrStUvWx", ..kind("x=eyJhbGciOiJIUzI1NiJ9.eyJ", 60) },
    Kind { behind: "", ..kind("h=Bearer%20", 40) },
    Kind { behind: "@host.example/", ..kind("u=https://somebody:", 20) },
    kind("next=%2Fcb%3Faccess_token%3D", 40),
];

/// How a secret is spelt.
const SPELLINGS: [fn(&str) -> String; 4] = [
    str::to_owned,
    |text| text.bytes().map(|byte| format!("%{byte:02X}")).collect(),
    |text| text.bytes().map(|byte| format!("%25{byte:02x}")).collect(),
    |text| {
        let spelt =
            |(at, byte): (usize, u8)| if at % 3 == 0 { format!("%{byte:02x}") } else { char::from(byte).to_string() };
        text.bytes().enumerate().map(spelt).collect()
    },
];

/// How many secrets are planted in one log.
const PLANTED: u32 = 40;

/// A text with its percent-encoding undone once.
fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
    while at < text.len() {
        match (text[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// How much of a secret may not stand anywhere, in bytes.
const WINDOW: usize = 8;

/// Everything that the program writes of a log: each form of report, other commands, and standard error.
fn all_outputs(path: &Path, folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    let mut add = |name: &str, arguments: &[&OsStr]| {
        let run = keytrace(arguments);
        out.push((name.to_owned(), run.out));
        out.push((format!("standard error of {name}"), run.error.into_bytes()));
    };
    for form in RENDERERS {
        add(form.name(), &["scan".as_ref(), "--output-format".as_ref(), form.name().as_ref(), path.as_os_str()]);
    }
    let saved = folder.join("saved.ndjson");
    add("scan", &["scan".as_ref(), path.as_os_str(), "-o".as_ref(), saved.as_os_str()]);
    add("draft", &["draft".as_ref(), saved.as_os_str(), "-o".as_ref(), "-".as_ref()]);
    add("show", &["show".as_ref(), saved.as_os_str()]);
    add("verify", &["verify".as_ref(), saved.as_os_str()]);
    add("diff", &["diff".as_ref(), saved.as_os_str(), saved.as_os_str()]);
    add("audit", &["audit".as_ref(), path.as_os_str()]);
    add("audit for programs", &["audit".as_ref(), "--output-format".as_ref(), "ndjson".as_ref(), path.as_os_str()]);
    add("routes", &["routes".as_ref(), path.as_os_str()]);
    add("trace", &["trace".as_ref(), "--client".as_ref(), "203.0.113.7".as_ref(), path.as_os_str()]);
    out
}

#[test]
fn no_planted_secret_is_shown() {
    let mut planted = 0;
    let mut shown = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let all: Vec<u64> = seeds(160).collect();
    for batch in all.chunks(PLANTED as usize) {
        let (mut log, mut secrets) = (String::new(), Vec::new());
        for seed in batch {
            let mut dice = Dice::new(*seed);
            let kind = &KINDS[(*seed as usize) % KINDS.len()];
            let letters: Vec<char> = kind.letters.chars().collect();
            let secret: String = (0..kind.length).map(|_| *dice.pick(&letters)).collect();
            let spelling = dice.below(SPELLINGS.len());
            let text = format!("{}{}{}", kind.before, SPELLINGS[spelling](&secret), kind.behind);
            let writing = *dice.pick(&[Writing::Combined, Writing::NginxJson, Writing::S3, Writing::Caddy]);
            let reach =
                *dice.pick(&["/.env", "/p?url=http://169.254.169.254/latest/meta-data/", "/x?file=../../etc/passwd"]);
            let mark = if reach.contains('?') { '&' } else { '?' };
            let mut hit = Hit::new(*seed, "203.0.113.7", &format!("{reach}{mark}{text}"), 200, 900);
            hit.referer = format!("https://shop.example/?{text}");
            hit.agent = format!("bot /?{text}");
            let writing = if log.is_empty() { Writing::Combined } else { writing };
            log.push_str(&(logs::line(&hit, writing) + "\n"));
            secrets.push((*seed, text, secret));
        }
        fs::write(&path, &log).unwrap();
        for (form, text) in all_outputs(&path, folder.path()) {
            let has_cut = text.windows(4).any(|part| part == b"****");
            assert!(form != "ndjson" || has_cut, "the requests with the secrets are told, these cut");
            let once = decoded(&text);
            let twice = decoded(&once);
            let windows: HashSet<&[u8]> =
                [&text, &once, &twice].into_iter().flat_map(|text| text.windows(WINDOW)).collect();
            for (seed, text, secret) in &secrets {
                // The first letters are shown, so that an owner knows which it is.
                if secret.as_bytes()[4..].windows(WINDOW).any(|part| windows.contains(part)) {
                    shown.push(format!("seed {seed}: {form} shows {text}"));
                }
            }
        }
        planted += batch.len();
    }
    told(&format!("planted secrets: {} of {planted} shown", shown.len()));
    assert!(shown.is_empty(), "{}", shown[..shown.len().min(20)].join("\n"));
}

/// Characters and bytes that do something, and some that do not.
fn hostile_text(dice: &mut Dice) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..1 + dice.below(12) {
        match dice.below(8) {
            0 => out.push(dice.below(32) as u8),
            1 => out.push(127 + dice.below(129) as u8),
            2 => out.extend_from_slice(format!("\x1b[{}m", dice.below(99)).as_bytes()),
            3 => {
                let letter =
                    *dice.pick(&['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{e0041}', '\u{2028}', '\u{9b}']);
                out.extend_from_slice(letter.to_string().as_bytes());
            }
            4 => out.extend_from_slice(
                dice.pick(&["<script>", "</style>", "=1+1", "`|", "](x)", "${x}", "'\"", "\\x1b"]).as_bytes(),
            ),
            5 => out.extend_from_slice("検索é".as_bytes()),
            _ => out.push(b'a' + dice.below(26) as u8),
        }
    }
    out.retain(|byte| *byte != b'\n');
    out
}

#[test]
fn no_hostile_byte_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut tried = 0;
    for seed in seeds(8) {
        let mut dice = Dice::new(seed);
        let mut log = Vec::new();
        for (number, target) in logs::REACHES.iter().enumerate() {
            let mut hit = Hit::new(number as u64, "203.0.113.7", &format!("{target}TRICK"), 200, 900);
            hit.agent.push_str("TRICK");
            hit.referer = "http://a.example/TRICK".to_owned();
            let line = logs::line(&hit, Writing::Combined);
            for (piece, part) in line.split("TRICK").enumerate() {
                if 0 < piece {
                    log.extend_from_slice(&hostile_text(&mut dice));
                }
                log.extend_from_slice(part.as_bytes());
            }
            log.push(b'\n');
        }
        let path = named(folder.path(), &hostile_text(&mut dice));
        fs::write(&path, &log).unwrap();
        for (form, text) in all_outputs(&path, folder.path()) {
            let text = String::from_utf8(text).unwrap_or_else(|error| panic!("seed {seed}: {form}: {error}"));
            // Tables end their lines so, and pages and manuals may hold what JSON and HTML escape.
            let text = if form.ends_with("csv") { text.replace("\r\n", "\n") } else { text };
            let bad: Vec<char> = text.chars().filter(|letter| !crate::hostile::is_plain(*letter)).collect();
            assert!(bad.is_empty(), "seed {seed}: {form} shows {bad:?}");
        }
        fs::remove_file(&path).unwrap();
        tried += 1;
    }
    told(&format!("hostile bytes: none written in {tried} of {tried} cases"));
}

/// A path whose name holds that text, as far as a file system takes it.
fn named(folder: &Path, text: &[u8]) -> PathBuf {
    let name: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, 0 | b'/')).chain(*b".log").collect();
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        folder.join(OsStr::from_bytes(&name))
    }
    #[cfg(not(unix))]
    {
        let _ = name;
        folder.join("access.log")
    }
}

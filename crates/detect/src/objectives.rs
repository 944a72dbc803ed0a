//! What is an attempt and what only looks like one, case by case: the signals and the prefilter before them held
//! against requests as attackers and visitors write them.
//!
//! Each family stands in a file of its own, its attempts beside the near misses that must give nothing. Every case is
//! also put to the prefilter: what a signal would find in a request, a glance must not have let go.

mod addresses;
mod clouds;
mod debug;
mod files;
mod injection;
mod traversal;

use std::collections::BTreeSet;

use accesslog::Record;

use crate::SIGNALS;
use crate::catalog::{FILES, FileRule, SECRET_WORDS};
use crate::prefilter::{Glance, Prefilter};
use crate::request::{Others, Request, target_of};
use crate::signal::Role;

/// A request of a browser for a target.
fn get(target: &str) -> Record<'_> {
    Record {
        target: Some(target.as_bytes()),
        method: Some(b"GET"),
        agent: Some(b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
        referer: Some(b"https://shop.example/products/12"),
        ..Record::default()
    }
}

/// The objectives that the signals see in a record, were every one looked at closely.
fn seen_closely(record: &Record<'_>) -> BTreeSet<&'static str> {
    let target = target_of(record);
    let request = Request::new(record, &target, Others { host: true, referer: true, agent: true, user: true });
    let sees = |signal: &&&dyn crate::Signal| {
        let mut evidence = Vec::new();
        signal.look(&request, &mut evidence);
        !evidence.is_empty()
    };
    let objectives = SIGNALS.iter().filter(|signal| signal.role() == Role::Objective);
    objectives.filter(sees).map(|signal| signal.name()).collect()
}

/// What stands for an objective that the prefilter lets go of.
const LET_GO: &str = "let go of by the prefilter";

/// The objectives that are seen behind the prefilter; [`LET_GO`] among them where a closer look would see more.
fn seen(record: &Record<'_>) -> BTreeSet<&'static str> {
    let target = target_of(record);
    let mut prefilter = Prefilter::default();
    let (glance, (others, _)) = (prefilter.target(&target), prefilter.others(record, prefilter.header_keys(record)));
    let mut seen = seen_closely(record);
    let is_let_go = match glance {
        Glance::Close => false,
        // The URLs of such a request are counted, and looked at where they are unusual.
        Glance::Web => !others.any() && seen.iter().any(|name| *name != "stranger-url"),
        Glance::Quiet => !others.any() && !seen.is_empty(),
    };
    if is_let_go {
        seen.insert(LET_GO);
    }
    seen
}

/// Asserts that each target is seen to reach for something, by this signal at least.
fn is_seen_by(signal: &str, targets: &[&str]) {
    let missed: Vec<String> = targets
        .iter()
        .map(|target| (target, seen(&get(target))))
        .filter(|(_, seen)| !seen.contains(signal) || seen.contains(LET_GO))
        .map(|(target, seen)| format!("{target}: {seen:?}"))
        .collect();
    assert!(missed.is_empty(), "not seen by {signal}:\n{}", missed.join("\n"));
}

/// Asserts that each target is seen to reach for something.
fn is_seen(targets: &[&str]) {
    let is_missed = |target: &&&str| {
        let seen = seen(&get(target));
        seen.is_empty() || seen.contains(LET_GO)
    };
    let missed: Vec<&&str> = targets.iter().filter(is_missed).collect();
    assert!(missed.is_empty(), "not seen:\n{missed:#?}");
}

/// Asserts that no target is seen to reach for anything.
///
/// Whether a stranger's URL is one depends on what is usual for its parameter in the log, so it accuses nobody here.
fn is_innocent(targets: &[&str]) {
    let accused: Vec<String> = targets
        .iter()
        .map(|target| (target, seen(&get(target))))
        .filter(|(_, seen)| seen.iter().any(|name| *name != "stranger-url"))
        .map(|(target, seen)| format!("{target}: {seen:?}"))
        .collect();
    assert!(accused.is_empty(), "accused:\n{}", accused.join("\n"));
}

/// Where the environment names a file of targets, one a line, the prefilter is held against all of them.
#[test]
fn the_prefilter_lets_go_of_nothing_in_a_file_of_targets() {
    let Some(path) = std::env::var_os("KEYTRACE_TARGETS") else { return };
    let text = std::fs::read(&path).expect("KEYTRACE_TARGETS names a file");
    let records = text.split(|byte| *byte == b'\n').map(|line| Record { target: Some(line), ..Record::default() });
    let let_go: Vec<String> = records
        .map(|record| (record, seen(&record)))
        .filter(|(_, seen)| seen.contains(LET_GO))
        .map(|(record, seen)| format!("{}: {seen:?}", record.target.unwrap_or_default().escape_ascii()))
        .collect();
    assert!(let_go.is_empty(), "let go of:\n{}", let_go.join("\n"));
}

/// Pieces of which requests are put together to hold the prefilter against the signals: telling ones and plain ones.
const PIECES: &[&str] = &[
    "http://",
    "https:",
    "//",
    "\\\\",
    "file:",
    "gopher://",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::1]",
    "[0:0::1]",
    "127.0.0.1",
    "127.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "0177.0.0.1",
    "localhost",
    "metadata",
    "db.internal",
    "a.example",
    "a9fea9fe.nip.io",
    "x.oast.fun",
    "@",
    ":80",
    ":6379",
    "/",
    "/../",
    "..",
    "..;",
    ";.css",
    "%2f",
    "%2e",
    "%252e",
    "%00",
    "%5c",
    "%c0%ae",
    "etc/passwd",
    "/etc/",
    "/var/",
    "/proc/7/",
    "c:/",
    "~/",
    ".env",
    ".git/",
    "config",
    "config.json",
    "backup",
    ".zip",
    ".php",
    ".php.bak",
    ".sql",
    "copy of ",
    "password",
    "secret",
    "api_key",
    "AWS_SECRET",
    "_KEY",
    "fields",
    "include",
    "select",
    "show_secrets",
    "[",
    "]",
    "[$ne]",
    "{",
    "}",
    "\"",
    "'",
    "$",
    "${",
    "${env:",
    "jndi:",
    "{{",
    "<%",
    "<?",
    "#{",
    " union ",
    "select ",
    " from ",
    "users",
    "getenv(",
    "printenv",
    "$(env)",
    "latest/meta-data/",
    "computemetadata/",
    "actuator/env",
    "env",
    "debug",
    "console",
    "?",
    "&",
    "=",
    ";",
    "+",
    "%20",
    ",",
    "a",
    "q",
    "url",
    "file",
    "path",
    "dir",
    "query",
    "next",
    "v",
    "1",
    "12",
    "true",
    "x-y",
    "shop",
    ".html",
    ".jpg",
    "aHR0cDov",
    "Li4vLi4v",
    "2e2e2f2e2e2f2e2e",
    "\u{2025}",
    "\u{FF0F}",
    "ghp_",
    "AKIA",
    "-----BEGIN ",
];

#[test]
fn the_prefilter_lets_go_of_no_pair() {
    let mut let_go = Vec::new();
    for one in PIECES {
        for other in PIECES {
            for target in [format!("/{one}{other}"), format!("/a?b={one}{other}"), format!("/a?{one}={other}")] {
                let seen = seen(&get(&target));
                if seen.contains(LET_GO) {
                    let_go.push(format!("{target}: {seen:?}"));
                }
            }
        }
    }
    assert!(let_go.is_empty(), "{} let go of:\n{}", let_go.len(), let_go.join("\n"));
}

/// A path of words and numbers is let go of though a needle of files stands in it, and rightly so.
#[test]
fn the_prefilter_lets_go_of_plain_paths_and_of_nothing_in_them() {
    let needles = FILES.iter().filter(|rule| rule.has_dot()).flat_map(FileRule::needles);
    let words = needles.map(|needle| needle.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-"));
    let (mut let_go, mut quiet) = (Vec::new(), 0);
    for word in words.collect::<BTreeSet<String>>() {
        let secrets =
            SECRET_WORDS.iter().map(|secret| format!("/{word}/7?show{}=1&get_{}=2", secret.text, secret.text));
        let plain = ["", "/12", "s/a_b-c?page=1&per_page=50", "?q=7"].map(|behind| format!("/{word}{behind}"));
        for target in plain.into_iter().chain(secrets) {
            quiet += usize::from(Prefilter::default().target(target.as_bytes()) == Glance::Quiet);
            let seen = seen(&get(&target));
            if seen.contains(LET_GO) {
                let_go.push(format!("{target}: {seen:?}"));
            }
        }
    }
    assert!(let_go.is_empty(), "{} let go of:\n{}", let_go.len(), let_go.join("\n"));
    assert!(0 < quiet);
}

/// Whatever a signal would find in a request, a glance does not let go: of requests put together at random.
#[test]
fn the_prefilter_lets_go_of_nothing() {
    let mut state = 2024_u64;
    let mut next = |end: usize| {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (state >> 33) as usize % end
    };
    let mut let_go = Vec::new();
    for _ in 0..REQUESTS {
        let pieces: Vec<&str> = (0..3 + next(6)).map(|_| PIECES[next(PIECES.len())]).collect();
        let target = format!("{}{}", ["/", "/a?b=", "/a/"][next(3)], pieces.concat());
        let seen = seen(&get(&target));
        if seen.contains(LET_GO) {
            let_go.push(format!("{target}: {seen:?}"));
        }
    }
    assert!(let_go.is_empty(), "{} let go of:\n{}", let_go.len(), let_go.join("\n"));
}

/// How many requests are put together at random.
const REQUESTS: usize = 40_000;

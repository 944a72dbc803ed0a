//! Memory is a number that a person sets, and nobody else.
//!
//! The logs here are the worst that their writers can do: no client, path or agent comes twice, every answer has a size of
//! its own, and every other line is an attack with much to say. Each run is a process of its own, whose peak is asked for.

use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{Spawned, keytrace, parsed, root, spawned};

/// So many lines of which none is like another; of a few, one after the other, on each route.
pub(crate) fn hostile(lines: u32, of_route: u32) -> String {
    let mut text = String::new();
    for number in 0..lines {
        let [_, a, b, c] = number.to_be_bytes();
        let (second, size) = (number / 50, 180 + number * 7 % 5_900);
        let route: String =
            (0..5).map(|place| char::from(b'a' + ((number / of_route) >> (4 * place) & 15) as u8)).collect();
        let target = match number % 2 {
            0 => format!("/{route}/{}", u64::from(number) * 7_919 % 1_000_003),
            _ => format!("/{route}/..%2f..%2f..%2fetc/passwd?{}", "q".repeat(number as usize % 300)),
        };
        writeln!(
            text,
            "10.{a}.{b}.{c} - - [01/May/2024:{:02}:{:02}:{:02} +0000] \"GET {target} HTTP/1.1\" 200 {size} \"-\" \"agent/{number:x} {}\"",
            second / 3_600 % 24,
            second / 60 % 60,
            second % 60,
            "y".repeat(150),
        )
        .expect("memory can be written");
    }
    text
}

/// A scan within so much memory, in a process of its own.
pub(crate) fn within(memory: &str, threads: &str, log: &Path) -> Spawned {
    let options = ["scan", "--memory", memory, "--threads", threads, "--output-format", "ndjson"].map(OsStr::new);
    let arguments: Vec<&OsStr> = options.into_iter().chain([log.as_os_str()]).collect();
    spawned(&arguments, &[])
}

fn written(folder: &tempfile::TempDir, lines: u32) -> PathBuf {
    let path = folder.path().join("access.log");
    fs::write(&path, hostile(lines, 24)).expect("the folder can be written");
    path
}

#[test]
fn a_log_that_is_the_worst_for_every_table_is_scanned_within_the_memory_that_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let log = written(&folder, 150_000);
    for (memory, mebibytes) in [("64MiB", 64), ("128MiB", 128)] {
        let run = within(memory, "2", &log);
        assert!(run.code.is_some_and(|code| code < 2), "{:?} {}", run.code, run.error);
        let peak = run.peak_bytes.expect("the system tells");
        assert!(peak <= mebibytes * (11 << 20) / 10, "{memory}: {} MiB held", peak >> 20);
    }
}

#[test]
fn what_is_within_a_bound_does_not_depend_on_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let log = written(&folder, 60_000);
    let report = |threads: &str| {
        let options = ["scan", "--memory", "64MiB", "--threads", threads, "--output-format", "ndjson"].map(OsStr::new);
        keytrace(options.into_iter().chain([log.as_os_str()])).text().to_owned()
    };
    let whole = report("1");
    for threads in ["2", "7"] {
        assert!(report(threads) == whole, "{threads} threads tell otherwise");
    }
    let scan = &parsed(&whole)[0];
    let limits: Vec<&str> =
        scan["limits_reached"].as_array().unwrap().iter().filter_map(|limit| limit["name"].as_str()).collect();
    for name in ["clients", "odd replies", "findings", "incidents"] {
        assert!(limits.contains(&name), "{name} among {limits:?}");
    }
    let is_told = |setting: &Value| setting["name"] == "memory" && setting["value"] == "67108864";
    assert!(scan["settings"].as_array().unwrap().iter().any(is_told), "{}", scan["settings"]);
}

/// The other commands that read whole logs, each with what it needs to be asked.
const OTHERS: [&[&str]; 4] = [
    &["check", "--since", "2030-01-01"],
    &["trace", "--agent", "*"],
    &["routes", "--output-format", "ndjson"],
    &["audit", "--output-format", "ndjson"],
];

/// A folder with a log that is the worst for every table, and one with a theft.
fn folder_of(lines: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    written(&folder, lines);
    fs::copy(root().join("samples/leaked-env/blog.log"), folder.path().join("blog.log")).expect("the sample is there");
    folder
}

#[test]
fn every_command_that_reads_logs_keeps_within_the_memory_that_was_given() {
    let folder = folder_of(150_000);
    for command in OTHERS {
        let options = command.iter().chain(&["--memory", "64MiB", "--threads", "2"]).map(OsStr::new);
        let run = spawned(&options.chain([folder.path().as_os_str()]).collect::<Vec<_>>(), &[]);
        assert!(run.code.is_some_and(|code| code < 2), "{command:?}: {:?} {}", run.code, run.error);
        let peak = run.peak_bytes.expect("the system tells");
        assert!(peak <= 64 * (11 << 20) / 10, "{command:?}: {} MiB held", peak >> 20);
    }
}

#[test]
fn what_they_tell_within_a_bound_does_not_depend_on_the_threads() {
    let folder = folder_of(40_000);
    for command in OTHERS {
        let told = |threads: &str| {
            let options = command.iter().copied().chain(["--memory", "64MiB", "--threads", threads]).map(OsStr::new);
            keytrace(options.chain([folder.path().as_os_str()])).text().to_owned()
        };
        let whole = told("1");
        assert!(!whole.is_empty(), "{command:?} tells nothing");
        for threads in ["2", "7"] {
            assert!(told(threads) == whole, "{command:?}: {threads} threads tell otherwise");
        }
    }
}

#[test]
fn too_little_memory_is_refused_and_the_least_is_said() {
    let run = keytrace(["scan", "--memory", "63MiB", "access.log"]);
    assert_eq!(run.code, 2);
    assert!(run.error.contains("expected at least 64MiB"), "{}", run.error);
}

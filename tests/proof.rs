//! Evidence: a report can be checked against the logs, and says whether it is whole.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::logs::{self, Hit, Mix, Writing};
use crate::program::{Run, keytrace, of_type, parsed, rows};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Case {
    folder: tempfile::TempDir,
    log: PathBuf,
    report: PathBuf,
}

/// A log, and the report on it.
fn case() -> Case {
    let folder = tempfile::tempdir().unwrap();
    let (log, report) = (folder.path().join("access.log"), folder.path().join("findings.ndjson"));
    fs::write(&log, logs::log(Mix { seed: 5, lines: 900, writing: Writing::Combined, is_mixed: true })).unwrap();
    let run = keytrace([Path::new("scan"), &log, Path::new("-o"), &report]);
    assert!(run.code < 2, "{}", run.error);
    Case { folder, log, report }
}

fn verify(paths: &[&Path]) -> Run {
    keytrace([Path::new("verify")].iter().chain(paths))
}

#[test]
fn every_claim_of_a_report_is_confirmed_by_the_log() {
    let case = case();
    let run = verify(&[&case.report]);
    assert_eq!(run.code, 0, "{}{}", run.text(), run.error);
    assert!(run.text().contains("as it was written") && run.text().contains("access.log: as it was read"));
}

#[test]
fn the_digest_of_a_line_is_that_of_the_bytes_at_its_place() {
    let case = case();
    let bytes = fs::read(&case.log).unwrap();
    let rows = parsed(&fs::read_to_string(&case.report).unwrap());
    let findings = of_type(&rows, "finding");
    assert!(20 < findings.len());
    for finding in findings {
        let place = |key: &str| finding["source"][key].as_u64().unwrap() as usize;
        let line = &bytes[place("offset")..place("offset") + place("length")];
        assert_eq!(finding["source"]["sha256"], hex(&Sha256::digest(line)));
    }
    assert_eq!(rows[0]["inputs"][0]["sha256"], hex(&Sha256::digest(&bytes)));
}

#[test]
fn one_byte_that_changed_is_found_and_named() {
    let case = case();
    let mut bytes = fs::read(&case.log).unwrap();
    let rows = parsed(&fs::read_to_string(&case.report).unwrap());
    let source = &of_type(&rows, "finding")[3]["source"];
    bytes[source["offset"].as_u64().unwrap() as usize + 5] ^= 1;
    fs::write(&case.log, bytes).unwrap();
    let run = verify(&[&case.report, &case.log]);
    assert_eq!(run.code, 1);
    assert!(run.text().contains("access.log: CHANGED"), "{}", run.text());
    let line = source["line"].as_u64().unwrap();
    assert!(run.text().contains(&format!("access.log:{line}\n")), "{}", run.text());
}

#[test]
fn a_report_that_changed_or_lost_its_end_says_so() {
    let case = case();
    let text = fs::read_to_string(&case.report).unwrap();
    fs::write(&case.report, text.replacen("\"rank\":1", "\"rank\":9", 1)).unwrap();
    let run = verify(&[&case.report]);
    assert!(run.code == 1 && run.text().contains("report   CHANGED"), "{}", run.text());
    let rows: Vec<&str> = text.lines().collect();
    fs::write(&case.report, rows[..rows.len() - 1].join("\n")).unwrap();
    let run = verify(&[&case.report]);
    assert!(run.code == 3 && run.text().contains("bears no seal"), "{}", run.text());
    fs::write(&case.report, &text[..text.len() / 2]).unwrap();
    let run = verify(&[&case.report]);
    assert!(run.code == 2 && run.error.contains("findings.ndjson: line "), "{}", run.error);
}

#[test]
fn a_log_that_was_moved_and_compressed_still_confirms_its_lines() {
    let case = case();
    let archive = case.folder.path().join("archive");
    fs::create_dir(&archive).unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&fs::read(&case.log).unwrap()).unwrap();
    fs::write(archive.join("access.log.gz"), encoder.finish().unwrap()).unwrap();
    fs::remove_file(&case.log).unwrap();
    let run = verify(&[&case.report, &archive]);
    assert_eq!(run.code, 3, "the file that was read is not there: {}", run.text());
    let lines = run.text().lines().find(|line| line.starts_with("lines")).unwrap();
    let numbers: Vec<&str> = lines.split_ascii_whitespace().filter(|word| word.parse::<u64>().is_ok()).collect();
    assert_eq!(numbers[0], numbers[1], "every line is there: {lines}");
    assert_eq!(verify(&[&case.report]).code, 3);
}

#[test]
fn what_came_of_a_damaged_archive_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let hit = |second: u64, target: &str| {
        logs::line(&Hit::new(second, "198.51.100.7", target, 404, 153), Writing::Combined) + "\n"
    };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all((hit(1, "/.env") + &hit(2, "/.git/config")).as_bytes()).unwrap();
    let mut bytes = encoder.finish().unwrap();
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    let path = folder.path().join("access.log.gz");
    fs::write(&path, bytes).unwrap();
    let (rows, code) = rows(&[&path]);
    assert_eq!(code, 3);
    assert_eq!((&rows[0]["is_complete"], &rows[0]["inputs"][0]["is_damaged"]), (&false.into(), &true.into()));
    let findings = of_type(&rows, "finding");
    assert!(!findings.is_empty() && findings.iter().all(|finding| finding["source"]["is_tainted"] == true));
}

#[test]
fn what_the_answer_depends_on_is_in_the_report() {
    let case = case();
    let log = case.log.as_os_str();
    let scan = |more: &[&str]| {
        let words = ["scan", "--output-format", "ndjson"].iter().chain(more).map(AsRef::as_ref);
        parsed(keytrace(words.chain([log])).text()).remove(0)
    };
    let (plain, since) = (scan(&[]), scan(&["--since", "2024-01-01"]));
    assert_eq!(plain["settings"], Value::Array(Vec::new()));
    assert_eq!(since["settings"][0]["name"], "since");
    assert_ne!(plain["settings_sha256"], since["settings_sha256"]);
    assert_eq!(scan(&["--threads", "1"])["settings_sha256"], plain["settings_sha256"], "threads change nothing");
    assert_eq!(scan(&["--no-digest"])["inputs"][0]["sha256"], Value::Null);
}

#[cfg(unix)]
#[test]
fn a_signal_stops_a_scan_and_what_was_read_is_reported_as_partial() {
    use std::io::Read;
    use std::os::unix::process::ExitStatusExt;

    use crate::program::started;

    // A pipe that is never closed: the scan goes on until it is stopped.
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("r.ndjson");
    let words = ["scan", "-", "--threads", "2", "-o", report.to_str().unwrap()];
    let mut child = started(&words.map(AsRef::as_ref));
    let mut pipe = child.stdin.take().unwrap();
    let line = logs::line(&Hit::new(1, "198.51.100.7", "/.env", 404, 153), Writing::Combined) + "\n";
    let text = line.repeat((4 << 20) / line.len());
    let feeder = std::thread::spawn(move || while pipe.write_all(text.as_bytes()).is_ok() {});
    std::thread::sleep(std::time::Duration::from_millis(700));
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    let status = child.wait().unwrap();
    feeder.join().unwrap();
    assert_eq!((status.code(), status.signal()), (Some(143), None), "{error}");
    let rows = parsed(&fs::read_to_string(&report).unwrap());
    assert_eq!((&rows[0]["stopped_by"], &rows[0]["is_complete"]), (&"SIGTERM".into(), &false.into()));
    assert!(0 < rows[0]["totals"]["records"].as_u64().unwrap());
    assert_eq!(rows.last().unwrap()["type"], "end");
}

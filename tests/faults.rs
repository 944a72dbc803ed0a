//! Broken, enormous and missing input: said clearly, everything else scanned, memory flat.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::logs::{self, Hit, Writing};
use crate::program::{keytrace, of_type, rows, skipped, spawned};

/// What a process may hold at most, whatever it reads, in bytes.
const PEAK_BYTES_MAX: u64 = 96 << 20;

fn reach(seconds: u64) -> String {
    logs::line(&Hit::new(seconds, "198.51.100.7", "/.env", 404, 153), Writing::Combined) + "\n"
}

fn quiet(seconds: u64) -> String {
    logs::line(&Hit::new(seconds, "203.0.113.4", "/about", 200, 5_120), Writing::Combined) + "\n"
}

fn input<'a>(rows: &'a [Value], name: &str) -> &'a Value {
    let inputs = rows[0]["inputs"].as_array().expect("inputs");
    inputs.iter().find(|input| input["path"].as_str().unwrap().ends_with(name)).expect("the input is listed")
}

fn passed<'a>(rows: &'a [Value], name: &str) -> &'a Value {
    let passed = rows[0]["passed"].as_array().expect("passed");
    passed.iter().find(|passed| passed["path"].as_str().unwrap().ends_with(name)).expect("it is listed")
}

fn written(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the file is written");
    path
}

#[test]
fn a_line_of_a_hundred_megabytes_is_one_fault_and_costs_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let mut out = BufWriter::new(File::create(&path).unwrap());
    out.write_all(reach(1).as_bytes()).unwrap();
    out.write_all(b"203.0.113.4 - - [01/Jun/2024:00:00:02 +0000] \"GET /").unwrap();
    let filler = [b'a'; 1 << 16];
    for _ in 0..(100 << 20) / filler.len() {
        out.write_all(&filler).unwrap();
    }
    out.write_all(b" HTTP/1.1\" 200 1 \"-\" \"-\"\n").unwrap();
    out.write_all(reach(3).as_bytes()).unwrap();
    out.flush().unwrap();

    let (rows, code) = rows(&[&path]);
    assert_eq!(code, 0);
    let input = input(&rows, "access.log");
    assert_eq!((&input["lines"], &input["records"], &input["faults"]), (&3.into(), &2.into(), &1.into()));
    assert_eq!(input["first_faults"][0]["line"], 2);
    assert!(input["first_faults"][0]["expected"].as_str().unwrap().contains("at most 1 MiB"));
    let findings = of_type(&rows, "finding");
    assert_eq!(findings.iter().map(|row| row["source"]["line"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 3]);

    let done = spawned(&["scan".as_ref(), "--threads".as_ref(), "2".as_ref(), path.as_os_str()], &[]);
    assert_eq!(done.code, Some(0));
    match done.peak_bytes {
        Some(peak) => assert!(peak < PEAK_BYTES_MAX, "{peak} bytes at most"),
        None => skipped("this system does not tell how much memory a process held"),
    }
}

#[test]
fn a_large_log_costs_no_more_memory_than_a_small_one() {
    let folder = tempfile::tempdir().unwrap();
    let line = quiet(1);
    let path = written(folder.path(), "large.log", line.repeat((64 << 20) / line.len()));
    let done = spawned(&["scan".as_ref(), "--threads".as_ref(), "2".as_ref(), path.as_os_str()], &[]);
    assert_eq!(done.code, Some(0), "{}", done.error);
    match done.peak_bytes {
        Some(peak) => assert!(peak < PEAK_BYTES_MAX / 2, "{peak} bytes at most"),
        None => skipped("this system does not tell how much memory a process held"),
    }
}

#[test]
fn a_file_of_nothing_but_zero_bytes_is_said_to_be_no_log() {
    let folder = tempfile::tempdir().unwrap();
    let zeros = written(folder.path(), "zeros.log", vec![0; 1 << 20]);
    let log = written(folder.path(), "access.log", reach(1));
    let run = keytrace([&zeros]);
    assert_eq!(run.code, 2, "{}", run.error);
    assert!(run.error.contains("zeros.log: binary data, no log"), "{}", run.error);
    assert_eq!(keytrace([&zeros, &log]).code, 3, "a person named it: something is missing");
    let (rows, code) = rows(&[folder.path()]);
    assert_eq!(code, 0, "in a folder it is met, not named");
    assert_eq!(passed(&rows, "zeros.log")["is_loss"], false);
    assert_eq!(rows[0]["inputs"].as_array().unwrap().len(), 1, "what was passed over was not read");
    assert!(keytrace([folder.path()]).text().contains("Read 1 source:"));
    assert_eq!(of_type(&rows, "finding").len(), 1);
}

#[test]
fn zero_bytes_inside_a_log_are_faults_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let text = [reach(1).as_bytes(), &[0; 5000], b"\n", reach(2).as_bytes()].concat();
    let (rows, code) = rows(&[&written(folder.path(), "access.log", text)]);
    assert_eq!(code, 0);
    assert_eq!((&input(&rows, "access.log")["records"], &input(&rows, "access.log")["faults"]), (&2.into(), &1.into()));
}

#[test]
fn an_empty_file_is_a_log_without_lines() {
    let folder = tempfile::tempdir().unwrap();
    let empty = written(folder.path(), "empty.log", "");
    let run = keytrace([&empty]);
    assert_eq!((run.code, run.error.as_str()), (0, ""));
    let (rows, _) = rows(&[&empty]);
    assert_eq!((&input(&rows, "empty.log")["lines"], &input(&rows, "empty.log")["format"]), (&0.into(), &Value::Null));
}

#[test]
fn a_truncated_archive_is_read_up_to_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    for number in 0..5_000 {
        encoder.write_all(if number == 10 { reach(number) } else { quiet(number) }.as_bytes()).unwrap();
    }
    let whole = encoder.finish().unwrap();
    let path = written(folder.path(), "access.log.gz", &whole[..whole.len() / 2]);
    let run = keytrace([&path]);
    assert_eq!(run.code, 3);
    assert!(run.error.contains("access.log.gz: incomplete: the gzip stream is cut off"), "{}", run.error);
    let (rows, _) = rows(&[&path]);
    let input = input(&rows, "access.log.gz");
    assert!(2_000 < input["records"].as_u64().unwrap() && input["records"].as_u64().unwrap() < 3_000, "{input}");
    assert!(input["cut_short"].as_str().unwrap().contains("cut off"));
    assert_eq!(of_type(&rows, "finding").len(), 1);
}

#[test]
fn bytes_behind_an_archive_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(reach(1).as_bytes()).unwrap();
    let bytes = [&encoder.finish().unwrap()[..], b"something else"].concat();
    let run = keytrace([&written(folder.path(), "access.log.gz", bytes)]);
    assert_eq!(run.code, 3);
    assert!(run.error.contains("behind the last gzip member"), "{}", run.error);
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_and_a_path_through_a_file_are_losses() {
    let folder = tempfile::tempdir().unwrap();
    let log = written(folder.path(), "access.log", reach(1));
    std::os::unix::fs::symlink(folder.path().join("gone"), folder.path().join("link.log")).unwrap();
    let (rows, code) = rows(&[folder.path()]);
    assert_eq!(code, 3);
    assert_eq!(passed(&rows, "link.log")["is_loss"], true);
    assert_eq!(of_type(&rows, "finding").len(), 1, "the log beside it is read");
    let through = log.join("below.log");
    let run = keytrace([&through, &log]);
    assert_eq!(run.code, 3);
    assert!(run.error.contains("below.log: "), "{}", run.error);
    assert_eq!(keytrace([&through]).code, 2);
}

#[cfg(unix)]
#[test]
fn a_folder_that_holds_itself_is_walked_once() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "access.log", reach(1));
    fs::create_dir(folder.path().join("sub")).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("sub/loop")).unwrap();
    let (rows, code) = rows(&[folder.path()]);
    assert_eq!(code, 0);
    assert_eq!(rows[0]["inputs"].as_array().unwrap().len(), 1);
    let loop_row = passed(&rows, "sub/loop");
    assert_eq!(
        (&loop_row["is_loss"], &loop_row["because"]),
        (&false.into(), &"a link to a directory, not followed".into())
    );
}

#[test]
fn what_is_unreadable_does_not_hide_what_is_readable() {
    let folder = tempfile::tempdir().unwrap();
    let good = written(folder.path(), "good.log", reach(1) + &quiet(2));
    let alone = rows(&[&good]).0;
    let bad = [
        written(folder.path(), "zeros.log", vec![0; 4096]),
        written(folder.path(), "torn.gz", b"\x1f\x8b\x08\x00"),
        written(folder.path(), "prose.txt", "Nothing to see here.\n"),
        folder.path().join("missing.log"),
    ];
    let paths: Vec<&Path> = bad.iter().map(PathBuf::as_path).chain([good.as_path()]).collect();
    let (rows, code) = rows(&paths);
    assert_eq!(code, 3);
    let losses = rows[0]["passed"].as_array().unwrap().iter().filter(|row| row["is_loss"] == true).count();
    let cut = rows[0]["inputs"].as_array().unwrap().iter().filter(|row| !row["cut_short"].is_null()).count();
    assert_eq!(losses + cut, bad.len(), "each is reported: {}", rows[0]);
    let requests =
        |rows: &[Value]| of_type(rows, "finding").iter().map(|row| row["request"].clone()).collect::<Vec<_>>();
    assert_eq!(requests(&rows), requests(&alone));
}

#[test]
fn times_at_both_ends_of_the_calendar_are_times() {
    let folder = tempfile::tempdir().unwrap();
    let days = ["01/Jan/0001", "22/Sep/1677", "01/Jan/1970", "22/Sep/2000", "11/Apr/2262", "31/Dec/9999"];
    let line = |(number, day): (usize, &&str)| {
        let target = logs::REACHES[number];
        format!("198.51.100.7 - - [{day}:23:00:00 +0000] \"GET {target} HTTP/1.1\" 200 {} \"-\" \"-\"\n", 900 + number)
    };
    let path = written(folder.path(), "access.log", days.iter().enumerate().map(line).collect::<String>());
    let (rows, code) = rows(&[&path]);
    assert_eq!((of_type(&rows, "finding").len(), code), (days.len(), 1));
    assert!(keytrace([&path]).text().contains("1677-09-22"));
}

//! The pass, tried.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::{Alike, sha256_of_file, trial};

fn log(lines: usize, client: &str) -> String {
    (0..lines)
        .map(|n| format!("{client} - - [10/Oct/2000:13:55:36 -0700] \"GET /{n} HTTP/1.1\" 200 {n} \"-\" \"-\"\n"))
        .collect()
}

/// Records in one document on a single line.
fn document(records: usize) -> String {
    let record = |n| format!(r#"{{"request":"GET /{n} HTTP/1.1","status":200,"body_bytes_sent":{n}}}"#);
    format!(r#"{{"records":[{}]}}"#, (0..records).map(record).collect::<Vec<_>>().join(", "))
}

/// Lines, sum of bytes, and the sum of each line's number times its offset.
fn sums(paths: &[PathBuf], threads: usize, chunk_bytes: usize) -> (u64, u64, u64, Account) {
    let config = Config { threads, chunk_bytes, ..Config::default() };
    let observe = |state: &mut (u64, u64, u64), at: Position, record: &Record<'_>| {
        state.0 += 1;
        state.1 += record.bytes.unwrap();
        state.2 = state.2.wrapping_add(at.line.wrapping_mul(at.offset + 1).wrapping_mul(u64::from(at.source) + 1));
    };
    let merge = |one: &mut (u64, u64, u64), other: (u64, u64, u64)| {
        one.0 += other.0;
        one.1 += other.1;
        one.2 = one.2.wrapping_add(other.2);
    };
    let ((lines, bytes, places), account) =
        fold(&Inputs::find(paths), &config, &Progress::default(), (0, 0, 0), observe, merge).unwrap();
    (lines, bytes, places, account)
}

#[test]
fn the_answer_does_not_depend_on_threads_and_chunks() {
    let root = tempfile::tempdir().unwrap();
    let paths = [root.path().join("a.log"), root.path().join("b.log")];
    fs::write(&paths[0], log(997, "192.0.2.1")).unwrap();
    fs::write(&paths[1], document(13)).unwrap();
    let (lines, bytes, places, _) = sums(&paths, 1, 1 << 20);
    assert_eq!((lines, bytes), (1010, 997 * 996 / 2 + 13 * 12 / 2));
    for (threads, chunk_bytes) in [(1, 1), (1, 1000), (2, 300), (3, 7777), (8, 64)] {
        let again = sums(&paths, threads, chunk_bytes);
        assert_eq!((again.0, again.1, again.2), (lines, bytes, places), "{threads} threads, chunks of {chunk_bytes}");
        assert_eq!(again.3.total().lines, 1010);
    }
}

#[test]
fn a_source_that_cannot_be_read_costs_that_source() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    fs::write(path("a.log"), log(5, "192.0.2.1")).unwrap();
    fs::write(path("b.log"), "12:00:00 something happened\n12:00:01 again\n").unwrap();
    fs::write(path("c.log"), "").unwrap();
    fs::write(path("d.md"), "# Notes\n").unwrap();
    fs::write(path("e.gz"), [0x1F, 0x8B, 8, 0]).unwrap();
    let (lines, .., account) = sums(&[root.path().to_path_buf()], 2, 1000);
    assert_eq!(lines, 5);
    let conditions: Vec<&Condition> = account.sources.iter().map(|source| &source.condition).collect();
    assert!(
        matches!(
            conditions[..],
            [
                Condition::Complete,
                Condition::Unread(_),
                Condition::Complete,
                Condition::NoLog(_),
                Condition::Incomplete(_)
            ]
        ),
        "{conditions:?}"
    );
    assert!(account.has_loss() && account.has_read());
}

#[test]
fn records_outside_the_window_are_counted_and_not_looked_at() {
    let root = tempfile::tempdir().unwrap();
    let undated = "192.0.2.1 - - [31/Feb/2000:13:55:36 -0700] \"GET /undated HTTP/1.1\" 200 1 \"-\" \"-\"\n";
    let text = [trial::log(100, "192.0.2.1"), b"no record\n\n".to_vec(), undated.into()].concat();
    fs::write(root.path().join("a.log"), text).unwrap();
    let noon = 971_208_000;
    let at = |second: i64| accesslog::Time::from_parts(noon + second, 0);
    let window = Window { since: at(10), until: at(30) };
    let (seen, account) = trial::scan(root.path(), &Config { window, ..Config::default() });
    assert_eq!(seen.len(), 20 + 1);
    assert_eq!(seen[0].1, b"/10");
    let source = &account.sources[0];
    assert_eq!((source.outside, source.undated), (80, 1));
    let census = &source.census;
    assert_eq!(census.records + census.fault_count() + census.blank + census.directives, census.lines);
    assert_eq!((census.lines, census.records), (103, 101));
}

#[test]
fn the_same_content_twice_is_counted_once_whichever_worker_comes_first() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    fs::write(path("access.log"), trial::log(500, "192.0.2.1")).unwrap();
    fs::write(path("access.log.1"), trial::log(400, "192.0.2.1")).unwrap();
    fs::copy(path("access.log.1"), path("copy.log")).unwrap();
    for threads in [1, 2, 8] {
        let (seen, account) = trial::scan(root.path(), &Config { threads, ..Config::default() });
        assert_eq!(seen.len(), 900);
        let names: Vec<_> = account.sources.iter().map(|source| source.path.file_name().unwrap()).collect();
        assert_eq!(names, ["access.log.1", "access.log"], "the oldest first");
        // It begins as its older part does, and is read all the same.
        let alike = Alike { path: path("access.log.1"), is_as_long: false };
        assert_eq!(account.sources[1].alike, Some(alike));
        let [skipped] = &account.skipped[..] else { panic!("{:?}", account.skipped) };
        assert_eq!(skipped.path, path("copy.log"));
        assert!(skipped.because.contains("access.log.1, which is read") && !skipped.is_loss);
    }
}

#[test]
fn where_the_program_fails_it_costs_that_source_and_is_said() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    fs::write(path("a.log"), log(100, "192.0.2.1")).unwrap();
    fs::write(path("b.log"), log(50, "192.0.2.2")).unwrap();
    for threads in [1, 2] {
        let config = Config { threads, chunk_bytes: 1000, ..Config::default() };
        let observe = |seen: &mut u64, _: Position, record: &Record<'_>| {
            assert!(record.client != Some(b"192.0.2.1") || record.target != Some(b"/70"), "a mistake");
            *seen += 1;
        };
        let merge = |one: &mut u64, other| *one += other;
        let inputs = Inputs::find([root.path()]);
        let (seen, account) = fold(&inputs, &config, &Progress::default(), 0, observe, merge).unwrap();
        let [a, b] = &account.sources[..] else { panic!("{account:?}") };
        let Condition::Incomplete(because) = &a.condition else { panic!("{a:?}") };
        assert!(because.contains("a mistake of the program"), "{because}");
        assert_eq!((&b.condition, b.census.records), (&Condition::Complete, 50));
        assert!(100 < seen && account.has_loss());
        let census = &a.census;
        assert_eq!((census.lines, census.records + census.fault_count()), (100, 100));
        assert_eq!(census.bytes, log(100, "192.0.2.1").len() as u64);
    }
}

#[test]
fn a_scan_that_is_stopped_says_what_it_did_not_read() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.log"), log(1000, "192.0.2.1")).unwrap();
    fs::write(root.path().join("b.log"), log(1000, "192.0.2.2")).unwrap();
    let progress = Progress::default();
    let observe = |_: &mut (), _: Position, _: &Record<'_>| progress.stop();
    let config = Config { threads: 1, chunk_bytes: 1000, ..Config::default() };
    let ((), account) = fold(&Inputs::find([root.path()]), &config, &progress, (), observe, |(), ()| ()).unwrap();
    let told: Vec<_> = account.losses().map(|(path, because)| (path.file_name().unwrap(), because)).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|(_, because)| because.contains("was stopped before")), "{told:?}");
}

#[test]
fn digests_are_those_of_the_files() {
    let root = tempfile::tempdir().unwrap();
    let members =
        trial::tar(&[("one.log", log(5, "192.0.2.1").as_bytes()), ("two.log", log(6, "192.0.2.2").as_bytes())]);
    fs::write(root.path().join("a.log"), log(7, "192.0.2.3")).unwrap();
    fs::write(root.path().join("b.tar"), members).unwrap();
    let config = Config { has_digests: true, ..Config::default() };
    let (_, account) = trial::scan(root.path(), &config);
    let digest = |name: &str| sha256_of_file(&root.path().join(name), || true).ok();
    let digests: Vec<_> = account.sources.iter().map(|source| source.digest).collect();
    assert_eq!(digests, [digest("a.log"), digest("b.tar"), digest("b.tar")]);
    assert!(trial::scan(root.path(), &Config::default()).1.sources.iter().all(|source| source.digest.is_none()));
}

#[test]
fn a_last_line_without_its_end_is_told() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a.log");
    let whole = log(40, "192.0.2.1");
    for (text, is_open) in [(&whole[..], false), (&whole[..whole.len() - 1], true), (&whole[..whole.len() - 30], true)]
    {
        fs::write(&path, text).unwrap();
        for chunk_bytes in [1, 500, 1 << 20] {
            let config = Config { threads: 2, chunk_bytes, ..Config::default() };
            let inputs = Inputs::find(std::slice::from_ref(&path));
            let (_, account) = fold(&inputs, &config, &Progress::default(), (), |_, _, _| {}, |_, ()| {}).unwrap();
            assert_eq!(account.sources[0].is_last_line_open, is_open, "{chunk_bytes}");
        }
    }
    fs::write(&path, document(3)).unwrap();
    let (.., account) = sums(&[path], 1, 1 << 20);
    assert!(!account.sources[0].is_last_line_open, "a document has no lines to be cut");
}

#[test]
fn passes_within_some_threads_use_those_and_no_others() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("a.log");
    fs::write(&path, log(50, "192.0.2.1")).unwrap();
    let inputs = Inputs::find([&path]);
    let seen_by = |threads: usize| {
        let config = Config { threads, chunk_bytes: 100, ..Config::default() };
        let observe = |seen: &mut Vec<thread::ThreadId>, _: Position, _: &Record<'_>| seen.push(thread::current().id());
        let merge = |seen: &mut Vec<_>, other| seen.extend(other);
        fold(&inputs, &config, &Progress::default(), Vec::new(), observe, merge).unwrap().0
    };
    let config = Config { threads: 1, ..Config::default() };
    on_threads(&config, || {
        let own = thread::current().id();
        assert_eq!(seen_by(1), [own; 50]);
        assert!(!seen_by(2).contains(&own), "of another number there are others");
    })
    .unwrap();
}

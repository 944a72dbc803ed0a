//! How fast a scan is, stage by stage: lines, records, observation, judgement, and the whole, at one thread and at all, on
//! three shapes of logs.
//!
//! Every bench first checks its answer. Throughput is of plain text; divide by the bytes of a line (the first thing
//! printed) for the time a line takes. Where the environment sets `KEYTRACE_BENCH_MIB`, the log has that many mebibytes
//! instead of 256.

#![allow(missing_docs)]

#[allow(unreachable_pub, dead_code)]
mod shapes;
#[allow(unreachable_pub, dead_code)]
mod shop;

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::thread;

use accesslog::{Census, Chunk, Position, Record, parse_chunk, recognise};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use detect::Detector;
use scan::{Config, Inputs, Progress};
use shapes::Shape;

const SEED: u64 = 2024;

fn mebibytes() -> usize {
    // Run as a test, a bench shows that it works, not how fast.
    let default = if std::env::args().any(|argument| argument == "--bench") { 256 } else { 2 };
    std::env::var("KEYTRACE_BENCH_MIB").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn stages(criterion: &mut Criterion) {
    for shape in Shape::ALL {
        stages_of(criterion, shape);
        whole(criterion, shape);
    }
}

fn stages_of(criterion: &mut Criterion, shape: Shape) {
    let log = shape.log(SEED, mebibytes() << 20);
    let chunk = Chunk { bytes: &log, start: Position { line: 1, ..Position::default() } };
    let lines = chunk.lines().count() as u64;
    let reading = recognise(&log[..log.len().min(1 << 16)]).reading.expect("the log has a format");
    let name = format!("{} in memory, {} bytes a line", shape.name(), log.len() as u64 / lines);
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(log.len() as u64)).sample_size(10);

    group.bench_function("lines", |bencher| {
        bencher.iter(|| black_box(chunk).lines().map(|line| line.bytes.len()).sum::<usize>());
    });

    let parse = || {
        let mut census = Census::default();
        let mut bytes = 0;
        parse_chunk(chunk, &reading, &mut census, |_, record| bytes += record.bytes.unwrap_or(0));
        (census, bytes)
    };
    assert_eq!(parse().0.records, lines, "every line is a record");
    group.bench_function("parse", |bencher| bencher.iter(parse));

    let observe = || {
        let (mut census, mut detector) = (Census::default(), Detector::default());
        parse_chunk(chunk, &reading, &mut census, |at, record| detector.observe(at, record));
        detector
    };
    let verdict = observe().finish();
    assert_eq!(verdict.records, lines);
    assert!(shape.is_answer(verdict.findings, lines), "{} of {lines} lines", verdict.findings);
    group.bench_function("parse and observe", |bencher| bencher.iter(observe));
    let observed = observe();
    group.bench_function("finish", |bencher| {
        bencher.iter_batched(|| observed.clone(), Detector::finish, BatchSize::LargeInput);
    });
    group.finish();
}

fn whole(criterion: &mut Criterion, shape: Shape) {
    let folder = tempfile::tempdir().expect("a folder for the log");
    let path = folder.path().join("access.log");
    let log = shape.log(SEED, mebibytes() << 20);
    fs::write(&path, &log).expect("the log is written");
    let lines = memchr_count(&log);
    let mut group = criterion.benchmark_group(format!("{} in a file", shape.name()));
    group.throughput(Throughput::Bytes(log.len() as u64)).sample_size(10);
    let all = thread::available_parallelism().map_or(1, usize::from);
    for threads in if all == 1 { vec![1] } else { vec![1, all] } {
        let counted = || by_status(&path, threads);
        assert_eq!(counted().iter().sum::<u64>(), lines, "every record has a status");
        group.bench_function(format!("records by status, {threads} threads"), |bencher| bencher.iter(counted));
        let scan = || scan(&path, threads);
        assert_eq!(scan(), lines, "every line is a record");
        group.bench_function(format!("whole scan, {threads} threads"), |bencher| bencher.iter(scan));
    }
    group.finish();
}

/// Scans a log to the end; gives the number of its records.
fn scan(path: &Path, threads: usize) -> u64 {
    let inputs = Inputs::find([PathBuf::from(path)]);
    let config = Config { threads, ..Config::default() };
    let observe = |detector: &mut Detector, at: Position, record: &Record<'_>| detector.observe(at, record);
    let (detector, _) =
        scan::fold(&inputs, &config, &Progress::default(), Detector::default(), observe, Detector::merge)
            .expect("threads");
    detector.finish().records
}

/// Reads a log to the end; gives the number of its records by their status.
fn by_status(path: &Path, threads: usize) -> Vec<u64> {
    let inputs = Inputs::find([PathBuf::from(path)]);
    let config = Config { threads, ..Config::default() };
    let observe = |counts: &mut Vec<u64>, _: Position, record: &Record<'_>| {
        if let Some(count) = record.status.and_then(|status| counts.get_mut(usize::from(status))) {
            *count += 1;
        }
    };
    let merge = |all: &mut Vec<u64>, other: Vec<u64>| all.iter_mut().zip(other).for_each(|(all, one)| *all += one);
    scan::fold(&inputs, &config, &Progress::default(), vec![0; 600], observe, merge).expect("threads").0
}

fn memchr_count(text: &[u8]) -> u64 {
    text.iter().filter(|byte| **byte == b'\n').count() as u64
}

criterion_group!(benches, stages);
criterion_main!(benches);

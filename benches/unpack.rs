//! What a scan of compressed logs costs beside bare decompression by the same library.
//!
//! One file on all threads: decompression cannot be shared out, so nothing can be faster than it alone; the rest of the
//! scan should hide behind it. Many files: the work is shared out, and more threads help. Medians of five, taken in
//! turns, so that a busy machine slows all alike. `KEYTRACE_BENCH_MIB` sets the size of the log.

#![allow(missing_docs)]
// Its figures are what it is run for.
#![allow(clippy::print_stdout)]

#[allow(dead_code, unreachable_pub)]
mod shop;

use std::fs::{self, File};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use accesslog::{Position, Record};
use detect::Detector;
use scan::{Config, Inputs, Progress};

const RUNS: usize = 5;
const FILES: usize = 16;

fn main() {
    // Run as a test, a bench shows that it works, not how fast.
    let default = if std::env::args().any(|argument| argument == "--bench") { 320 } else { 2 };
    let mebibytes = std::env::var("KEYTRACE_BENCH_MIB").ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let folder = tempfile::tempdir().expect("a folder for the logs");
    let log = shop::log(2024, mebibytes << 20);
    let lines = log.iter().filter(|byte| **byte == b'\n').count() as u64;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{mebibytes} MiB, {lines} lines, {threads} threads, medians of {RUNS}");

    let path = |name: &str| folder.path().join(name);
    fs::write(path("plain.log"), &log).expect("the log is written");
    fs::write(path("one.gz"), gzip(&log)).expect("the log is written");
    fs::write(path("one.zst"), zstd::encode_all(&log[..], 3).expect("memory")).expect("the log is written");
    fs::create_dir(path("many")).expect("a folder for many logs");
    for (number, part) in parts(&log).enumerate() {
        fs::write(path("many").join(format!("part{number}.gz")), gzip(part)).expect("the log is written");
    }
    drop(log);

    let bare_gzip = || bare(&mut flate2::bufread::MultiGzDecoder::new(open(&path("one.gz"))));
    let bare_zstd = || bare(&mut zstd::Decoder::with_buffer(open(&path("one.zst"))).expect("a decoder"));
    let parse_of = |name: &str, threads: usize| {
        let path = path(name);
        move || assert_eq!(parse(&path, threads), lines, "every line is a record")
    };
    let (parse_gzip, parse_zstd) = (parse_of("one.gz", threads), parse_of("one.zst", threads));
    let scan_of = |name: &str, threads: usize| {
        let path = path(name);
        move || assert_eq!(scan(&path, threads), lines, "every line is a record")
    };
    let plain = scan_of("plain.log", threads);
    let (gzip, zstd) = (scan_of("one.gz", threads), scan_of("one.zst", threads));
    let (alone, many) = (scan_of("many", 1), scan_of("many", threads));
    let works: [&dyn Fn(); 9] = [&plain, &bare_gzip, &parse_gzip, &gzip, &bare_zstd, &parse_zstd, &zstd, &alone, &many];
    let [plain, bare_gzip, parse_gzip, gzip, bare_zstd, parse_zstd, zstd, alone, many] = medians(works);
    let line = |name: &str, bare: f64, parse: f64, scan: f64| {
        let (of_parse, of_scan) = (parse / bare, scan / bare);
        println!(
            "{name}  bare {bare:.3} s, parsed {parse:.3} s: {of_parse:.2} times, scanned {scan:.3} s: {of_scan:.2} times"
        );
    };
    println!("plain     scanned {plain:.3} s");
    line("one .gz ", bare_gzip, parse_gzip, gzip);
    line("one .zst", bare_zstd, parse_zstd, zstd);
    println!("{FILES} .gz    one thread {alone:.3} s, {threads} threads {many:.3} s: {:.2} times faster", alone / many);
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

/// The log in pieces of whole lines.
fn parts(log: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = log;
    (0..FILES).map(move |number| {
        let about = rest.len() / (FILES - number);
        let end = rest[about..].iter().position(|byte| *byte == b'\n').map_or(rest.len(), |more| about + more + 1);
        let (part, behind) = rest.split_at(end);
        rest = behind;
        part
    })
}

fn open(path: &Path) -> BufReader<File> {
    BufReader::with_capacity(128 << 10, File::open(path).expect("the log is there"))
}

/// Decompresses to the end into one buffer.
fn bare(reader: &mut dyn Read) {
    let mut buffer = vec![0; 512 << 10];
    while reader.read(&mut buffer).expect("the log is sound") != 0 {}
}

/// Scans to the end; gives the number of records.
fn scan(path: &Path, threads: usize) -> u64 {
    let inputs = Inputs::find([PathBuf::from(path)]);
    let config = Config { threads, ..Config::default() };
    let observe = |detector: &mut Detector, at: Position, record: &Record<'_>| detector.observe(at, record);
    let (detector, _) =
        scan::fold(&inputs, &config, &Progress::default(), Detector::default(), observe, Detector::merge)
            .expect("threads");
    detector.finish().records
}

/// Reads to the end and looks at no record; gives their number.
fn parse(path: &Path, threads: usize) -> u64 {
    let inputs = Inputs::find([PathBuf::from(path)]);
    let config = Config { threads, ..Config::default() };
    let observe = |count: &mut u64, _: Position, _: &Record<'_>| *count += 1;
    scan::fold(&inputs, &config, &Progress::default(), 0, observe, |one, other| *one += other).expect("threads").0
}

/// The median time of each in seconds.
fn medians<const N: usize>(works: [&dyn Fn(); N]) -> [f64; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..RUNS {
        for (work, times) in works.iter().zip(&mut times) {
            let start = Instant::now();
            work();
            times.push(start.elapsed().as_secs_f64());
        }
    }
    times.map(|mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[RUNS / 2]
    })
}

//! How many instructions a line takes, stage by stage, as valgrind counts them: the same on a busy machine and an idle one.
//!
//! Each stage is run once and then once more in another process; the difference is what it takes, whatever it takes to
//! begin. The counts are held against those in `instructions.txt`, which hold for the compiler named there and the
//! profile of the tests; beyond [`TOLERANCE`] more it fails. `KEYTRACE_BLESS=1` writes them anew. Where there is no
//! valgrind, the stages are run, their answers are checked, and it says that nothing was counted.

#![allow(missing_docs)]

#[allow(unreachable_pub, dead_code)]
mod shapes;
#[allow(unreachable_pub, dead_code)]
mod shop;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};

use accesslog::{Census, Chunk, Position, Reading, parse_chunk, recognise};
use detect::Detector;
use shapes::Shape;

const SEED: u64 = 2024;
const LOG_BYTES: usize = 2 << 20;

/// How many hundredths more than recorded are no failure: keys that are drawn for each run, and small changes, make a
/// difference.
const TOLERANCE: u64 = 4;

/// What is counted: a name, and whether the records are observed.
const STAGES: [(&str, Shape, bool); 5] = [
    ("parse, shop", Shape::Shop, false),
    ("parse, hostile", Shape::Hostile, false),
    ("parse and observe, shop", Shape::Shop, true),
    ("parse and observe, api", Shape::Api, true),
    ("parse and observe, hostile", Shape::Hostile, true),
];

/// Says something on standard error, past what a test runner captures.
fn say(text: std::fmt::Arguments<'_>) {
    use std::io::Write;
    writeln!(std::io::stderr(), "{text}").expect("standard error can be written");
}

fn main() -> ExitCode {
    if let Ok(twice) = std::env::var("KEYTRACE_STAGE_TWICE") {
        run(twice.parse().ok());
        return ExitCode::SUCCESS;
    }
    run(None);
    // Other profiles give other counts.
    let is_usual = matches!(option_env!("CARGO_PROFILE_TEST_OPT_LEVEL"), None | Some("2"));
    if !is_usual || std::env::args().any(|argument| argument == "--bench") {
        say(format_args!("instructions are counted in the profile of the tests alone"));
        return ExitCode::SUCCESS;
    }
    let Some(base) = counted(None) else {
        say(format_args!("no instructions are counted: there is no valgrind"));
        return ExitCode::SUCCESS;
    };
    let counts = STAGES.iter().enumerate().map(|(stage, (name, shape, _))| {
        let twice = counted(Some(stage)).expect("valgrind is there");
        (*name, (twice - base) / lines(&shape.log(SEED, LOG_BYTES)))
    });
    judge(&counts.collect::<Vec<_>>())
}

/// Runs every stage once, and one of them twice.
fn run(twice: Option<usize>) {
    for (stage, (name, shape, has_detector)) in STAGES.into_iter().enumerate() {
        let log = shape.log(SEED, LOG_BYTES);
        let reading = recognise(&log[..1 << 16]).reading.expect("the log has a format");
        for _ in 0..if twice == Some(stage) { 2 } else { 1 } {
            let (records, findings) = pass(&log, &reading, has_detector);
            assert_eq!(records, lines(&log), "{name}: every line is a record");
            assert!(
                findings.is_none_or(|findings| shape.is_answer(findings, records)),
                "{name}: {findings:?} findings"
            );
        }
    }
}

/// Reads a log; gives the number of its records and, if they are observed, that of the findings.
fn pass(log: &[u8], reading: &Reading, has_detector: bool) -> (u64, Option<u64>) {
    let chunk = Chunk { bytes: log, start: Position { line: 1, ..Position::default() } };
    let mut census = Census::default();
    if !has_detector {
        parse_chunk(chunk, reading, &mut census, |_, record| _ = black_box(record));
        return (census.records, None);
    }
    let mut detector = Detector::default();
    parse_chunk(chunk, reading, &mut census, |at, record| detector.observe(at, record));
    (census.records, Some(detector.finish().findings))
}

fn lines(log: &[u8]) -> u64 {
    log.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// The instructions of a run in which one stage is run twice; nothing where there is no valgrind.
fn counted(twice: Option<usize>) -> Option<u64> {
    let program = std::env::current_exe().expect("a program knows where it is");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .env("KEYTRACE_STAGE_TWICE", twice.map_or(String::new(), |stage| stage.to_string()))
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    collected.map(|(_, number)| number.trim().parse().expect("valgrind counts"))
}

/// Holds the counts against those that are recorded.
fn judge(counts: &[(&str, u64)]) -> ExitCode {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt");
    let compiler = Command::new("rustc").arg("--version").output().ok();
    let compiler = compiler.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    if std::env::var_os("KEYTRACE_BLESS").is_some() {
        let mut text = format!("# Instructions a line, by benches/instructions.rs, with {compiler}\n");
        counts.iter().for_each(|(name, count)| writeln!(text, "{name}: {count}").expect("memory can be written"));
        std::fs::write(&path, text).expect("the counts are written");
    }
    let recorded = std::fs::read_to_string(&path).unwrap_or_default();
    let known: BTreeMap<&str, u64> = recorded
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter_map(|(name, count)| Some((name, count.parse().ok()?)))
        .collect();
    let is_comparable = recorded.lines().next().is_some_and(|head| head.ends_with(&compiler));
    let mut is_slower = false;
    for (name, count) in counts {
        let before = known.get(name).copied().unwrap_or(0);
        is_slower |= before * (100 + TOLERANCE) < count * 100;
        say(format_args!("{name}: {count} instructions a line, {before} recorded"));
    }
    if is_slower && is_comparable {
        say(format_args!(
            "more than {TOLERANCE} % more than recorded: a slower change, or one to be recorded with its reason"
        ));
        // Libraries take other ways on other processors: only who knows that the counts are of this one lets them judge.
        if std::env::var_os("KEYTRACE_INSTRUCTIONS").is_some_and(|value| value == "judge") {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

//! How fast a line is parsed: by a format written by hand, by a layout that a person gave, and from JSON.
//!
//! The log is that of `fold`, in memory, on one thread. Every bench first checks that every line is a record. Throughput
//! is of lines: the time a line takes is its inverse. A JSON format and the libraries that it is held against each go
//! beside one another in `json`.

#![allow(missing_docs)]

#[allow(unreachable_pub, dead_code)]
mod shop;

use std::hint::black_box;

use accesslog::{Chunk, Format, Position, log_format, named};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const SEED: u64 = 2024;
const LOG_BYTES: usize = 8 << 20;

const NGINX: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;
const APACHE: &str = r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#;

fn combined(criterion: &mut Criterion) {
    let log = shop::log(SEED, LOG_BYTES);
    let lines = lines(&log);
    let written = named("combined").expect("a format of the list");
    let nginx = log_format(NGINX).expect("a layout");
    let apache = log_format(APACHE).expect("a layout");
    let mut group = criterion.benchmark_group("combined");
    group.throughput(Throughput::Elements(lines.len() as u64));
    for (name, format) in [("written by hand", written), ("nginx log_format", &*nginx), ("Apache LogFormat", &*apache)]
    {
        assert_eq!(records(format, &lines), lines.len(), "every line is a record");
        group.bench_function(name, |bencher| bencher.iter(|| records(format, black_box(&lines))));
    }
    group.finish();
}

fn lines(log: &[u8]) -> Vec<&[u8]> {
    let chunk = Chunk { bytes: log, start: Position::default() };
    chunk.lines().map(|line| line.bytes).collect()
}

/// How many of the lines are records.
fn records(format: &dyn Format, lines: &[&[u8]]) -> usize {
    lines.iter().filter(|line| matches!(black_box(format.parse(line)), Ok(Some(_)))).count()
}

criterion_group!(benches, combined);
criterion_main!(benches);

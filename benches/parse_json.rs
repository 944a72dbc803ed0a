//! How fast a JSON line becomes a record, beside three libraries that make a borrowing struct of the same keys.
//!
//! The libraries check UTF-8 and read no time; the record has its time read and its request line split. What each makes
//! of the lines is summed and must agree, so none can win by doing nothing.

use std::borrow::Cow;
use std::fmt::Write;
use std::hint::black_box;

use accesslog::named;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde::Deserialize;

const LINES: usize = 2_000;

/// What the lines come to: statuses and bytes, and the lengths of targets and agents.
type Sum = (u64, u64, usize);

#[derive(Deserialize)]
struct NginxLine<'a> {
    #[serde(borrow)]
    time_iso8601: Cow<'a, str>,
    #[serde(borrow)]
    msec: Cow<'a, str>,
    #[serde(borrow)]
    remote_addr: Cow<'a, str>,
    #[serde(borrow)]
    remote_user: Cow<'a, str>,
    #[serde(borrow)]
    request: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    body_bytes_sent: Cow<'a, str>,
    #[serde(borrow)]
    http_referer: Cow<'a, str>,
    #[serde(borrow)]
    http_user_agent: Cow<'a, str>,
    #[serde(borrow)]
    http_x_forwarded_for: Cow<'a, str>,
    #[serde(borrow)]
    request_uri: Cow<'a, str>,
    #[serde(borrow)]
    host: Cow<'a, str>,
    request_time: f64,
}

impl NginxLine<'_> {
    fn sum(&self) -> Sum {
        // All is looked at, or a clever compiler would leave it out.
        black_box((&self.time_iso8601, &self.msec, &self.remote_addr, &self.remote_user, &self.request));
        black_box((&self.http_referer, &self.http_x_forwarded_for, &self.host, self.request_time));
        let number = |text: &str| text.parse::<u64>().expect("a number");
        (number(&self.status), number(&self.body_bytes_sent), self.request_uri.len() + self.http_user_agent.len())
    }
}

#[derive(Deserialize)]
struct CaddyLine<'a> {
    ts: f64,
    #[serde(borrow)]
    request: CaddyRequest<'a>,
    duration: f64,
    size: u64,
    status: u64,
}

#[derive(Deserialize)]
struct CaddyRequest<'a> {
    #[serde(borrow)]
    client_ip: Cow<'a, str>,
    #[serde(borrow)]
    proto: Cow<'a, str>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    host: Cow<'a, str>,
    #[serde(borrow)]
    uri: Cow<'a, str>,
    #[serde(borrow)]
    headers: CaddyHeaders<'a>,
}

#[derive(Deserialize)]
struct CaddyHeaders<'a> {
    #[serde(borrow, rename = "User-Agent")]
    agent: [Cow<'a, str>; 1],
}

impl CaddyLine<'_> {
    fn sum(&self) -> Sum {
        let request = &self.request;
        black_box((self.ts, self.duration, &request.client_ip, &request.proto, &request.method, &request.host));
        (self.status, self.size, request.uri.len() + request.headers.agent[0].len())
    }
}

const AGENT: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36";

fn nginx_lines() -> Vec<u8> {
    let mut text = String::new();
    for n in 0..LINES {
        let (bytes, status) = (n * 37 % 90_000, [200, 200, 200, 304, 404][n % 5]);
        let uri = format!("/products/{n}/images?size=large&page={}", n % 17);
        writeln!(
            text,
            r#"{{"time_iso8601":"2024-05-01T00:{:02}:{:02}+00:00","msec":"17145217{:02}.{:03}","remote_addr":"192.0.2.{}","remote_user":"","request":"GET {uri} HTTP/1.1","status":"{status}","body_bytes_sent":"{bytes}","http_referer":"https://shop.example/products/{}","http_user_agent":"{AGENT}","http_x_forwarded_for":"","request_uri":"{uri}","host":"shop.example","request_time":0.{:03}}}"#,
            n / 60 % 60,
            n % 60,
            n % 100,
            n % 1000,
            n % 256,
            n / 3,
            n % 1000,
        )
        .expect("writing to a string");
    }
    text.into_bytes()
}

fn caddy_lines() -> Vec<u8> {
    let mut text = String::new();
    for n in 0..LINES {
        let (bytes, status) = (n * 37 % 90_000, [200, 200, 200, 304, 404][n % 5]);
        writeln!(
            text,
            r#"{{"level":"info","ts":17145217{:02}.{:03},"logger":"http.log.access.log0","msg":"handled request","request":{{"remote_ip":"192.0.2.{}","remote_port":"54140","client_ip":"192.0.2.{}","proto":"HTTP/2.0","method":"GET","host":"shop.example","uri":"/products/{n}/images?size=large","headers":{{"Accept":["image/avif,image/webp,*/*"],"User-Agent":["{AGENT}"],"Accept-Encoding":["gzip, deflate, br"],"Accept-Language":["en-US,en;q=0.9"]}},"tls":{{"resumed":false,"version":772,"cipher_suite":4865,"proto":"h2","server_name":"shop.example"}}}},"bytes_read":0,"user_id":"","duration":0.00{:03},"size":{bytes},"status":{status},"resp_headers":{{"Server":["Caddy"],"Etag":["\"toxaed6\""],"Content-Type":["text/html; charset=utf-8"]}}}}"#,
            n % 100,
            n % 1000,
            n % 256,
            n % 256,
            n % 1000,
        )
        .expect("writing to a string");
    }
    text.into_bytes()
}

fn add(one: Sum, other: Sum) -> Sum {
    (one.0 + other.0, one.1 + other.1, one.2 + other.2)
}

/// Sums what `read` makes of each line.
fn sum<'a>(lines: &[&'a [u8]], mut read: impl FnMut(&'a [u8]) -> Sum) -> Sum {
    lines.iter().fold((0, 0, 0), |sum, line| add(sum, read(line)))
}

fn records(name: &str) -> impl Fn(&[u8]) -> Sum {
    let format = named(name).expect("a format of the list");
    move |line| {
        let record = format.parse(line).expect("a line of the format").expect("a record");
        let length = record.target.map_or(0, <[u8]>::len) + record.agent.map_or(0, <[u8]>::len);
        black_box(record);
        (u64::from(record.status.unwrap_or(0)), record.bytes.unwrap_or(0), length)
    }
}

/// The libraries, each by the sum of a line.
macro_rules! readers {
    ($line:ident) => {{
        let serde = |line: &[u8]| serde_json::from_slice::<$line>(line).expect("JSON").sum();
        let sonic = |line: &[u8]| sonic_rs::from_slice::<$line>(line).expect("JSON").sum();
        let mut buffer = Vec::new();
        // It unescapes in place, so that the line must be copied first: that is part of using it.
        let simd = move |line: &[u8]| {
            buffer.clear();
            buffer.extend_from_slice(line);
            simd_json::from_slice::<$line>(&mut buffer).expect("JSON").sum()
        };
        (serde, sonic, simd)
    }};
}

fn parse(criterion: &mut Criterion) {
    let (nginx, caddy) = (nginx_lines(), caddy_lines());
    let (serde, sonic, simd) = readers!(NginxLine);
    compare(criterion, "nginx_json", &nginx, serde, sonic, simd);
    let (serde, sonic, simd) = readers!(CaddyLine);
    compare(criterion, "caddy_json", &caddy, serde, sonic, simd);
}

fn compare(
    criterion: &mut Criterion,
    name: &str,
    text: &[u8],
    serde: impl Fn(&[u8]) -> Sum,
    sonic: impl Fn(&[u8]) -> Sum,
    mut simd: impl FnMut(&[u8]) -> Sum,
) {
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let ours = records(name);
    let want = sum(&lines, &ours);
    assert_eq!(sum(&lines, &serde), want);
    assert_eq!(sum(&lines, &sonic), want);
    assert_eq!(sum(&lines, &mut simd), want);
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(lines.len() as u64));
    group.bench_function("record", |bencher| bencher.iter(|| sum(black_box(&lines), &ours)));
    group.bench_function("serde_json", |bencher| bencher.iter(|| sum(black_box(&lines), &serde)));
    group.bench_function("sonic_rs", |bencher| bencher.iter(|| sum(black_box(&lines), &sonic)));
    group.bench_function("simd_json", |bencher| bencher.iter(|| sum(black_box(&lines), &mut simd)));
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);

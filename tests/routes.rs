//! `keytrace routes`, as its user meets it: what it tells of a service that was written for it, that the answer depends on
//! neither threads nor order nor cut, and that it is true of logs that were not.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::logs::Dice;
use crate::program::{keytrace, of_type, parsed, root, skipped};

/// The routes of these paths, as they are written for programs.
fn told(paths: &[&Path], options: &[&str]) -> String {
    let paths = paths.iter().map(|path| path.to_str().expect("plain names"));
    let arguments = ["routes", "--output-format", "ndjson"].into_iter().chain(paths).chain(options.iter().copied());
    let run = keytrace(arguments);
    assert_eq!(run.code, 0, "{}", run.error);
    run.text().to_owned()
}

fn route<'a>(rows: &'a [Value], spelling: &str) -> &'a Value {
    let routes = of_type(rows, "route");
    let spelt: Vec<&str> = routes.iter().filter_map(|row| row["route"].as_str()).collect();
    routes.iter().find(|row| row["route"] == spelling).unwrap_or_else(|| panic!("{spelling} in {spelt:?}"))
}

struct Service {
    text: String,
    second: usize,
}

impl Service {
    fn line(&mut self, client: usize, request: &str, status: u16, bytes: u64, referer: &str) {
        self.second += 1;
        let (hour, minute, second) = (self.second / 3600 % 24, self.second / 60 % 60, self.second % 60);
        writeln!(
            self.text,
            "203.0.113.{client} - - [01/May/2024:{hour:02}:{minute:02}:{second:02} +0000] \"{request} HTTP/1.1\" {status} \
             {bytes} \"{referer}\" \"x\""
        )
        .expect("memory can be written");
    }
}

/// A small service with a route of most kinds, and a stranger who guesses.
fn service() -> String {
    let mut log = Service { text: String::new(), second: 0 };
    for number in 0..120 {
        let client = number % 40;
        let page = format!("https://s.example/products/{}", number % 60);
        log.line(client, &format!("GET /products/{}", number % 60), 200, 9000, "-");
        log.line(client, "GET /assets/app.0c33a1f0.js", 200, 80_000, &page);
        log.line(client, &format!("GET /api/orders/{}", 7000 + number), 200, 1500, &page);
        log.line(client, "GET /api/orders", 200, 3000, &page);
        log.line(client, &format!("GET /api/preview?u=https%3A%2F%2Fh{}.example%2Fa", number % 30), 200, 700, &page);
        log.line(client, "GET /api/preview?u=10.0.0.9", 502, 70, &page);
        log.line(client, "POST /login?next=/account", if number % 3 == 0 { 401 } else { 200 }, 300, &page);
        log.line(99, "GET /healthz", 200, 15, "-");
        log.line(66, &format!("GET /guess{}", "x".repeat(number)), 404, 150, "-");
        log.line(
            client,
            &format!("GET /blog/{}", "abcdefghij".repeat(2).split_at(number % 10).1.repeat(1 + number / 10)),
            200,
            5000,
            "-",
        );
    }
    log.text
}

#[test]
fn the_routes_of_a_service_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    fs::write(&path, service()).unwrap();
    let rows = parsed(&told(&[&path], &[]));
    for (spelling, kind) in [
        ("/products/*", "page"),
        ("/assets/app.#.js", "static"),
        ("/api/orders/*", "object"),
        ("/api/orders", "list"),
        ("/api/preview", "fetch"),
        ("/login", "auth"),
        ("/healthz", "health"),
        ("/blog/{name}", "page"),
    ] {
        assert_eq!(route(&rows, spelling)["kind"], kind, "{spelling}");
    }
    let orders = route(&rows, "/api/orders/*");
    assert_eq!((&orders["object_segment"], &orders["objects"]), (&3.into(), &120.into()));
    assert_eq!((&orders["clients"], &orders["bytes_p50"]), (&40.into(), &1408.into()));
    let preview = route(&rows, "/api/preview");
    assert_eq!((&preview["requests"], &preview["answered_per_mille"]), (&240.into(), &500.into()));
    assert_eq!(preview["statuses"], serde_json::json!({"2xx": 120, "5xx": 120}));
    assert_eq!((&preview["params"][0]["class"], &preview["params"][0]["hosts"]), (&"url".into(), &30.into()));
    let login = route(&rows, "/login");
    assert_eq!((&login["params"][0]["class"], &login["methods"]["POST"]), (&"path".into(), &80.into()));
    assert_eq!(login["statuses"]["4xx"], 40);
    assert_eq!((&rows[0]["never_answered_routes"], &rows[0]["never_answered_requests"]), (&120.into(), &120.into()));
    let all: u64 = of_type(&rows, "route").iter().filter_map(|row| row["requests"].as_u64()).sum();
    assert_eq!(all + 120, rows[0]["requests"].as_u64().unwrap(), "each request is told once");
}

#[test]
fn the_routes_depend_on_neither_threads_nor_order_nor_cut() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let mut dice = Dice::new(7);
    // More routes, parameters, clients and hosts than are kept.
    let mut log = Service { text: service(), second: 9000 };
    for number in 0..30_000 {
        let word: String = (0..3).map(|_| char::from(b'a' + dice.below(26) as u8)).collect();
        let target = format!("GET /{word}/x?p{}=https://h{number}.example/", number % 90);
        log.line(dice.below(250), &target, [200, 302, 404][number % 3], dice.below(1 << 20) as u64, "-");
    }
    let whole = write("whole.log", &log.text);
    let want = told(&[&whole], &["--threads", "1"]);
    assert!(want.contains("\"is_full\":true") && want.contains("\"has_more_params\":true"), "the bounds are reached");
    for threads in ["2", "3", "8"] {
        assert!(told(&[&whole], &["--threads", threads]) == want, "{threads} threads");
    }
    let split = |text: &str, parts: usize| -> Vec<PathBuf> {
        let lines: Vec<&str> = text.lines().collect();
        let part = |part: usize| {
            let text: Vec<&str> = lines.iter().skip(part).step_by(parts).rev().copied().collect();
            write(&format!("{parts}-{part}.log"), &(text.join("\n") + "\n"))
        };
        (0..parts).map(part).collect()
    };
    // Which of too many are kept follows from a key that the openings of the files make: so it is another for other files, and
    // the same for the same in any order.
    let service = service();
    let want = told(&[&write("service.log", &service)], &["--threads", "1"]);
    for parts in [2, 5] {
        let paths = split(&log.text, parts);
        let mut paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        let whole = told(&paths, &["--threads", "1"]);
        paths.reverse();
        assert!(told(&paths, &["--threads", "3"]) == whole, "{parts} parts");
        let paths = split(&service, parts);
        let paths: Vec<&Path> = paths.iter().rev().map(PathBuf::as_path).collect();
        assert!(told(&paths, &["--threads", "3"]) == want, "{parts} parts, no bound reached");
    }
}

#[test]
fn routes_for_people_fit_and_are_shown_safely() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let mut log = Service { text: service(), second: 0 };
    log.line(1, "GET /\u{1b}[31m/\u{202e}x?\u{7}=%1b[2J", 200, 10, "-");
    fs::write(&path, &log.text).unwrap();
    let path = path.to_str().unwrap();
    let run = keytrace(["routes", path, "--top", "3"]);
    assert_eq!(run.code, 0);
    assert!(run.text().contains("that fewer ask for: --top N shows more"), "{}", run.text());
    let run = keytrace(["routes", path]);
    assert!(run.text().lines().all(|line| line.chars().count() <= 100), "{}", run.text());
    assert!(!run.text().contains(['\u{1b}', '\u{7}', '\u{202e}']), "{}", run.text());
    assert!(run.text().contains("?u url of 30 hosts"), "{}", run.text());
    assert!(run.text().contains("object: segment 3, 120 seen"), "{}", run.text());
}

#[test]
fn what_makes_no_sense_is_refused_and_what_is_missing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    fs::write(&path, service()).unwrap();
    let (path, nowhere) = (path.to_str().unwrap(), folder.path().join("b.log"));
    let code = |arguments: &[&str]| keytrace([&["routes"][..], arguments].concat()).code;
    assert_eq!(code(&[]), 2);
    assert_eq!(code(&[path, "--top", "0"]), 2);
    assert_eq!(code(&[path, "-o", path]), 2);
    assert_eq!(code(&[path, "-o", "routes.pdf"]), 2);
    assert_eq!(code(&[path, "--fail-on", "high"]), 2, "nothing is judged");
    assert_eq!(code(&["/nowhere/at/all"]), 2);
    assert_eq!(code(&[path, nowhere.to_str().unwrap()]), 3, "one of two cannot be read");
    let out = folder.path().join("routes.ndjson");
    assert_eq!(code(&[path, "-o", out.to_str().unwrap()]), 0);
    assert_eq!(parsed(&fs::read_to_string(out).unwrap())[0]["schema"], "keytrace-routes/1");
}

#[test]
fn what_is_told_of_a_shop_is_so() {
    let path = root().join("../shared/corpora/labelled/shop/access.log.gz");
    if !path.exists() {
        return skipped("the shop's log is not here");
    }
    let rows = parsed(&told(&[&path], &[]));
    for (spelling, kind) in [
        ("/media/proxy", "fetch"),
        ("/api/v#/link-preview", "fetch"),
        ("/products/*", "page"),
        ("/api/v#/orders/*", "object"),
        ("/api/v#/orders", "list"),
        ("/api/v#/me", "data"),
        ("/assets/app.#.js", "static"),
        ("/assets/fonts/inter-#.woff#", "static"),
        ("/oauth/authorize", "auth"),
        ("/healthz", "health"),
        ("/blog/kitten", "page"),
    ] {
        assert_eq!(route(&rows, spelling)["kind"], kind, "{spelling}");
    }
    assert_eq!(route(&rows, "/api/v#/orders/*")["object_segment"], 4);
    assert_eq!(route(&rows, "/media/proxy")["params"][0]["class"], "word");
}

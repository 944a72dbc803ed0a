//! Answers far longer than any that a route gives others, and who is given such for a reason.

use super::*;

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";

fn query(client: impl ToString, bytes: u64) -> Line {
    Line { agent: BROWSER, ..line(client, "/api/query", 200, bytes) }
}

/// A service whose users ask one route for all that they want, in bodies that no log shows; then what else is asked.
fn service(more: impl Iterator<Item = Line>) -> Vec<Line> {
    let asked = (0..1_500_u64).map(|n| query(format!("u{}", n % 300), 900 + n * 37 % 9_000));
    users().into_iter().chain(asked).chain(more).collect()
}

/// How bad the worst is that rests on the lengths of answers of that route; none if nothing does.
fn told(lines: &[Line]) -> Option<Severity> {
    let verdict = verdict(lines);
    let is_of_route = |one: &Judged| one.finding.target.as_deref() == Some(b"/api/query");
    let rests = |incident: &&crate::Incident| incident.findings.iter().any(is_of_route);
    verdict.incidents.iter().filter(rests).map(|incident| incident.severity).max()
}

fn long(client: &str) -> impl Iterator<Item = Line> {
    (0..40).map(move |n| query(client, 200_000 + n * 613))
}

fn ordinary(client: &str) -> impl Iterator<Item = Line> {
    (0..3).map(move |n| query(client, 2_000 + n * 31))
}

#[test]
fn far_longer_answers_than_any_are_shown() {
    assert_eq!(told(&service(std::iter::empty())), None);
    let lines = service(ordinary("x").chain(long("x")));
    assert_eq!(told(&lines), Some(Severity::Medium));
    assert!(verdict(&lines).incidents.iter().any(|incident| incident.title.starts_with("Answers far longer")));
    assert_eq!(told(&service(ordinary("x").chain(long("x").take(12)))), None, "a few");
}

#[test]
fn who_is_given_such_all_its_days_has_more_than_others() {
    assert_eq!(told(&service(long("x"))), None, "nothing else");
    // A day is 1,440 of these lines.
    let days = (0..4)
        .flat_map(|_| long("x").step_by(3).chain((0..1_440).map(|n| line(format!("v{n}"), "/help", 200, 20_000))));
    assert_eq!(told(&service(ordinary("x").chain(days))), None);
}

#[test]
fn what_several_are_given_is_a_release() {
    let two = (0..40).map(|n| query(if n % 2 == 0 { "x" } else { "y" }, 200_000 + n * 613));
    assert_eq!(told(&service(ordinary("x").chain(ordinary("y")).chain(two))), None);
    // One has the longest, and as many are given what is nearly as long.
    let others = (0..20).map(|n| query(format!("u{n}"), 190_000 + n));
    assert_eq!(told(&service(ordinary("x").chain(long("x")).chain(others))), None);
}

#[test]
fn a_file_is_always_as_long_and_a_program_says_whose_it_is() {
    let file = (0..40).map(|_| query("x", 200_000));
    assert_eq!(told(&service(ordinary("x").chain(file))), None);
    let by = |agent| ordinary("x").chain(long("x")).map(move |line| Line { agent, ..line });
    assert_eq!(told(&service(by("Nightly/3.1"))), None);
    assert_eq!(told(&service(by("Mozilla/5.0 (compatible; Probe/1.0; +https://probe.example/)"))), None);
}

#[test]
fn of_records_some_are_long() {
    let record = |client: String, number: u64, bytes| Line {
        agent: BROWSER,
        ..line(client, format!("/api/pictures/{number}"), 200, bytes)
    };
    let all = (0..1_500).map(|n| record(format!("u{}", n % 300), 70_000 + n, 900 + n * 37 % 9_000));
    let own = (0..40_u64)
        .map(|n| record("x".to_owned(), 90_000 + n % 10 * 977, if n < 3 { 2_000 } else { 200_000 + n * 613 }));
    let verdict = verdict(&users().into_iter().chain(all).chain(own).collect::<Vec<_>>());
    let is_of_length = |incident: &crate::Incident| {
        let has = |one: &Judged| one.weights.iter().any(|(_, weight)| weight.seen.contains(" bytes"));
        incident.findings.iter().any(has)
    };
    assert!(!verdict.incidents.iter().any(is_of_length));
}

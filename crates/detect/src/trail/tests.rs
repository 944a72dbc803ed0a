//! A trail merges exactly, whatever it is asked and however it is cut.

use accesslog::Cloud;
use proptest::prelude::*;

use super::*;

#[test]
fn a_star_stands_for_any_text() {
    for (wanted, text) in [("a", "a"), ("a*", "abc"), ("*c", "abc"), ("a*c*e", "abcde"), ("*", ""), ("a*b", "axbab")] {
        assert!(fits(wanted.as_bytes(), text.as_bytes()), "{wanted} {text}");
    }
    for (wanted, text) in [("a", "ab"), ("a*c", "abd"), ("", "a"), ("*b", "abc"), ("a*", "ba")] {
        assert!(!fits(wanted.as_bytes(), text.as_bytes()), "{wanted} {text}");
    }
    assert!(begins(b"/api/", b"/api/orders/1") && !begins(b"/api/*/x", b"/api/orders/1"));
}

#[test]
fn of_each_kind_that_is_given_one_value_must_fit() {
    let own = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    let question = Question { clients: own(&["192.0.2.1", "192.0.2.2"]), routes: own(&["/a"]), ..Question::default() };
    let record = |client: &'static str, target: &'static str| Record {
        client: Some(client.as_bytes()),
        target: Some(target.as_bytes()),
        ..Record::default()
    };
    assert!(question.asks_for(&record("192.0.2.2", "/a/b?c")));
    assert!(!question.asks_for(&record("192.0.2.3", "/a/b?c")));
    assert!(!question.asks_for(&record("192.0.2.1", "/b/a")));
    let question = Question { values: own(&["http://169.254.169.254/*"]), ..Question::default() };
    assert!(question.asks_for(&record("x", "/p?u=http%3A%2F%2F169.254.169.254%2Flatest")));
    let cloud = Some(Cloud { bucket: Some(b"b"), key: Some(b"photos/1.jpg"), ..Cloud::default() });
    let question = Question { objects: own(&["b/photos/"]), ..Question::default() };
    assert!(question.asks_for(&Record { cloud, ..record("x", "/photos/1.jpg") }));
    assert!(!question.asks_for(&record("x", "/b/photos/1.jpg")), "a path is no object of a storage service");
    let question = Question { actors: Actors::of(own(&["*"])), ..Question::default() };
    assert!(question.asks_for(&record("*", "/")) && !question.asks_for(&record("x", "/")));
}

/// The trace of requests shared among workers: what each of them takes, and in which order they are merged.
fn traced(deal: &[usize], order: &[usize]) -> Trace {
    let parts = order.len();
    let targets: Vec<String> = (0..400).map(|n| format!("/api/orders/{}", n % 60)).collect();
    let clients: Vec<String> = (0..400).map(|n| format!("192.0.2.{}", n % 7)).collect();
    let record = |n: usize| Record {
        time: Some(Time((n as i64 * 977 - 90_000) * 1_000_000_000)),
        client: Some(clients[n].as_bytes()),
        agent: Some(if n.is_multiple_of(5) { b"curl/8" } else { b"other/1" }),
        target: Some(targets[n].as_bytes()),
        status: [Some(200), Some(404), None, Some(206)][n % 4],
        bytes: Some(n as u64),
        ..Record::default()
    };
    let question = Arc::new(Question { clients: vec![b"192.0.2.3".to_vec()], ..Question::default() });
    let empty = Trail::of(Key::default(), question);
    let worker = |n: usize| deal[n % deal.len()] % parts;
    let mut trails = vec![empty.clone(); parts];
    (0..400).for_each(|n| trails[worker(n)].observe(&record(n)));
    let trails = order.iter().map(|place| trails[*place].clone());
    let mut trail = trails.reduce(|mut one, other| (one.merge(other), one).1).unwrap();
    let mut others = vec![trail.others(); parts];
    (0..400).for_each(|n| others[worker(n + 1)].observe(&record(n)));
    let others = order.iter().map(|place| others[*place].clone());
    let others = others.reduce(|mut one, other| (one.merge(other), one).1).unwrap();
    trail.finish(others)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_trail_merges_exactly_in_any_order_and_by_any_cut(
        deal in prop::collection::vec(0..9_usize, 1..400),
        order in (1..9_usize).prop_flat_map(|parts| Just((0..parts).collect::<Vec<_>>()).prop_shuffle()),
    ) {
        prop_assert_eq!(traced(&deal, &order), traced(&[0], &[0]));
    }
}

#[test]
fn a_trace_is_of_all_that_was_asked_for_and_no_more() {
    let whole = traced(&[0], &[0]);
    assert_eq!(whole.total.requests, 57);
    assert_eq!(whole.hours.values().map(|count| count.requests).sum::<u64>(), 57);
    assert!(whole.hours.keys().any(|hour| hour.0 < 0), "hours before 1970 are hours too");
}

#[test]
fn others_are_those_who_were_not_asked_for() {
    let trace = traced(&[2, 0, 1], &[1, 2, 0]);
    let client = trace.pivots.iter().find(|pivot| pivot.kind == Kind::Client).unwrap();
    assert_eq!((client.requests, client.others.requests, client.client_count), (57, 0, 0));
    let agents: u64 = trace.pivots.iter().filter(|pivot| pivot.kind == Kind::Agent).map(|p| p.others.requests).sum();
    assert_eq!(agents, 400 - 57);
    let agent = trace.pivots.iter().find(|pivot| pivot.kind == Kind::Agent).unwrap();
    assert_eq!(agent.client_count, 6);
    assert!(agent.clients.iter().all(|(client, _)| &**client != b"192.0.2.3"));
}

#[test]
fn what_is_not_certain_counts_for_the_upper_bound_alone() {
    let trace = traced(&[0], &[0]);
    let (low, high) =
        trace.impact.iter().fold((0, 0), |(low, high), impact| (low + impact.objects, high + impact.objects_upper));
    assert!(low < high, "{low} {high}");
    let part = Record { status: Some(206), ..Record::default() };
    assert_eq!(outcome_of(&part), Outcome::Success, "a part of an object is data that left");
    assert_eq!(trace.impact.iter().map(|impact| impact.unknown).sum::<u64>(), trace.total.unknown);
}

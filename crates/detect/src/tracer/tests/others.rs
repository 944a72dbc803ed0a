//! Who asks for the values of a parameter that are others', and the innocents who ask for many.

use super::*;

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0";
const PAGE: &str = "https://studio.example/stats";

/// The name of somebody's channel, which nothing tells from a word.
fn channel(number: usize) -> String {
    let letter = |place: u32| char::from(b'a' + (number / 20_usize.pow(place) % 20) as u8);
    format!("club{}{}{}", letter(0), letter(1), letter(2))
}

fn export(client: &str, target: String, bytes: usize) -> Line {
    Line { agent: BROWSER, referer: Some(PAGE), ..line(client, target, 200, bytes as u64) }
}

fn of_channel(client: &str, number: usize) -> Line {
    export(client, format!("/studio/export?channel={}&format=csv", channel(number)), 30_000 + number % 40 * 900)
}

/// A service whose users export their own twice, some days apart, and what they do besides; then what else is asked.
fn exported(own: impl Fn(usize, usize) -> Line, more: impl Iterator<Item = Line>) -> Vec<Line> {
    let round = |visit: usize| (0..60).map(move |user| (user, visit)).map(|(user, visit)| own(user, visit));
    let mut lines: Vec<Line> = round(0).collect();
    lines.extend(users());
    lines.extend(round(1));
    lines.extend(users());
    lines.extend(more);
    lines
}

fn studio(more: impl Iterator<Item = Line>) -> Vec<Line> {
    exported(|user, _| of_channel(&format!("s{user}"), user), more)
}

/// How bad the worst is that rests on others' values; none if nothing does.
fn told(lines: &[Line]) -> Option<Severity> {
    let verdict = verdict(lines);
    let rests = |incident: &&crate::Incident| incident.findings.iter().any(|one| one.weights.iter().any(is_of_values));
    verdict.incidents.iter().filter(rests).map(|incident| incident.severity).max()
}

fn is_of_values((place, _): &(u8, Weight)) -> bool {
    crate::SIGNALS[usize::from(*place)].name() == "others-values"
}

fn thief() -> impl Iterator<Item = Line> {
    (0..60).map(|n| of_channel("x", n * 3))
}

#[test]
fn the_channels_of_others_in_one_visit_are_a_harvest() {
    assert_eq!(loud(&studio(thief())), [(1, [0, 0, 0, 60])]);
    assert!(verdict(&studio(thief())).incidents[0].title.contains("one value of a parameter after the other"));
    assert_eq!(loud(&studio(std::iter::empty())), []);
    assert_eq!(told(&studio((0..30).map(|n| of_channel("x", n * 3)))), Some(Severity::Medium), "thirty are shown");
}

#[test]
fn what_leaves_is_counted_without_those_who_are_the_measure() {
    let verdict = verdict(&studio(thief()));
    let incident = verdict.incidents.iter().find(|incident| Severity::High <= incident.severity).expect("a harvest");
    let counted: Vec<(u64, u64)> = incident.impact.iter().map(|one| (one.successes, one.objects)).collect();
    assert_eq!(counted, [(60, 60)]);
}

#[test]
fn what_everybody_asks_for_is_nobodys() {
    let month = |client: &str, n: usize| export(client, format!("/studio/export?view=club{}", n % 90), 30_000 + n * 90);
    // Of ninety views each user has one, and each view has many users.
    let of = |views: usize| {
        let own = |user: usize, _| month(&format!("s{user}"), user % views);
        told(&exported(own, (0..60).map(|n| month("x", n))))
    };
    assert_eq!(of(8), None, "a page of eight");
    assert_eq!(of(60), Some(Severity::High), "each its own");
}

#[test]
fn who_comes_back_to_the_same_has_many_customers() {
    let accountant = || (0..60).map(|n| of_channel("x", n * 3));
    let later = |lines: Vec<Line>| accountant().chain(lines).chain(accountant());
    assert_eq!(told(&studio(later(users()))), None);
}

#[test]
fn who_goes_through_some_each_day_has_that_for_its_work() {
    let days = (0..5).flat_map(|day| (0..40).map(move |n| of_channel("x", day * 40 + n)).chain(users()));
    assert_eq!(told(&studio(days)), None);
    let before = (0..9).map(|n| of_channel("x", 400 + n)).chain(users());
    assert_eq!(told(&studio(before.chain(thief()))), Some(Severity::Medium), "once before it is shown");
}

#[test]
fn what_nobody_else_asks_for_is_ones_own() {
    assert_eq!(told(&studio((0..60).map(|n| of_channel("x", 600 + n)))), None);
}

#[test]
fn of_products_who_comes_back_looks_at_another() {
    let own = |user: usize, visit: usize| of_channel(&format!("s{user}"), (user * 7 + visit * 131) % 400);
    assert_eq!(told(&exported(own, thief())), None);
}

#[test]
fn what_moves_with_the_time_is_a_clock() {
    let mark = |n: usize| channel(n).bytes().rev().map(char::from).collect::<String>();
    let at = |client: &str, n: usize| export(client, format!("/studio/export?upto={}", mark(n)), 30_000 + n % 40 * 900);
    // Who comes back, some minutes later, asks for what was new at first.
    let of = |value: fn(usize) -> usize| {
        let own = |user: usize| at(&format!("s{user}"), value(user));
        let twice = (0..80).flat_map(|n| [(n < 60).then(|| own(n)), (20 <= n).then(|| own(n - 20))]).flatten();
        told(&twice.chain(users()).chain((0..60).map(|n| at("x", value(n)))).collect::<Vec<_>>())
    };
    assert_eq!(of(|n| n * 7), None);
    assert_eq!(of(|n| n * 7 * 89 % 420), Some(Severity::High), "in no order");
}

#[test]
fn a_year_day_by_day_is_ones_own() {
    let day = |n: usize| format!("2026-{:02}-{:02}", n / 28 % 12 + 1, n % 28 + 1);
    let at = |client: &str, n: usize| export(client, format!("/studio/export?on={}", day(n)), 30_000 + n % 40 * 900);
    // Each looks at days of its own.
    let own = |user: usize, _| at(&format!("s{user}"), user * 37 % 330);
    assert_eq!(told(&exported(own, (0..60).map(|n| at("x", n * 5)))), None);
}

#[test]
fn a_program_that_says_whose_it_is_wakes_nobody_and_a_crawler_is_not_told() {
    let many = || (0..70).map(|n| of_channel("x", n * 2));
    let by = |agent| many().map(move |line| Line { agent, ..line });
    assert_eq!(told(&studio(by("curl/8.5.0"))), Some(Severity::High), "a tool that anybody has");
    assert_eq!(told(&studio(by("Buchhaltung/2.1"))), Some(Severity::Medium));
    assert_eq!(told(&studio(by("Mozilla/5.0 (compatible; Robot/1.0; +https://robot.example/)"))), None);
}

#[test]
fn an_office_with_a_page_of_its_own_wakes_nobody() {
    let from_own_page = thief().map(|line| Line { referer: Some("https://studio.example/office/audit"), ..line });
    assert_eq!(told(&studio(from_own_page)), Some(Severity::Medium));
}

#[test]
fn one_answer_to_all_gives_nothing_out() {
    assert_eq!(told(&studio(thief().map(|line| Line { bytes: 30_500, ..line }))), None);
    assert_eq!(told(&studio(thief().map(|line| Line { bytes: line.bytes / 4, ..line }))), None, "shorter than any");
}

#[test]
fn a_number_that_nobody_else_sends_is_counted_up() {
    let own = |user: usize, _| export(&format!("s{user}"), "/broker/export?kind=all".to_owned(), 9_000 + user * 310);
    let of = |first: usize, name: &str| {
        let counted = (first..first + 60).map(|n| format!("/broker/export?kind=all&{name}={n}"));
        told(&exported(own, counted.enumerate().map(|(n, target)| export("x", target, 9_000 + n * 310))))
    };
    assert_eq!(of(7_000, "broker"), Some(Severity::High));
    assert_eq!(of(1, "sivu"), None, "the pages of a list");
    assert_eq!(of(1_697_000_000, "_"), None, "a stamp against caches");
}

#[test]
fn far_longer_answers_are_shown_where_nobody_comes_back() {
    let own = |user: usize, visit: usize| of_channel(&format!("s{user}"), (user * 7 + visit * 131) % 400);
    let long = |times: u64| thief().map(move |line| Line { bytes: line.bytes * times, ..line });
    assert_eq!(told(&exported(own, long(9))), Some(Severity::Medium));
    assert_eq!(told(&exported(own, long(2))), None);
}

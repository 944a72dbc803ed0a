//! What is a harvest, what is odd, and the innocent twins of both.

mod far;
mod others;
mod twins;

use std::convert::Infallible;

use accesslog::Time;

use super::*;
use crate::{Budget, Detector};

/// A request of a made-up log: client, agent, target, status, bytes.
#[derive(Clone)]
struct Line {
    client: String,
    agent: &'static str,
    target: String,
    status: u16,
    bytes: u64,
    referer: Option<&'static str>,
}

const APP: &str = "ShopApp/4.1 (Android 13)";

fn line(client: impl ToString, target: impl ToString, status: u16, bytes: u64) -> Line {
    Line { client: client.to_string(), agent: APP, target: target.to_string(), status, bytes, referer: None }
}

/// A service whose 300 users each look at their own orders, among other things.
fn users() -> Vec<Line> {
    let mut lines = Vec::new();
    for user in 0..300_u64 {
        for page in ["/", "/api/me", "/api/settings", "/search", "/cart", "/help", "/news", "/api/orders"] {
            lines.push(line(format!("u{user}"), page, 200, 20_000 + user * 7));
        }
        for order in 0..4 {
            let number = (user * 7919 + order * 104_729) % 40_000 + 100_000;
            lines.push(line(format!("u{user}"), format!("/api/orders/{number}"), 200, 1_800 + number % 900));
            lines.push(line(format!("u{user}"), format!("/products/{}", number % 30), 200, 30_000 + number % 9_000));
        }
        lines.push(line(format!("u{user}"), "/api/labels/render", 200, 40_000 + user * 31));
    }
    lines
}

fn verdict(lines: &[Line]) -> Verdict {
    let record = |place: usize, line: &Line, each: &mut dyn FnMut(Position, &Record<'_>)| {
        let at = Position { offset: place as u64 * 100, line: place as u64 + 1, ..Position::default() };
        let record = Record {
            time: Some(Time(place as i64 * 60_000_000_000)),
            client: Some(line.client.as_bytes()),
            agent: Some(line.agent.as_bytes()),
            referer: line.referer.map(str::as_bytes),
            target: Some(line.target.as_bytes()),
            status: Some(line.status),
            bytes: Some(line.bytes),
            ..Record::default()
        };
        each(at, &record);
    };
    let mut detector = Detector::default();
    lines
        .iter()
        .enumerate()
        .for_each(|(place, line)| record(place, line, &mut |at, record| detector.observe(at, record)));
    let verdict = detector.finish();
    let trace = |mut tracer: Tracer| {
        lines
            .iter()
            .enumerate()
            .for_each(|(place, line)| record(place, line, &mut |at, record| tracer.observe(at, record)));
        tracer
    };
    let Ok(tracer) = trace(Tracer::of(&verdict)).completed(|turned| Ok::<_, Infallible>(trace(turned)));
    verdict.traced(tracer)
}

fn loud(lines: &[Line]) -> Vec<(u64, [u64; 4])> {
    let verdict = verdict(lines);
    let loud = verdict.incidents.iter().filter(|incident| Severity::High <= incident.severity);
    loud.map(|incident| (incident.actor_count, incident.stages)).collect()
}

fn with(more: impl Iterator<Item = Line>) -> Vec<Line> {
    users().into_iter().chain(more).collect()
}

#[test]
fn users_of_a_service_harvest_nothing() {
    assert_eq!(loud(&users()), []);
}

#[test]
fn orders_in_a_row_from_one_address_are_a_harvest() {
    let row =
        (0..80).map(|n| line("x", format!("/api/orders/{}", 120_000 + n), if n % 6 == 0 { 404 } else { 200 }, 1_900));
    assert_eq!(loud(&with(row)), [(1, [0, 0, 0, 80])]);
}

#[test]
fn a_harvest_of_targets_in_absolute_form_shows_the_record_and_not_the_host() {
    let absolute = |line: Line| Line { target: format!("https://shop.example:443{}", line.target), ..line };
    let row = (0..80).map(|n| line("x", format!("/api/orders/{}", 120_000 + n), 200, 1_900));
    let verdict = verdict(&with(row).into_iter().map(absolute).collect::<Vec<_>>());
    let harvest = verdict.incidents.iter().find(|incident| Severity::High <= incident.severity).expect("a harvest");
    assert!(harvest.findings.iter().all(|one| one.aim().seen.starts_with(b"/api/orders/12")));
}

#[test]
fn a_harvest_tells_what_it_rests_on_and_its_innocent_twin() {
    let row =
        (0..80).map(|n| line("x", format!("/api/orders/{}", 120_000 + n), if n % 6 == 0 { 404 } else { 200 }, 1_900));
    let verdict = verdict(&with(row));
    let harvest = verdict.incidents.iter().find(|incident| Severity::High <= incident.severity).expect("a harvest");
    let [innocent, margin] = &harvest.would_change[..] else { panic!("two: {:?}", harvest.would_change) };
    assert!(innocent.starts_with("It would be no harvest if the client were"), "{innocent}");
    // What is left without the strongest reason is what all reasons and excuses leave of it, told against the bound.
    let lead = harvest.findings.iter().find(|one| is_success(one)).expect("an answer");
    let most = lead.weights.iter().map(|(_, weight)| weight.bits).max().expect("a reason");
    let left = lead.bits() + lead.excuse_bits - most;
    let is_pivot = left < BITS_LOUD;
    assert_eq!(margin.starts_with("It rests on `"), is_pivot, "{margin}");
    assert!(margin.contains(&format!(" {left} bits would be left, and {BITS_LOUD} are needed")), "{margin}");
    let neighbour = harvest.neighbour.as_deref().expect("a twin");
    assert!(neighbour.contains("A crawler, a partner's sync") && neighbour.contains(" Here: "), "{neighbour}");
}

#[test]
fn beyond_the_budget_a_harvest_is_told_quietly_and_counted() {
    let row = |client: &'static str, from: u64| {
        (0..80)
            .map(move |n| line(client, format!("/api/orders/{}", from + n), if n % 6 == 0 { 404 } else { 200 }, 1_900))
    };
    let lines = with(row("x", 120_000).chain(row("y", 130_000)));
    let loud = |verdict: &Verdict| verdict.incidents.iter().filter(|of| Severity::High <= of.severity).count();
    let whole = verdict(&lines);
    let (budgeted, none) = (verdict(&lines).within(Budget::default()), verdict(&lines).within(Budget(0)));
    assert!(0 < loud(&whole));
    assert_eq!((loud(&budgeted), loud(&none)), (loud(&whole), 0));
    assert_eq!((none.incidents.len(), none.findings), (whole.incidents.len(), whole.findings), "nothing is lost");
    assert!(budgeted.limits.is_empty());
    assert_eq!(none.limits[0].over, Some(loud(&whole) as u64));
    let quiet = none.incidents.iter().find(|of| of.chance.is_some()).expect("a harvest");
    assert_eq!(quiet.severity, Severity::Medium);
    assert!(quiet.would_change.last().expect("a sentence").starts_with("It is beyond the budget"));
    let neighbour = quiet.neighbour.as_deref().expect("a twin");
    assert!(neighbour.contains("By chance: of the 301 other clients of this route"), "{neighbour}");
}

#[test]
fn what_names_its_aim_is_loud_whatever_the_budget() {
    let target =
        "/api/labels/render?src=http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2Fweb";
    let answers = [1_318, 1_334, 1_326].map(|bytes| line("x", target, 200, bytes));
    let verdict = verdict(&with(answers.into_iter())).within(Budget(0));
    assert!(verdict.incidents.iter().any(|of| Severity::High <= of.severity && of.chance.is_none()));
}

#[test]
fn orders_in_a_row_from_sixty_addresses_are_one_harvest() {
    let row = (0..180).map(|n| {
        line(format!("x{}", n % 60), format!("/api/orders/{}", 120_000 + n), if n % 6 == 0 { 404 } else { 200 }, 1_900)
    });
    assert_eq!(loud(&with(row)), [(60, [0, 0, 0, 180])]);
}

#[test]
fn a_partner_who_names_itself_and_misses_nothing_wakes_nobody() {
    let row = |agent: &'static str, missed: u64| {
        let status = move |n: u64| if n < missed { 404 } else { 200 };
        let one = move |n| Line { agent, ..line("x", format!("/api/orders/{}", 120_000 + n), status(n), 1_900) };
        loud(&with((0..200).map(one))).len()
    };
    assert_eq!(row("acme-sync/1.4 (ops@acme.example)", 0), 0);
    assert_eq!(row("acme-sync/1.4 (ops@acme.example)", 20), 1, "it guesses");
    assert_eq!(row("python-requests/2.31.0", 0), 1, "anybody's tool");
    assert_eq!(row(APP, 0), 1, "a user's agent");
}

/// A gallery's pictures, each seen by few; somebody with a user's agent takes a third of them in a row.
fn gallery(rules: &'static str, days: usize) -> Vec<Line> {
    let photos = users().into_iter().map(|line| Line { target: line.target.replace("/orders/", "/photos/"), ..line });
    let crawl = (0..days * 400).map(|n| {
        let target = if n == 0 { rules.to_owned() } else { format!("/api/photos/{}", 120_000 + n % 1_200) };
        Line { agent: "GreatBot/1.0 (+http://bot.example)", ..line("bot", target, 200, 1_900) }
    });
    let row = (0..300).map(|n| line("x", format!("/api/photos/{}", 120_000 + n), 200, 1_900));
    // A line a minute: the crawl lasts for days.
    photos.chain(crawl.flat_map(|line| std::iter::repeat_n(line, 4))).chain(row).collect()
}

#[test]
fn what_a_crawler_is_given_is_anybodys() {
    assert_eq!(loud(&gallery("/robots.txt", 6)), []);
    assert_eq!(loud(&gallery("/api/photos/1", 6)).len(), 1, "a partner's sync that never asked for the rules");
}

#[test]
fn a_customer_with_many_orders_is_none() {
    let own = (0..80_u64).map(|n| line("b2b", format!("/api/orders/{}", (n * n * 977) % 40_000 + 100_000), 200, 1_900));
    assert_eq!(loud(&with(own)), []);
}

#[test]
fn products_in_a_row_are_public() {
    let crawler =
        (0..90).map(|n| Line { agent: "GreatBot/1.0", ..line("bot", format!("/products/{}", n % 30), 200, 30_000) });
    assert_eq!(loud(&with(crawler)), []);
}

#[test]
fn answers_of_a_key_documents_size_after_failures_are_told() {
    let tries = (0..4).map(|_| line("x", "/api/labels/render", 422, 120));
    let answers = [1_318, 1_334, 1_326].map(|bytes| line("x", "/api/labels/render", 200, bytes));
    assert_eq!(loud(&with(tries.chain(answers))), [(1, [4, 3, 0, 0])]);
}

#[test]
fn a_small_answer_to_who_never_failed_is_none() {
    let answer = std::iter::once(line("u1", "/api/labels/render", 200, 1_318));
    assert_eq!(loud(&with(answer)), []);
}

#[test]
fn what_an_incident_tells_already_is_not_told_again() {
    let target =
        "/api/labels/render?src=http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2Fweb";
    let tries = (0..4).map(|_| line("x", target, 502, 91));
    let answers = [1_318, 1_334, 1_326].map(|bytes| line("x", target, 200, bytes));
    assert_eq!(loud(&with(tries.chain(answers))).len(), 1);
}

/// Four weeks of a service whose forty users ask every day for their own orders and for what is around them.
fn weeks(mut more: impl FnMut(u64) -> Vec<Line>) -> Vec<Line> {
    let order = |user: u64, number: u64| (user * 20 + number % 20) * 7_919 % 99_991 + 100_000;
    let mut lines = Vec::new();
    for day in 0..28 {
        let before = lines.len();
        for user in 0..40 {
            for page in ["/", "/search", "/cart", "/help"] {
                lines.push(line(format!("u{user}"), page, 200, 20_000 + user * 7));
            }
            for turn in 0..5 {
                let target = format!("/api/orders/{}", order(user, day * 3 + turn));
                lines.push(line(format!("u{user}"), target, 200, 1_800));
            }
        }
        lines.extend(more(day));
        // A line a minute: what is left of the day are pages.
        for _ in lines.len() - before..1_440 {
            lines.push(line(format!("u{}", lines.len() % 40), "/news", 200, 9_000));
        }
    }
    lines
}

/// Orders of others, a day's: so many by one client.
fn others(client: &str, day: u64, count: u64) -> Vec<Line> {
    let order = |n: u64| ((day * 31 + n * 17) % 800) * 7_919 % 99_991 + 100_000;
    let orders = (0..count).map(|n| line(client, format!("/api/orders/{}", order(n)), 200, 1_800));
    orders.chain(["/", "/search", "/cart", "/help"].map(|page| line(client, page, 200, 20_000))).collect()
}

#[test]
fn who_helps_the_users_is_not_told_and_a_user_who_turns_into_that_is() {
    let office = verdict(&weeks(|day| others("office", day, 20)));
    assert_eq!(office.incidents.len(), 0, "{:?}", office.incidents);
    let turned = weeks(|day| others("u7", day, day.saturating_sub(13) * 3));
    assert_eq!(loud(&turned).iter().map(|(actors, _)| *actors).collect::<Vec<_>>(), [1]);
}

/// How many incidents there are, loud or not.
fn told(lines: &[Line]) -> usize {
    verdict(lines).incidents.len()
}

#[test]
fn who_asks_for_one_object_over_and_over_guesses_nothing() {
    let phones =
        || (0..36).map(|n| line(format!("p{}", n % 12), format!("/api/orders/{}", 110_000 + n * 37), 200, 1_900));
    let stuck = (0..400).map(|_| line("stuck", "/api/orders/110000", 401, 80));
    assert_eq!(told(&with(phones().chain(stuck))), 0);
    let guesses = (0..40).map(|n| line("p3", format!("/api/orders/{}", 120_000 + n * 41), 404, 80));
    assert_eq!(told(&with(phones().chain(guesses))), 1);
}

#[test]
fn who_names_no_agent_is_of_no_group() {
    let many = |agent: &'static str| {
        let status = |n: u64| if n.is_multiple_of(6) { 404 } else { 200 };
        let one = move |n| line(format!("n{}", n % 24), format!("/api/orders/{}", 110_000 + n * 37), status(n), 1_900);
        with((0..96).map(one).map(move |line| Line { agent, ..line }))
    };
    assert_eq!((told(&many("")), told(&many(APP))), (0, 1));
}

#[test]
fn a_document_that_never_changes_holds_no_keys() {
    let answers = |sizes: [u64; 3]| {
        let day = || (0..900).map(|n| line(format!("u{}", n % 300), "/news", 200, 9_000));
        let tries = (0..4).map(|_| line("x", "/api/labels/render", 422, 120));
        let each = sizes.map(|bytes| std::iter::once(line("x", "/api/labels/render", 200, bytes)).chain(day()));
        told(&with(tries.chain(each.into_iter().flatten())))
    };
    assert_eq!((answers([1_318; 3]), answers([1_318, 1_334, 1_326])), (0, 1));
}

/// Four days of a service whose sixty users have four orders each, and thirty who come once and ask for three: the orders
/// of so many users each.
fn once(owners: u64) -> Vec<Line> {
    let order = |user: u64, number: u64| format!("/api/orders/{}", (user * 4 + number) * 7_919 % 99_991 + 100_000);
    let mut lines = Vec::new();
    let pages = |client: &str| ["/", "/search", "/cart", "/help"].map(|page| line(client, page, 200, 20_000));
    for day in 0..4 {
        let before = lines.len();
        for user in 0..60 {
            let client = format!("u{user}");
            lines.extend(pages(&client));
            lines.extend((0..2).map(|turn| line(&client, order(user, (day * 2 + turn) % 4), 200, 1_800)));
        }
        for visitor in 0..if day == 3 { 30 } else { 0 } {
            let client = format!("v{visitor}");
            lines.extend(pages(&client));
            let own = |turn: u64| order((visitor * 2 + turn % owners * 17) % 60, turn);
            lines.extend((0..3).map(|turn| line(&client, own(turn), 200, 1_800)));
        }
        for _ in lines.len() - before..1_440 {
            lines.push(line(format!("u{}", lines.len() % 60), "/news", 200, 9_000));
        }
    }
    lines
}

#[test]
fn many_who_come_once_for_what_others_own_are_a_harvest_and_second_devices_are_none() {
    assert_eq!(loud(&once(3)), [(30, [0, 0, 0, 90])]);
    assert_eq!(told(&once(1)), 0);
}

#[test]
fn of_what_is_told_by_how_many_came_once_a_few_that_are_left_tell_nothing() {
    // All but two of the addresses are shared: what each asks for is asked by two agents.
    let is_shared = |client: &str| client.strip_prefix('v').is_some_and(|number| 2 <= number.parse().unwrap_or(0));
    let lines: Vec<Line> = once(3)
        .into_iter()
        .enumerate()
        .map(|(place, line)| match place % 2 == 0 && is_shared(&line.client) {
            true => Line { agent: "Mozilla/5.0 (X11; Linux x86_64)", ..line },
            false => line,
        })
        .collect();
    assert_eq!(told(&lines), 0);
}

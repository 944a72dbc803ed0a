//! How far thefts and users differ in what a profile might hold and does not: names of parameters, their order, the pages that
//! requests come from, the hours of use.
//!
//! A feature is worth its place in a profile if thefts differ from users in it where they do not in what is measured already.
//! So each line of a theft is asked whether its value is one that next to nobody else of the route has, and each thief (or
//! those of one agent, where they share it out) how far its values are apart from those of the route, beside how far innocents
//! are. Both are counted on the worlds, and on the larger logs where they are at hand.
//!
//! `KEYTRACE_FEATURES=1 cargo test -p keytrace-tests worlds::features -- --nocapture` prints the tables of
//! `crates/detect/EVALUATION.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::{env, fs};

use super::services::SERVICES;
use super::thefts::THEFTS;
use super::traffic::{DAY, Mark, World};
use super::{SEED, is_possible};
use crate::corpora::corpora;
use crate::logs::Hit;
use crate::program::parsed;

/// What is measured of a request.
const FEATURES: [&str; 4] = ["names", "order", "edge", "hour"];

/// How many others have a value that is not rare.
const FEW: usize = 3;

/// How many others a route, or a set of names, must have for it to be a measure.
const OTHERS_MIN: usize = 20;

/// How many clients of one agent are taken together.
const GROUP_MIN: usize = 8;

/// One request, as far as it is measured.
struct Seen {
    client: String,
    agent: String,
    route: String,
    values: [String; FEATURES.len()],
    is_theft: bool,
}

impl Seen {
    fn new([client, agent, referer, method, target]: [&str; 5], hour: u64, is_theft: bool) -> Seen {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let names: Vec<&str> =
            query.split('&').filter(|one| !one.is_empty()).map(|one| one.split('=').next().unwrap_or(one)).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        let set = sorted.join("&");
        let edge = match referer.split_once("://").map(|(_, rest)| rest.split_once('/').unwrap_or((rest, ""))) {
            None => "-".to_owned(),
            Some((host, page)) => format!("{host}/{}", shape(page.split('?').next().unwrap_or(page))),
        };
        Seen {
            client: client.to_owned(),
            agent: agent.to_owned(),
            route: format!("{method} {}", shape(path)),
            values: [set.clone(), format!("{set}: {}", names.join("&")), edge, format!("{hour:02}")],
            is_theft,
        }
    }
}

/// A path, identifiers set aside.
fn shape(path: &str) -> String {
    let is_name = |segment: &&str| segment.len() <= 20 && !segment.bytes().any(|byte| byte.is_ascii_digit());
    let segments = path.split('/').map(|segment| if is_name(&segment) { segment } else { "*" });
    segments.collect::<Vec<_>>().join("/")
}

/// What one feature says of a theft, or of several added up.
#[derive(Clone, Copy, Default)]
struct Apart {
    /// Lines of the theft with a rare value, of all of them where the route is a measure.
    rare: (usize, usize),
    /// The same of innocents on the same route.
    innocent: (usize, usize),
    /// Over all thieves, or groups of them: innocents that are as far apart, of all.
    as_far: (usize, usize),
}

impl Apart {
    fn add(&mut self, other: Apart) {
        let sum = |one: (usize, usize), other: (usize, usize)| (one.0 + other.0, one.1 + other.1);
        self.rare = sum(self.rare, other.rare);
        self.innocent = sum(self.innocent, other.innocent);
        self.as_far = sum(self.as_far, other.as_far);
    }
}

/// How the lines of one client or group are spread over the values.
type Spread<'a> = BTreeMap<&'a str, usize>;

/// How far one is apart from all others: the share of it that would have to move, times the root of how many lines it has, as
/// the fewer these are the farther chance alone takes it.
fn far(one: &Spread<'_>, other: &Spread<'_>) -> usize {
    let total = |spread: &Spread<'_>| spread.values().sum::<usize>().max(1);
    let (of_one, of_other) = (total(one), total(other));
    let values: BTreeSet<&str> = one.keys().chain(other.keys()).copied().collect();
    let share =
        |spread: &Spread<'_>, value: &str, total: usize| spread.get(value).copied().unwrap_or(0) as f64 / total as f64;
    let apart: f64 = values.iter().map(|value| (share(one, value, of_one) - share(other, value, of_other)).abs()).sum();
    (apart * 500.0 * (of_one as f64).sqrt()) as usize
}

/// What each feature says of a theft by the lines of the route that it takes most from.
fn measured(all: &[Seen]) -> [Apart; FEATURES.len()] {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    all.iter().filter(|seen| seen.is_theft).for_each(|seen| *taken.entry(&seen.route).or_default() += 1);
    let Some((route, _)) = taken.into_iter().max_by_key(|(_, count)| *count) else { return Default::default() };
    let lines: Vec<&Seen> = all.iter().filter(|seen| seen.route == route).collect();
    std::array::from_fn(|feature| measured_in(&lines, feature))
}

fn measured_in(lines: &[&Seen], feature: usize) -> Apart {
    let value = |seen: &Seen| seen.values[feature].clone();
    // The order of names is held against that of the same names.
    let ground = |seen: &Seen| if FEATURES[feature] == "order" { seen.values[0].clone() } else { String::new() };
    let mut holders: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut others: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for seen in lines.iter().filter(|seen| !seen.is_theft) {
        holders.entry(value(seen)).or_default().insert(&seen.client);
        others.entry(ground(seen)).or_default().insert(&seen.client);
    }
    let count = |clients: Option<&BTreeSet<&str>>, but: &str| {
        clients.map_or(0, |clients| clients.len() - usize::from(clients.contains(but)))
    };
    let mut apart = Apart::default();
    for seen in lines {
        if count(others.get(&ground(seen)), &seen.client) < OTHERS_MIN {
            continue;
        }
        let sum = if seen.is_theft { &mut apart.rare } else { &mut apart.innocent };
        *sum = (sum.0 + usize::from(count(holders.get(&value(seen)), &seen.client) < FEW), sum.1 + 1);
    }
    apart.as_far = as_far(lines, feature);
    apart
}

/// How many innocents are as far apart as the thieves, of how many that have asked as often.
fn as_far(lines: &[&Seen], feature: usize) -> (usize, usize) {
    let mut thieves: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for seen in lines.iter().filter(|seen| seen.is_theft) {
        thieves.entry(&seen.agent).or_default().insert(&seen.client);
    }
    let is_grouped = thieves.values().any(|clients| GROUP_MIN <= clients.len());
    let who = |seen: &'_ &Seen| if is_grouped { seen.agent.clone() } else { seen.client.clone() };
    let mut spreads: BTreeMap<(bool, String), (Spread<'_>, BTreeSet<&str>)> = BTreeMap::new();
    let mut whole = Spread::new();
    for seen in lines {
        let one = spreads.entry((seen.is_theft, who(seen))).or_default();
        *one.0.entry(&seen.values[feature]).or_default() += 1;
        one.1.insert(&seen.client);
        if !seen.is_theft {
            *whole.entry(&seen.values[feature]).or_default() += 1;
        }
    }
    let (stolen, honest): (Vec<_>, Vec<_>) = spreads.into_iter().partition(|((is_theft, _), _)| *is_theft);
    let honest: Vec<(usize, usize)> = honest
        .into_iter()
        .filter(|(_, (_, clients))| !is_grouped || GROUP_MIN <= clients.len())
        .map(|(_, (spread, _))| {
            let mut rest = whole.clone();
            spread.iter().for_each(|(value, count)| *rest.entry(value).or_default() -= count);
            let asked: usize = spread.values().sum();
            (asked, far(&spread, &rest))
        })
        .collect();
    let mut sum = (0, 0);
    for (_, (spread, _)) in stolen {
        let (asked, own) = (spread.values().sum::<usize>(), far(&spread, &whole));
        let alike: Vec<&(usize, usize)> =
            honest.iter().filter(|(lines, _)| asked <= lines * 3 && *lines <= asked * 3).collect();
        sum = (sum.0 + alike.iter().filter(|(_, other)| own <= *other).count(), sum.1 + alike.len());
    }
    sum
}

fn percent((part, whole): (usize, usize)) -> String {
    (part * 100 + whole / 2).checked_div(whole).map_or_else(|| "–".to_owned(), |share| format!("{share} %"))
}

fn row(name: &str, apart: &[Apart; FEATURES.len()]) -> String {
    let mut row = format!("| {name} |");
    for (feature, one) in apart.iter().enumerate() {
        write!(row, " {} / {} |", percent(one.rare), percent(one.innocent)).expect("memory");
        if is_spread(feature) {
            write!(row, " {} |", percent(one.as_far)).expect("memory");
        }
    }
    row
}

/// Whether a client has several values of a feature, as it has of hours, so that it is a question how far it is apart in all.
fn is_spread(feature: usize) -> bool {
    matches!(FEATURES[feature], "edge" | "hour")
}

fn head(what: &str) -> String {
    let mut head = format!("| {what} |");
    let mut rule = "\n| --- |".to_owned();
    for (feature, name) in FEATURES.iter().enumerate() {
        write!(head, " {name}: rare |").expect("memory");
        rule.push_str(" ---: |");
        if is_spread(feature) {
            head.push_str(" as far |");
            rule.push_str(" ---: |");
        }
    }
    head + &rule
}

/// The requests of a world in which that was stolen.
fn world(service: &super::Service, theft: &super::Theft, seed: u64) -> Vec<Seen> {
    let mut world = World::new(seed);
    let site = (service.live)(&mut world);
    let from = if seed.is_multiple_of(2) { 300 } else { 3 * DAY + 39_000 };
    (theft.commit)(&mut world, &site, from);
    let seen = world.requests().into_iter().map(|(hit, mark)| {
        let Hit { client, agent, referer, method, target, .. } = &hit;
        Seen::new([client, agent, referer, method, target], hit.seconds / 3_600 % 24, mark == Some(Mark::Theft))
    });
    seen.collect()
}

/// What is not found differs from users in no feature that is left out: where it does one day, the feature has a use, or these
/// worlds have a flaw.
#[test]
fn what_is_not_found_is_as_users_are_in_what_is_left_out() {
    let service = SERVICES.iter().find(|service| service.name == "tickets").expect("a service");
    for name in NOT_FOUND {
        let theft = THEFTS.iter().find(|theft| theft.name == name).expect("a theft");
        let apart = measured(&world(service, theft, SEED));
        for (feature, one) in FEATURES.iter().zip(apart) {
            assert!(0 < one.rare.1 && 100 < one.innocent.1, "{name} is measured by its {feature}");
            assert!(one.rare.0 * 20 <= one.rare.1, "{name}: {} of {} have a rare {feature}", one.rare.0, one.rare.1);
        }
    }
}

/// Thefts that no service tells of loudly.
const NOT_FOUND: [&str; 6] = [
    "fetch, redirect, usual size",
    "body, among ordinary use",
    "records, one each, one agent",
    "records, by one who looks around",
    "records, with pages around",
    "records, by popularity",
];

#[test]
fn features_are_tabled_where_that_is_asked_for() {
    if env::var_os("KEYTRACE_FEATURES").is_none() {
        return;
    }
    let print = |row: String| writeln!(std::io::stdout(), "{row}").expect("standard output can be written");
    print(head("theft of the worlds"));
    for theft in &THEFTS {
        let mut sum = [Apart::default(); FEATURES.len()];
        for service in SERVICES.iter().filter(|service| is_possible(theft, service)) {
            let apart = measured(&world(service, theft, SEED));
            sum.iter_mut().zip(apart).for_each(|(sum, one)| sum.add(one));
        }
        print(row(&format!("{}, level {}", theft.name, theft.level), &sum));
    }
    let Some(corpora) = corpora() else { return };
    print(format!("\n{}", head("campaign of the labelled shop")));
    let labels: BTreeMap<u64, (String, bool)> =
        parsed(&fs::read_to_string(corpora.join("labelled/shop/labels.ndjson")).expect("labels"))
            .iter()
            .map(|row| {
                let campaign = row["campaign"].as_str().expect("a campaign").to_owned();
                (row["line"].as_u64().expect("a line"), (campaign, row["success"] == true))
            })
            .collect();
    let campaigns: BTreeSet<&str> =
        labels.values().map(|(campaign, _)| &campaign[..]).filter(|campaign| *campaign != "noise").collect();
    let text = text(&corpora.join("labelled/shop/access.log.gz"));
    for campaign in campaigns {
        let of = |line: u64| labels.get(&line).is_none_or(|(own, _)| own == campaign);
        let is_theft = |line: u64| labels.get(&line).is_some_and(|(_, has_taken)| *has_taken);
        print(row(campaign, &measured(&of_text(&text, of, is_theft))));
    }
    print("\n| real log, nothing stolen | lines | rare: names | order | edge | hour |\n| --- | ---: | ---: | ---: | ---: | ---: |".to_owned());
    for name in ["blog-2015.log", "shop-2019.log", "twiki-2004.log", "nasa-1995.log"] {
        let all = of_text(&self::text(&corpora.join("real").join(name)), |_| true, |_| false);
        let mut routes: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
        all.iter().for_each(|seen| routes.entry(&seen.route).or_default().push(seen));
        let mut told = format!("| {name} | {} |", all.len());
        for feature in 0..FEATURES.len() {
            let mut sum = Apart::default();
            routes.values().for_each(|lines| sum.add(measured_in(lines, feature)));
            write!(told, " {} of {} |", sum.innocent.0, sum.innocent.1).expect("memory");
        }
        print(told);
    }
}

fn text(path: &std::path::Path) -> String {
    let bytes = fs::read(path).expect("the log can be read");
    let mut plain = Vec::new();
    match path.extension().is_some_and(|ending| ending == "gz") {
        true => flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).map(drop).expect("a packed log"),
        false => plain = bytes,
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// The requests of a log in the common format, those after it quoted: the referer and the agent.
fn of_text(text: &str, is_wanted: impl Fn(u64) -> bool, is_theft: impl Fn(u64) -> bool) -> Vec<Seen> {
    let seen = |(line, text): (u64, &str)| {
        let mut quoted = text.split('"');
        let (start, request) = (quoted.next()?, quoted.next()?);
        let (referer, agent) = (quoted.nth(1).unwrap_or("-"), quoted.nth(1).unwrap_or("-"));
        let (method, target) = request.split_once(' ')?;
        let target = target.split(' ').next()?;
        let client = start.split(' ').next()?;
        let hour = start.split_once('[')?.1.split(':').nth(1)?.parse().ok()?;
        Some(Seen::new([client, agent, referer, method, target], hour, is_theft(line)))
    };
    (1..).zip(text.lines()).filter(|(line, _)| is_wanted(*line)).filter_map(seen).collect()
}

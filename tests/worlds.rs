//! Services that never were, with thefts of growing mimicry in them, and how many of those are found.
//!
//! The samples tell what the program does where its makers looked. Here are services that differ from them and from
//! each other, made up from a seed. With nothing stolen no incident may be loud; a theft that is found must stay found;
//! what is not found is written down, with the reason, and when it is found one day the list must say so.
//!
//! `KEYTRACE_WORLDS_SEEDS=20 cargo test -p keytrace-tests worlds -- --nocapture` tries more seeds and prints the table
//! of `crates/detect/EVALUATION.md`; `KEYTRACE_WORLDS_ONLY=lists` beside it those thefts alone whose names have that in them.

mod features;
mod others;
mod outside;
mod score;
mod services;
mod thefts;
mod traffic;
pub(crate) mod worth;

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::io::Write as _;

use self::score::{Score, score};
use self::services::{SERVICES, Service};
use self::thefts::{Needs, THEFTS, Theft};
use crate::program::two_at_a_time;

/// The seed of the worlds that every run of the tests tries.
const SEED: u64 = 1;

/// The thefts that are not found with [`SEED`], of which services, and why.
const NOT_FOUND: [(&str, &[&str], &str); 13] = [
    (
        "fetch, redirect by own host",
        &["tickets", "news"],
        "where any host is usual, or answers of that size are, there is no surprise; elsewhere one host and one document tell it",
    ),
    (
        "fetch, redirect by lookalike",
        &["news", "fleet"],
        "where any host is usual, or answers of that size are, there is no surprise; elsewhere one host and one document tell it",
    ),
    ("fetch, redirect, usual size", &ALL, "nothing in the log differs"),
    ("body, tries first", &["clinic", "rides"], "a GraphQL route answers in every size, that of keys among them"),
    (
        "body, three addresses",
        &["clinic", "chat", "rides"],
        "a route that answers in every size, or answers that differ by more than the tokens of keys do",
    ),
    ("body, among ordinary use", &ALL, "ordinary answers to the same client excuse its odd ones"),
    (
        "records, by a user that turns",
        &["chat", "fleet"],
        "users have so many records each that a few hundred are no more than three times as many as those of the busiest",
    ),
    (
        "records, by one who looks around",
        &ALL,
        "who helps the users among their own pages does the same: shown at medium where owners come by",
    ),
    (
        "records, with pages around",
        &ALL,
        "three records each, with the pages of a user: told where most owners come by, and addresses do not go over to others",
    ),
    ("records, by popularity", &ALL, "nothing in the log differs"),
    ("records, one each, one agent", &ALL, "one record each is what a link in a mail leads to, whatever the agent"),
    (
        "records, one each in a row, any agent",
        &["tickets", "shop", "belege", "hotel", "campus"],
        "without misses, orders come in a row too, each by its own buyer, where links lead to them: shown at medium",
    ),
    (
        "records, secret fields asked for",
        &["belege", "rides"],
        "records of all sizes: twice as much is the size of another; the attempt is shown at medium",
    ),
];

/// All services, by name.
const ALL: [&str; SERVICES.len()] = {
    let mut names = [""; SERVICES.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = SERVICES[place].name;
        place += 1;
    }
    names
};

/// Whether that service can be robbed so.
fn is_possible(theft: &Theft, service: &Service) -> bool {
    match theft.needs {
        Needs::Tools => true,
        Needs::Records => service.name != "news",
        Needs::Numbers => !["news", "clinic", "chat", "gallery", "rides", "museum", "fleet"].contains(&service.name),
        Needs::Lists => ["belege", "loja", "chat", "schule", "rides"].contains(&service.name),
    }
}

fn pairs() -> impl Iterator<Item = (&'static Theft, &'static Service)> {
    let all = THEFTS.iter().flat_map(|theft| SERVICES.iter().map(move |service| (theft, service)));
    all.filter(|(theft, service)| is_possible(theft, service))
}

fn is_listed(theft: &Theft, service: &Service) -> bool {
    NOT_FOUND.iter().any(|(name, services, _)| *name == theft.name && services.contains(&service.name))
}

#[test]
fn worlds_in_which_nothing_happened_wake_nobody() {
    for service in &SERVICES {
        for seed in [SEED, 2, 3] {
            let Score { false_alarms, lines, .. } = score(service, None, seed);
            assert!(10_000 < lines, "{} has {lines} lines", service.name);
            assert!(false_alarms.is_empty(), "{} with seed {seed}: {false_alarms:?}", service.name);
        }
    }
}

#[test]
fn worlds_tell_the_thefts_that_they_told_before() {
    // Of each theft every second service, and of each service every second theft, as they are odd in number; the table has all.
    let pairs: Vec<_> = pairs().step_by(2).collect();
    let scores = two_at_a_time(&pairs, |(theft, service)| score(service, Some(theft), SEED));
    let mut complaints = Vec::new();
    for ((theft, service), told) in pairs.into_iter().zip(scores) {
        let (name, of) = (theft.name, service.name);
        match (told.is_found, is_listed(theft, service)) {
            (false, false) => complaints.push(format!("not found any more: {name}, of {of}")),
            (true, true) => complaints.push(format!("found now, so take it from NOT_FOUND: {name}, of {of}")),
            _ => {}
        }
        complaints.extend(told.false_alarms.iter().map(|alarm| format!("{name}, of {of}: for nothing: {alarm}")));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn what_worlds_hide_is_listed_with_its_reason() {
    for (name, services, because) in NOT_FOUND {
        assert!(THEFTS.iter().any(|theft| theft.name == name) && !because.is_empty(), "{name}");
        assert!(services.iter().all(|of| SERVICES.iter().any(|service| service.name == *of)), "{name}: {services:?}");
    }
}

/// The table, for as many seeds as the environment asks for; nothing where it asks for none.
#[test]
fn worlds_are_tabled_where_that_is_asked_for() {
    let Some(seeds) = env::var("KEYTRACE_WORLDS_SEEDS").ok().and_then(|seeds| seeds.parse::<u64>().ok()) else {
        return;
    };
    let mut table = "| level | theft |".to_owned();
    SERVICES.iter().for_each(|service| write!(table, " {} |", service.name).expect("memory"));
    table.push_str(" all | shown |\n| --- | --- |");
    table.push_str(&" ---: |".repeat(SERVICES.len() + 2));
    let mut alarms: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    let mut by_level: BTreeMap<(u8, bool), (u64, u64)> = BTreeMap::new();
    let wanted = env::var("KEYTRACE_WORLDS_ONLY").unwrap_or_default();
    for theft in THEFTS.iter().filter(|theft| theft.name.contains(&wanted)) {
        write!(table, "\n| {} | {} |", theft.level, theft.name).expect("memory");
        let (mut found, mut shown, mut tried) = (0, 0, 0);
        for service in &SERVICES {
            if !is_possible(theft, service) {
                table.push_str(" |");
                continue;
            }
            let scores: Vec<Score> = (1..=seeds).map(|seed| score(service, Some(theft), seed)).collect();
            let hits = scores.iter().filter(|score| score.is_found).count() as u64;
            write!(table, " {hits}/{seeds} |").expect("memory");
            (found, tried) = (found + hits, tried + seeds);
            shown += scores.iter().filter(|score| score.is_shown).count() as u64;
            let alarm = alarms.entry(service.name).or_default();
            alarm.0 += scores.iter().map(|score| score.false_alarms.len()).sum::<usize>();
            alarm.1 += scores.iter().map(|score| score.lines).sum::<u64>();
        }
        write!(table, " {} % | {} % |", found * 100 / tried, shown * 100 / tried).expect("memory");
        let sum = by_level.entry((theft.level, theft.needs != Needs::Tools)).or_default();
        *sum = (sum.0 + found, sum.1 + tried);
    }
    table.push_str("\n\n| level | kind | found |\n| --- | --- | ---: |\n");
    for ((level, is_harvest), (found, tried)) in by_level {
        let kind = if is_harvest { "records" } else { "keys" };
        writeln!(table, "| {level} | {kind} | {found}/{tried} = {} % |", found * 100 / tried).expect("memory");
    }
    table.push_str("\n| service | lines, nothing stolen | loud for nothing | per million | lines, something stolen | loud for nothing | per million |\n");
    table.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for service in &SERVICES {
        let quiet: Vec<Score> = (1..=seeds).map(|seed| score(service, None, seed)).collect();
        let lines: u64 = quiet.iter().map(|score| score.lines).sum();
        let loud: usize = quiet.iter().map(|score| score.false_alarms.len()).sum();
        let (also, among) = alarms.get(service.name).copied().unwrap_or_default();
        let per_million = |loud: usize, lines: u64| loud as f64 * 1e6 / lines as f64;
        writeln!(
            table,
            "| {} | {lines} | {loud} | {:.1} | {among} | {also} | {:.1} |",
            service.name,
            per_million(loud, lines),
            per_million(also, among)
        )
        .expect("memory");
        for alarm in quiet.iter().flat_map(|score| &score.false_alarms) {
            writeln!(std::io::stderr(), "for nothing, in {}: {alarm}", service.name).expect("standard error");
        }
    }
    write!(std::io::stdout(), "{table}").expect("standard output");
}

/// What each signal is worth: how many thefts of [`SEED`] are found no more without it, and what is loud then.
#[cfg(feature = "ablation")]
#[test]
fn what_each_signal_is_worth_is_tabled() {
    let _alone = crate::ablated::alone();
    let all: Vec<(&Theft, &Service, Score)> =
        pairs().map(|(theft, service)| (theft, service, score(service, Some(theft), SEED))).collect();
    let found = |told: &[(&Theft, &Service, Score)]| told.iter().filter(|(_, _, score)| score.is_found).count();
    let alarms =
        |told: &[(&Theft, &Service, Score)]| told.iter().map(|(_, _, one)| one.false_alarms.len()).sum::<usize>();
    let print = |row: String| writeln!(std::io::stdout(), "{row}").expect("standard output can be written");
    print("| without | found | fewer in | loud for nothing |\n| --- | ---: | --- | ---: |".to_owned());
    print(format!("| nothing taken out | {} | nothing | {} |", found(&all), alarms(&all)));
    // What reaches for something by its name is told by that name; what no line of a theft names changes none.
    let named = |name: &str| all.iter().any(|(_, _, score)| score.signals.contains(name));
    let weighed = |signal: &&&dyn detect::Signal| signal.role() != detect::Role::Objective && named(signal.name());
    for signal in detect::SIGNALS.iter().filter(weighed) {
        detect::ablation::take_out(Some(signal.name()));
        // A theft that is not found, or of whose lines none names the signal, is told as before.
        let without: Vec<(&Theft, &Service, Score)> = all
            .iter()
            .map(|(theft, service, before)| match before.is_found && before.signals.contains(signal.name()) {
                true => (*theft, *service, score(service, Some(theft), SEED)),
                false => (*theft, *service, before.clone()),
            })
            .collect();
        detect::ablation::take_out(None);
        let mut fewer: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for ((theft, service, before), (_, _, after)) in all.iter().zip(&without) {
            if before.is_found && !after.is_found {
                fewer.entry(theft.name).or_default().push(service.name);
            }
        }
        let fewer: Vec<String> =
            fewer.into_iter().map(|(theft, services)| format!("{theft} ({})", services.join(", "))).collect();
        let fewer = if fewer.is_empty() { "nothing".to_owned() } else { fewer.join("; ") };
        let (found, alarms) = (found(&without), alarms(&without));
        print(format!("| `{}` | {found} | {fewer} | {alarms} |", signal.name()));
    }
}

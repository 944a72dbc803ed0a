//! Accounts of a cloud that never were, with thefts of keys in them, and how many of those are found.
//!
//! As `worlds` does for services: with nothing stolen no incident may be loud; a theft that is found must stay found; what
//! is not found is listed with its reason, and when it is found one day the list must say so.
//!
//! `KEYTRACE_WORLDS_SEEDS=20 cargo test -p keytrace-tests clouds -- --nocapture` tries more seeds and prints the table
//! of `crates/detect/EVALUATION.md`.

mod accounts;
mod thefts;
mod world;
mod worth;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;

use self::accounts::{ACCOUNTS, Account};
use self::thefts::{THEFTS, Theft};
use self::world::{Objects, World};
use crate::program::{of_type, rows};

/// The seed of the worlds that every run of the tests tries.
const SEED: u64 = 1;

/// The thefts that are not found with [`SEED`], of which accounts, and why.
const NOT_FOUND: [(&str, &[&str], &str); 2] = [
    (
        "machine's key, the service's own tool, known prefixes",
        &["shop"],
        "no faster than the servers, where machines with addresses of their own come and go: it is shown, for a machine \
         that is in two places",
    ),
    (
        "person's session, a user made",
        &["shop", "media"],
        "an engineer at home and in the office is often elsewhere: it is shown, for what was made",
    ),
];

/// What a report of one account is worth.
struct Score {
    is_found: bool,
    is_shown: bool,
    /// How many of the calls of the theft are in an incident, of how many.
    recall: (u64, u64),
    /// Loud incidents that hold no call of the theft, and shown ones.
    loud: Vec<String>,
    shown: Vec<String>,
    calls: u64,
    /// The signals that incidents of the theft name.
    #[cfg(feature = "ablation")]
    signals: BTreeSet<String>,
}

fn score(account: &Account, theft: Option<&Theft>, seed: u64) -> Score {
    let objects = if account.name == "media" { Objects::DataEvents } else { Objects::ServerLog };
    let mut world = World::new(seed, objects);
    let prey = (account.live)(&mut world);
    if let Some(theft) = theft {
        world.is_theft = true;
        (theft.commit)(&mut world, &prey);
    }
    let written = world.written();
    let folder = tempfile::tempdir().expect("a folder");
    let (trail, server_log) = (folder.path().join("cloudtrail.json"), folder.path().join("s3.log"));
    fs::write(&trail, &written.trail).expect("the trail is written");
    let mut paths: Vec<&Path> = vec![&trail];
    if !written.server_log.is_empty() {
        fs::write(&server_log, &written.server_log).expect("the log is written");
        paths.push(&server_log);
    }
    let (rows, _) = rows(&paths);
    assert_eq!(rows[0]["totals"]["records"].as_u64(), Some(written.calls), "every call is a record");
    let (of_trail, of_log) = &written.stolen;
    let stolen: BTreeSet<(bool, u64)> =
        of_trail.iter().map(|record| (true, *record)).chain(of_log.iter().map(|line| (false, *line))).collect();
    let mut of_incident: BTreeMap<String, BTreeSet<(bool, u64)>> = BTreeMap::new();
    for finding in of_type(&rows, "finding") {
        let source = &finding["source"];
        let is_trail = source["path"].as_str().is_some_and(|path| path.ends_with(".json"));
        let place = if is_trail { &source["record"] } else { &source["line"] };
        let place = place.as_u64().expect("a finding has its place");
        of_incident.entry(finding["incident"].to_string()).or_default().insert((is_trail, place));
    }
    let mut score = Score {
        is_found: false,
        is_shown: false,
        recall: (0, stolen.len() as u64),
        loud: Vec::new(),
        shown: Vec::new(),
        calls: written.calls,
        #[cfg(feature = "ablation")]
        signals: BTreeSet::new(),
    };
    let mut hit: BTreeSet<(bool, u64)> = BTreeSet::new();
    for incident in of_type(&rows, "incident") {
        let calls = of_incident.get(&incident["id"].to_string()).cloned().unwrap_or_default();
        let of_theft: BTreeSet<(bool, u64)> = calls.intersection(&stolen).copied().collect();
        let is_loud = incident["severity"] == "high" || incident["severity"] == "critical";
        let is_shown = is_loud || incident["severity"] == "medium";
        score.is_found |= is_loud && !of_theft.is_empty();
        score.is_shown |= is_shown && !of_theft.is_empty();
        if of_theft.is_empty() && is_shown {
            let told = format!("{} ({}) {}", incident["title"], incident["summary"], why(incident));
            if is_loud { score.loud.push(told) } else { score.shown.push(told) }
        }
        #[cfg(feature = "ablation")]
        if !of_theft.is_empty() {
            let reasons = incident["why"].as_array().into_iter().flatten();
            score.signals.extend(reasons.filter_map(|reason| reason["signal"].as_str().map(ToOwned::to_owned)));
        }
        hit.extend(of_theft);
    }
    score.recall.0 = hit.len() as u64;
    score
}

fn why(incident: &Value) -> String {
    let reasons = incident["why"].as_array().into_iter().flatten();
    reasons.map(|reason| format!("{} {}", reason["signal"], reason["bits"])).collect::<Vec<_>>().join(", ")
}

fn is_listed(theft: &Theft, account: &Account) -> bool {
    NOT_FOUND.iter().any(|(name, accounts, _)| *name == theft.name && accounts.contains(&account.name))
}

fn is_told(theft: &Theft, score: &Score) -> bool {
    if theft.is_refused { score.is_shown } else { score.is_found }
}

#[test]
fn clouds_in_which_nothing_is_stolen_wake_nobody() {
    for account in &ACCOUNTS {
        for seed in [SEED, 2, 3] {
            let score = score(account, None, seed);
            assert!(score.loud.is_empty(), "{} with seed {seed}:\n{}", account.name, score.loud.join("\n"));
        }
    }
}

#[test]
fn clouds_tell_the_thefts_that_they_told_before() {
    let mut complaints = Vec::new();
    for account in &ACCOUNTS {
        for theft in &THEFTS {
            let score = score(account, Some(theft), SEED);
            let (name, of) = (theft.name, account.name);
            match (is_told(theft, &score), is_listed(theft, account)) {
                (false, false) => complaints.push(format!("not found any more: {name}, of {of}")),
                (true, true) => complaints.push(format!("found now, so take it from NOT_FOUND: {name}, of {of}")),
                _ => {}
            }
            complaints.extend(score.loud.iter().map(|told| format!("{name}, of {of}: for nothing: {told}")));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn what_clouds_hide_is_listed_with_its_reason() {
    for (name, accounts, because) in NOT_FOUND {
        assert!(THEFTS.iter().any(|theft| theft.name == name) && !because.is_empty(), "{name}");
        assert!(accounts.iter().all(|of| ACCOUNTS.iter().any(|account| account.name == *of)), "{name}: {accounts:?}");
    }
}

/// The table, for as many seeds as the environment asks for; nothing where it asks for none.
#[test]
fn clouds_are_tabled_where_that_is_asked_for() {
    let Some(seeds) = env::var("KEYTRACE_WORLDS_SEEDS").ok().and_then(|seeds| seeds.parse::<u64>().ok()) else {
        return;
    };
    let mut table = "| what is done | ".to_owned();
    ACCOUNTS.iter().for_each(|account| write!(table, "{} | ", account.name).expect("memory"));
    table.push_str("told | calls in the incident |\n| --- |");
    table.push_str(&" ---: |".repeat(ACCOUNTS.len() + 2));
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let (mut loud, mut calls) = (0, 0);
    for theft in &THEFTS {
        write!(table, "\n| {}{} |", theft.name, if theft.is_refused { " (shown is enough)" } else { "" })
            .expect("memory");
        let (mut told, mut hit, mut all) = (0, 0, 0);
        for account in &ACCOUNTS {
            let scores: Vec<Score> = (1..=seeds).map(|seed| score(account, Some(theft), seed)).collect();
            let hits = scores.iter().filter(|score| is_told(theft, score)).count() as u64;
            let shown = scores.iter().filter(|score| score.is_shown).count() as u64;
            write!(table, " {hits}/{seeds}").expect("memory");
            if hits < shown {
                write!(table, " ({shown} shown)").expect("memory");
            }
            table.push_str(" |");
            told += hits;
            hit += scores.iter().map(|score| score.recall.0).sum::<u64>();
            all += scores.iter().map(|score| score.recall.1).sum::<u64>();
            loud += scores.iter().map(|score| score.loud.len()).sum::<usize>();
            calls += scores.iter().map(|score| score.calls).sum::<u64>();
        }
        write!(table, " {} % | {} % |", told * 100 / (seeds * ACCOUNTS.len() as u64), hit * 100 / all).expect("memory");
    }
    writeln!(table, "\n\nBeside thefts: {loud} loud for nothing in {calls} calls.\n").expect("memory");
    table.push_str(
        "| account, nothing stolen | calls | loud for nothing | shown for nothing |\n| --- | ---: | ---: | ---: |\n",
    );
    for account in &ACCOUNTS {
        let scores: Vec<Score> = (1..=seeds).map(|seed| score(account, None, seed)).collect();
        let calls: u64 = scores.iter().map(|score| score.calls).sum();
        let loud: usize = scores.iter().map(|score| score.loud.len()).sum();
        let shown: usize = scores.iter().map(|score| score.shown.len()).sum();
        writeln!(table, "| {} | {calls} | {loud} | {shown} |", account.name).expect("memory");
        for score in &scores {
            seen.extend(score.loud.iter().map(|told| format!("loud, in {}: {told}", account.name)));
            seen.extend(score.shown.iter().map(|told| format!("shown, in {}: {told}", account.name)));
        }
    }
    for told in seen {
        writeln!(std::io::stderr(), "{told}").expect("standard error");
    }
    write!(std::io::stdout(), "{table}").expect("standard output");
}

/// What each signal of keys is worth: how many thefts of [`SEED`] are told no more without it, and what is loud then.
#[cfg(feature = "ablation")]
#[test]
fn what_each_signal_of_keys_is_worth_is_tabled() {
    let _alone = crate::ablated::alone();
    let pairs = || ACCOUNTS.iter().flat_map(|account| THEFTS.iter().map(move |theft| (account, theft)));
    let all: Vec<(&Account, &Theft, Score)> =
        pairs().map(|(account, theft)| (account, theft, score(account, Some(theft), SEED))).collect();
    let print = |row: String| writeln!(std::io::stdout(), "{row}").expect("standard output can be written");
    let told = all.iter().filter(|(_, theft, score)| is_told(theft, score)).count();
    let loud = all.iter().map(|(.., score)| score.loud.len()).sum::<usize>();
    print(
        "| without | told | fewer in | loud for nothing | cases told no more |\n| --- | ---: | --- | ---: | --- |"
            .to_owned(),
    );
    print(format!("| nothing taken out | {told} of {} | nothing | {loud} | none |", all.len()));
    let named = |name: &str| {
        all.iter().any(|(.., score)| score.signals.contains(name))
            || worth::CASES.iter().any(|case| case.signal == name)
    };
    let weighed = |signal: &&&dyn detect::Signal| signal.role() != detect::Role::Objective && named(signal.name());
    for signal in detect::SIGNALS.iter().filter(weighed) {
        detect::ablation::take_out(Some(signal.name()));
        let cases: Vec<&str> = worth::CASES.iter().filter(|case| !case.is_loud()).map(worth::Case::about).collect();
        let (mut fewer, mut loud): (BTreeMap<&str, Vec<&str>>, usize) = (BTreeMap::new(), 0);
        for (account, theft, before) in &all {
            // A theft of whose incidents none names the signal is told as before.
            if !before.signals.contains(signal.name()) {
                loud += before.loud.len();
                continue;
            }
            let after = score(account, Some(theft), SEED);
            loud += after.loud.len();
            if is_told(theft, before) && !is_told(theft, &after) {
                fewer.entry(theft.name).or_default().push(account.name);
            }
        }
        detect::ablation::take_out(None);
        let count: usize = fewer.values().map(Vec::len).sum();
        let fewer: Vec<String> =
            fewer.into_iter().map(|(theft, accounts)| format!("{theft} ({})", accounts.join(", "))).collect();
        let fewer = if fewer.is_empty() { "nothing".to_owned() } else { fewer.join("; ") };
        let cases = if cases.is_empty() { "none".to_owned() } else { cases.join("; ") };
        print(format!("| `{}` | {} | {fewer} | {loud} | {cases} |", signal.name(), told - count));
    }
}

//! What an attacker does to be overlooked: a theft under a flood of decoys, and one that grows so slowly that it seems to be
//! the usual.
//!
//! One seed of each is tried in every run, by the table of faults; `KEYTRACE_CASES=50 cargo test -p keytrace-tests -- buried`
//! tries fifty and prints what they came to.

use std::fs;

use serde_json::Value;

use crate::logs::{self, Dice, Hit, Writing};
use crate::program::{of_type, rows};
use crate::trials::{seeds, told};

/// How many lines a flood has.
const FLOOD: usize = 20_000;

/// How a flood is made: its name, and a hit of it.
type Flood = (&'static str, fn(usize, &mut Dice) -> Hit);

const FLOODS: [Flood; 3] = [
    ("many actors", |number, dice| {
        let client = format!("10.{}.{}.{}", number >> 16, number >> 8 & 255, number & 255);
        Hit::new(
            dice.below(86_400) as u64,
            &client,
            dice.pick::<&str>(&["/.env", "/.git/config", "/wp-config.php.bak"]),
            404,
            153,
        )
    }),
    ("every way", |number, dice| {
        let target = format!("{}&n={number}", dice.pick(&logs::REACHES));
        let client = format!("10.0.{}.{}", dice.below(256), dice.below(256));
        Hit::new(dice.below(86_400) as u64, &client, &target, 404, 153)
    }),
    ("a hundred times its volume", |_, dice| {
        let target = format!("/media/proxy?src=http://10.0.{}.{}/&w=640", dice.below(4), dice.below(256));
        Hit::new(dice.below(86_400) as u64, "192.0.2.99", &target, 502, 91)
    }),
];

/// The rows of a report on this log.
fn report(log: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("access.log");
    fs::write(&path, log).expect("the log is written");
    rows(&[&path]).0
}

/// The rank of the theft under a flood; nothing where it is not told as critical.
fn rank_under(flood: Flood, seed: u64) -> Option<u64> {
    let mut dice = Dice::new(seed);
    let thief = format!("198.51.100.{}", 1 + dice.below(250));
    let keys = "http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2F";
    let begun = dice.below(80_000) as u64;
    let mut hits: Vec<Hit> = [("", 13), ("shop-web-role", 1_200 + dice.below(300) as u64)]
        .iter()
        .map(|(role, bytes)| Hit::new(begun, &thief, &format!("/media/proxy?src={keys}{role}&w=640"), 200, *bytes))
        .collect();
    for number in 0..300 {
        let target = format!("/media/proxy?src=https%3A%2F%2Fcdn.shop.example%2Fp%2F{number}.jpg&w=640");
        let client = format!("203.0.113.{}", dice.below(90));
        hits.push(Hit::new(dice.below(86_400) as u64, &client, &target, 200, 20_000 + dice.below(40_000) as u64));
    }
    hits.extend((0..FLOOD).map(|number| (flood.1)(number, &mut dice)));
    hits.sort_by_key(|hit| hit.seconds);
    let log: String = hits.iter().map(|hit| logs::line(hit, Writing::Combined) + "\n").collect();
    let rows = report(&log);
    let is_theft = |incident: &&Value| incident["severity"] == "critical" && has_actor(incident, &thief);
    of_type(&rows, "incident").into_iter().find(is_theft).and_then(|incident| incident["rank"].as_u64())
}

fn has_actor(incident: &Value, client: &str) -> bool {
    incident["actors"].as_array().is_some_and(|actors| actors.iter().any(|actor| actor["client"] == client))
}

/// The floods under which the theft of this seed is not among the first ten.
pub(crate) fn lost_under_floods(seed: u64) -> Vec<String> {
    let ranks = FLOODS.map(|flood| (flood.0, rank_under(flood, seed)));
    let lost = ranks.iter().filter(|(_, rank)| rank.is_none_or(|rank| 10 < rank));
    lost.map(|(name, rank)| format!("seed {seed}: under {name} the theft has rank {rank:?}")).collect()
}

/// How many days the world of slow growth has, and on which the growth begins.
const DAYS: u64 = 28;
const BEGIN: u64 = 14;

/// What became of an attacker who takes orders of others, at first none and every day a twentieth of the usual more.
pub(crate) struct Drift {
    /// Whether an incident that wakes somebody names the attacker.
    pub(crate) is_loud: bool,
    /// Whether any incident does.
    pub(crate) is_told: bool,
    /// How many others one that wakes somebody names.
    pub(crate) innocent: usize,
}

/// A service of orders: thirty clients fetch their own and the pages around, about a hundred requests a day each; one of them
/// fetches others' besides, so many that all its requests grow by five hundredths a day.
pub(crate) fn drift(seed: u64) -> Drift {
    const CLIENTS: usize = 30;
    const OWN: usize = 30;
    let mut dice = Dice::new(seed);
    let attacker = dice.below(CLIENTS);
    let address = |client: usize| format!("203.0.113.{}", client + 1);
    let order = |client: usize, number: usize| 400_000 + (client * OWN + number) * 7_919 % 99_991;
    let mut hits = Vec::new();
    for day in 0..DAYS {
        for client in 0..CLIENTS {
            let mut hit = |target: String, bytes: usize, dice: &mut Dice| {
                let seconds = day * 86_400 + 28_800 + dice.below(50_000) as u64;
                hits.push(Hit::new(seconds, &address(client), &target, 200, bytes as u64));
            };
            for _ in 0..80 + dice.below(41) {
                if dice.one_in(3) {
                    hit(format!("/api/orders/{}", order(client, dice.below(OWN))), 1_400 + dice.below(600), &mut dice);
                } else {
                    hit(format!("/products/{}", dice.below(200)), 9_000 + dice.below(9_000), &mut dice);
                }
            }
            if client == attacker && BEGIN <= day {
                let extra = 100.0 * (1.05_f64.powi((day - BEGIN + 1) as i32) - 1.0);
                for _ in 0..extra.round() as usize {
                    let other = (attacker + 1 + dice.below(CLIENTS - 1)) % CLIENTS;
                    hit(format!("/api/orders/{}", order(other, dice.below(OWN))), 1_400 + dice.below(600), &mut dice);
                }
            }
        }
    }
    hits.sort_by_key(|hit| hit.seconds);
    let log: String = hits.iter().map(|hit| logs::line(hit, Writing::Combined) + "\n").collect();
    let rows = report(&log);
    let incidents = of_type(&rows, "incident");
    let is_loud = |incident: &&&Value| incident["severity"] == "high" || incident["severity"] == "critical";
    let loud: Vec<&&Value> = incidents.iter().filter(is_loud).collect();
    let named = |client: usize| loud.iter().any(|incident| has_actor(incident, &address(client)));
    Drift {
        is_loud: named(attacker),
        is_told: incidents.iter().any(|incident| has_actor(incident, &address(attacker))),
        innocent: (0..CLIENTS).filter(|client| *client != attacker && named(*client)).count(),
    }
}

#[test]
fn a_theft_is_among_the_first_ten_whatever_it_is_buried_under() {
    let lost: Vec<String> = seeds(1).flat_map(lost_under_floods).collect();
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn slow_growth_is_told_as_often_as_it_is_said_to_be() {
    let (mut tried, mut loud, mut quiet, mut innocent) = (0, 0, 0, 0);
    for seed in seeds(1) {
        let Drift { is_loud, is_told, innocent: others } = drift(seed);
        tried += 1;
        loud += usize::from(is_loud);
        quiet += usize::from(is_told && !is_loud);
        innocent += others;
    }
    told(&format!(
        "slow growth: of {tried} attackers {loud} are loud within {BEGIN} days and {quiet} told quietly; {innocent} others are named"
    ));
    assert_eq!(innocent, 0, "nobody else is named");
    assert!(tried * 99 <= loud * 100, "ninety-nine of a hundred are loud");
}

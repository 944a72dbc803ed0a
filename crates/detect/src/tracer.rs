//! The second, aimed pass: the lines behind what the first pass could only count.
//!
//! A [`Tracer`] takes in the same records again and keeps those of the clients and routes it is aimed at. Its state
//! merges as the detector's does; what is made of it is in [`trace`](Verdict::traced): the reasons for an aim are
//! weighed once more, with the lines in hand, and those that hold become incidents.

use std::collections::BTreeMap;
use std::sync::Arc;

use accesslog::{Position, Record};
use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use crate::ablation;
use crate::aims::{Aim, Aims, Kind};
use crate::catalog::Grade;
use crate::data_map::DataMap;
use crate::detector::{Limit, Verdict};
use crate::finding::{Finding, Judged, Severity, Stage, judged};
use crate::hash::Key;
use crate::impact::{self, Item, Tally};
use crate::incident::{self, is_success};
use crate::keys;
use crate::leaked::{Leaked, Taken};
use crate::outcome::Outcome;
use crate::personal;
use crate::persons::{self, PERSONS_MAX, Subjects};
use crate::profile::is_answer;
use crate::request::{self, Others, Request};
use crate::route::route_of;
use crate::signal::{Evidence, Way, Weight};
use crate::signals::place_of;
use crate::sized;
use crate::target::Target;
use crate::walks::is_miss;

/// How many lines are kept.
const TRACES_MAX: usize = 1 << 17;

/// How many bits are a harvest that a person should look at now.
pub(crate) const BITS_LOUD: i32 = 12;

/// How many bits are worth a row.
pub(crate) const BITS_ENOUGH: i32 = 10;

/// How many bits it takes away that nothing says that the records are of persons.
const IMPERSONAL_BITS: i32 = 6;

/// The state of a second pass.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tracer {
    #[serde(skip)]
    key: Key,
    #[serde(skip)]
    aims: Arc<Aims>,
    traces: Vec<Finding>,
    tally: Tally,
    subjects: Subjects,
    /// The objects that leave, by name, where their contents are wanted.
    leaked: Option<Leaked>,
    seen: u64,
}

impl Tracer {
    /// A tracer of what a verdict wants looked at again.
    pub fn of(verdict: &Verdict) -> Tracer {
        Tracer { key: verdict.key, aims: Arc::clone(&verdict.aims), ..Tracer::default() }
    }

    /// The same, counting the persons whose data left as this map tells them apart.
    #[must_use]
    pub fn with_map(self, map: Arc<DataMap>) -> Tracer {
        Tracer { subjects: Subjects::of(map), ..self }
    }

    /// The same, keeping the names of the objects that leave, whose contents this map says how to read.
    #[must_use]
    pub fn with_objects(self, map: Arc<DataMap>) -> Tracer {
        Tracer { leaked: Some(Leaked::of(map)), ..self }
    }

    /// Whether there is nothing to look at again.
    pub fn is_idle(&self) -> bool {
        self.aims.is_empty()
    }

    /// Takes in a record.
    pub fn observe(&mut self, at: Position, record: &Record<'_>) {
        if record.cloud.is_some() && self.observe_use(at, record) {
            return;
        }
        let client = self.key.hash(record.client.unwrap_or_default());
        if !self.aims.has_client(client) {
            return;
        }
        let _scope = self.key.enter();
        let target = request::target_of(record);
        let route = route_of(&Target::new(&target));
        let Some((kind, story)) = self.aims.get(client, route.key).map(|aim| (aim.kind, aim.story)) else { return };
        if let Some(outcome) = outcome(kind, record.status, record.bytes) {
            self.tally.add(story, Item::of_web(&target, route, record, outcome));
            self.count(story, record, outcome);
        }
        let request = Request::new(record, &target, Others::default());
        let evidence = evidence(&request, kind);
        self.keep(Finding::new(at, &request, &target, client, vec![evidence]));
    }

    /// Takes in a call of a cloud, if an aim names it; whether it does.
    fn observe_use(&mut self, at: Position, record: &Record<'_>) -> bool {
        let _scope = self.key.enter();
        let place = keys::place_of_use(record).filter(|(role, _)| self.aims.has_client(*role));
        let Some((role, network)) = place else { return false };
        let Some((Kind::Use { deed }, story)) = self.aims.get(role, network).map(|aim| (aim.kind, aim.story)) else {
            return false;
        };
        if let Some(item) = Item::of_call(record, keys::is_allowed(record)) {
            self.count(story, record, item.outcome);
            self.tally.add(story, item);
        }
        let target = request::target_of(record);
        let request = Request::new(record, &target, Others::default());
        let finding = Finding::new(at, &request, &target, role, vec![keys::evidence(record, deed)]);
        self.keep(Finding { route: network, ..finding });
        true
    }

    fn count(&mut self, story: u64, record: &Record<'_>, outcome: Outcome) {
        self.subjects.add(story, record, outcome);
        if let Some(leaked) = &mut self.leaked {
            leaked.add(story, record, outcome);
        }
    }

    fn keep(&mut self, trace: Finding) {
        self.traces.push(Finding { is_traced: true, ..trace });
        self.seen += 1;
        if TRACES_MAX * 2 <= self.traces.len() {
            self.truncate();
        }
    }

    /// Takes in what another worker saw.
    pub fn merge(&mut self, other: Tracer) {
        self.seen += other.seen;
        self.tally.merge(other.tally);
        self.subjects.merge(other.subjects);
        if let (Some(mine), Some(other)) = (&mut self.leaked, other.leaked) {
            mine.merge(other);
        }
        self.traces.extend(other.traces);
        if TRACES_MAX * 2 <= self.traces.len() {
            self.truncate();
        }
    }

    fn truncate(&mut self) {
        self.traces.sort_by_key(|trace| trace.at);
        self.traces.truncate(TRACES_MAX);
    }
}

/// What a record of a harvest got, by its status.
pub(crate) fn of_status(status: Option<u16>) -> Outcome {
    match status {
        Some(status) if is_answer(status) => Outcome::Success,
        Some(status) if is_miss(status) || 500 <= status => Outcome::Failure,
        _ => Outcome::Unknown,
    }
}

/// What a line that an aim names got; nothing if it is no part of what it may turn out to be.
fn outcome(kind: Kind, status: Option<u16>, bytes: Option<u64>) -> Option<Outcome> {
    match kind {
        Kind::Harvest => Some(of_status(status)),
        Kind::Blind { low, high } => {
            let is_odd = status.is_some_and(is_answer) && bytes.is_some_and(|bytes| low <= bytes && bytes <= high);
            is_odd.then_some(Outcome::Success)
        }
        Kind::Use { .. } => None,
    }
}

fn evidence(request: &Request<'_>, kind: Kind) -> Evidence {
    let part = &request.parts[0];
    let (way, name, what) = match kind {
        Kind::Harvest => (Way::Harvest, "object-harvest", "a record that others own"),
        _ => (Way::Blind, "odd-reply", "an answer of a size that this route does not give"),
    };
    let text = &part.readings[0].text;
    let seen = Evidence::new(Grade::Likely, way, part, &[], text, what);
    Evidence { signal: place_of(name), ..seen }
}

impl Verdict {
    /// The verdict where a second look could not be taken, since the log can be read only once.
    #[must_use]
    pub fn untraced(mut self) -> Verdict {
        let meaning = "clients whose walks over the records of the service are unlike others' were not looked at again: \
                       a pipe can be read only once, and a scan that was stopped takes no second look; scan files to see them";
        self.limits.push(Limit { name: "second pass", limit: 0, over: Some(self.aims.len() as u64), meaning });
        self
    }

    /// The verdict with what the second look showed.
    #[must_use]
    pub fn traced(mut self, mut tracer: Tracer) -> Verdict {
        let _scope = self.key.enter();
        tracer.truncate();
        if (tracer.traces.len() as u64) < tracer.seen {
            let over = Some(tracer.seen - tracer.traces.len() as u64);
            let meaning = "the lines behind what was counted are not all shown";
            self.limits.push(Limit { name: "traces", limit: TRACES_MAX as u64, over, meaning });
        }
        let explained = self.explained();
        let mut stories: BTreeMap<u64, BTreeMap<(u64, u64), Vec<Finding>>> = BTreeMap::new();
        for trace in tracer.traces {
            if let Some(aim) = tracer.aims.get(trace.client_key, trace.route) {
                // What a role did is judged place by place; what a client did, all together.
                let place = if matches!(aim.kind, Kind::Use { .. }) { trace.route } else { 0 };
                stories.entry(aim.story).or_default().entry((trace.client_key, place)).or_default().push(trace);
            }
        }
        for members in stories.into_values() {
            let judged = judge(&tracer.aims, members);
            // What was refused is a story of its own only where the place is the stranger's.
            let is_use = |one: &Judged| one.finding.evidence[0].signal().name() == "key-use";
            let is_news =
                judged.iter().any(|one| (is_success(one) || is_use(one)) && !explained.contains(&one.finding.at));
            if !is_news {
                continue;
            }
            self.findings += judged.len() as u64;
            self.incidents.extend(incident::of_story(judged));
        }
        self.incidents = keys::joined(self.incidents, &self.cloud);
        impact::assess(&mut self.incidents, &tracer.aims, &tracer.tally);
        let (places, objects) = tracer.tally.is_full();
        if places || objects {
            let meaning = "of what left, some is counted as answers alone: distinct objects lie between the two bounds";
            self.limits.push(Limit { name: "objects that left", limit: 1 << 22, over: None, meaning });
        }
        persons::assess(&mut self.incidents, &tracer.aims, &tracer.subjects);
        if tracer.subjects.is_full() {
            let meaning = "there are more persons whose data left than are told apart: their numbers are lower bounds";
            self.limits.push(Limit { name: "persons", limit: PERSONS_MAX as u64, over: None, meaning });
        }
        self.taken = tracer
            .leaked
            .map(|leaked| Arc::new(Taken { aims: Arc::clone(&tracer.aims), subjects: tracer.subjects, leaked }));
        incident::rank(&mut self.incidents);
        self
    }

    /// The places of what is known to have succeeded: a second look at it tells nothing new.
    fn explained(&self) -> HashSet<Position> {
        let findings = self.incidents.iter().flat_map(|incident| &incident.findings);
        findings.filter(|one| is_success(one)).map(|one| one.finding.at).collect()
    }
}

/// Judges what the clients of one story did on one route, their lines in hand.
fn judge(aims: &Aims, members: BTreeMap<(u64, u64), Vec<Finding>>) -> Vec<Judged> {
    let mut judged = Vec::new();
    let mut blind: Option<(&Aim, Vec<Finding>)> = None;
    for mut traces in members.into_values() {
        traces.sort_by_key(|trace| (trace.time, trace.at));
        let Some(aim) = traces.first().and_then(|first| aims.get(first.client_key, first.route)) else { continue };
        match aim.kind {
            Kind::Harvest => judged.extend(harvest(aim, traces)),
            Kind::Use { deed } => judged.extend(keys::judged(aim, deed, traces)),
            Kind::Blind { .. } => blind.get_or_insert((aim, Vec::new())).1.extend(traces),
        }
    }
    if let Some((aim, mut traces)) = blind {
        traces.sort_by_key(|trace| (trace.time, trace.at));
        judged.extend(sized::judge(aims, aim, traces));
    }
    judged
}

fn harvest(aim: &Aim, traces: Vec<Finding>) -> Vec<Judged> {
    let mut reasons = aim.suspicion.reasons.clone();
    let target = traces[0].target.as_deref().unwrap_or_default();
    let mut excuse_bits = aim.suspicion.excuse_bits;
    let word = personal::word_of(&Target::new(target));
    let seen = match word.filter(|_| !ablation::is_out("personal-data")) {
        Some(word) => Some(format!("a route of `{word}`")),
        None => aim
            .suspicion
            .is_kept
            .then(|| "records that those who asked before ask for again, and hardly anybody else".to_owned()),
    };
    match seen {
        Some(seen) => {
            let expected = "records that are nobody's in particular".to_owned();
            reasons.push(("personal-data", Weight { bits: 2, seen, expected }));
        }
        None if ablation::is_out("personal-data") => {}
        None => excuse_bits -= IMPERSONAL_BITS,
    }
    let bits = excuse_bits + reasons.iter().map(|(_, weight)| weight.bits).sum::<i32>();
    if bits < BITS_ENOUGH {
        return Vec::new();
    }
    let is_quiet = is_partner(&reasons, &traces) || is_background(&reasons, &traces);
    let severity = if BITS_LOUD <= bits && !is_quiet { Severity::High } else { Severity::Medium };
    let weights = weights(&reasons);
    traces
        .into_iter()
        .map(|trace| {
            let outcome = of_status(trace.status);
            let one = judged(trace, outcome, Stage::Harvest, severity, &weights, excuse_bits);
            Judged { chance: aim.suspicion.chance, ..one }
        })
        .collect()
}

/// Whether the walk is as a partner's first sync is: by a program that says whose it is, which knows what there is.
///
/// That is worth a row, and wakes nobody: who guesses misses, and who hides does not name itself. The name of a tool
/// that anybody has says nothing.
fn is_partner(reasons: &[(&'static str, Weight)], traces: &[Finding]) -> bool {
    let missed = traces.iter().filter(|trace| trace.status.is_some_and(is_miss)).count();
    let is_own = !reasons.iter().any(|(name, _)| matches!(*name, "borrowed-agent" | "walk-misses"));
    is_own && missed == 0 && traces.iter().all(|trace| trace.agent.as_deref().is_some_and(is_named))
}

/// Whether nothing tells but that nothing is loaded around the records, by an application that may fetch its own in the
/// background, from whatever address a phone has then. A browser loads the page first.
fn is_background(reasons: &[(&'static str, Weight)], traces: &[Finding]) -> bool {
    let has = |name: &str| reasons.iter().any(|(reason, _)| *reason == name);
    let is_browser = |trace: &Finding| trace.agent.as_deref().is_some_and(|agent| agent.starts_with(b"Mozilla/"));
    let is_telling = ["walk-order", "walk-misses", "crossed-owners"].into_iter().any(has);
    has("orphan-fetch") && !is_telling && !traces.iter().all(is_browser)
}

/// Beginnings of the agents of browsers and of tools that anybody has.
const ANYBODYS: [&[u8]; 18] = [
    b"aiohttp",
    b"apache-httpclient",
    b"axios",
    b"curl",
    b"dart",
    b"faraday",
    b"go-http-client",
    b"guzzle",
    b"httpie",
    b"httpx",
    b"java",
    b"libwww",
    b"mozilla",
    b"node",
    b"okhttp",
    b"python",
    b"scrapy",
    b"wget",
];

/// Whether an agent is a product and its version (RFC 9110, 10.1.5) that is no browser and none of anybody's tools.
fn is_named(agent: &[u8]) -> bool {
    let lower = agent.to_ascii_lowercase();
    lower.contains(&b'/') && !ANYBODYS.iter().any(|tool| lower.starts_with(tool))
}

pub(crate) fn weights(reasons: &[(&'static str, Weight)]) -> Vec<(u8, Weight)> {
    reasons.iter().map(|(name, weight)| (place_of(name), weight.clone())).collect()
}

#[cfg(test)]
mod tests {
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
    }

    const APP: &str = "ShopApp/4.1 (Android 13)";

    fn line(client: impl ToString, target: impl ToString, status: u16, bytes: u64) -> Line {
        Line { client: client.to_string(), agent: APP, target: target.to_string(), status, bytes }
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
                lines.push(line(
                    format!("u{user}"),
                    format!("/products/{}", number % 30),
                    200,
                    30_000 + number % 9_000,
                ));
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
        let mut tracer = Tracer::of(&verdict);
        lines
            .iter()
            .enumerate()
            .for_each(|(place, line)| record(place, line, &mut |at, record| tracer.observe(at, record)));
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
        let row = (0..80)
            .map(|n| line("x", format!("/api/orders/{}", 120_000 + n), if n % 6 == 0 { 404 } else { 200 }, 1_900));
        assert_eq!(loud(&with(row)), [(1, [0, 0, 0, 80])]);
    }

    #[test]
    fn a_harvest_tells_what_it_rests_on_and_its_innocent_twin() {
        let row = (0..80)
            .map(|n| line("x", format!("/api/orders/{}", 120_000 + n), if n % 6 == 0 { 404 } else { 200 }, 1_900));
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
            (0..80).map(move |n| {
                line(client, format!("/api/orders/{}", from + n), if n % 6 == 0 { 404 } else { 200 }, 1_900)
            })
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
        let target = "/api/labels/render?src=http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2Fweb";
        let answers = [1_318, 1_334, 1_326].map(|bytes| line("x", target, 200, bytes));
        let verdict = verdict(&with(answers.into_iter())).within(Budget(0));
        assert!(verdict.incidents.iter().any(|of| Severity::High <= of.severity && of.chance.is_none()));
    }

    #[test]
    fn orders_in_a_row_from_sixty_addresses_are_one_harvest() {
        let row = (0..180).map(|n| {
            line(
                format!("x{}", n % 60),
                format!("/api/orders/{}", 120_000 + n),
                if n % 6 == 0 { 404 } else { 200 },
                1_900,
            )
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
        let photos =
            users().into_iter().map(|line| Line { target: line.target.replace("/orders/", "/photos/"), ..line });
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
        let own =
            (0..80_u64).map(|n| line("b2b", format!("/api/orders/{}", (n * n * 977) % 40_000 + 100_000), 200, 1_900));
        assert_eq!(loud(&with(own)), []);
    }

    #[test]
    fn products_in_a_row_are_public() {
        let crawler = (0..90)
            .map(|n| Line { agent: "GreatBot/1.0", ..line("bot", format!("/products/{}", n % 30), 200, 30_000) });
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
        let target = "/api/labels/render?src=http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2Fweb";
        let tries = (0..4).map(|_| line("x", target, 502, 91));
        let answers = [1_318, 1_334, 1_326].map(|bytes| line("x", target, 200, bytes));
        assert_eq!(loud(&with(tries.chain(answers))).len(), 1);
    }
}

//! Findings of one story.
//!
//! What succeeded is told apart from what did not. Successes belong together when one client had them within two
//! days, or when they reached one thing by one way; the attempts of the same clients around them are how the story
//! began. Attempts that led nowhere are a story only together: all clients that scan the same way are one row,
//! however many lines they left. An attempt aimed at this service, not at any, keeps a row for its client.
//!
//! Everything is sorted before it is joined, so that the stories are the same in whatever order they were found.
//! What is said of a story, in words, is in [`story`](crate::story).

use std::collections::{BTreeMap, BTreeSet};

use accesslog::Time;
use hashbrown::HashMap;

use crate::budget::{self, Rarity};
use crate::catalog::Grade;
use crate::detector::Limit;
use crate::finding::{Confidence, Judged, Severity, Stage};
use crate::hash::{join, lasting};
use crate::impact::Impact;
use crate::leaked::Contents;
use crate::outcome::Outcome;
use crate::persons::Persons;
use crate::signal::{Evidence, Role, Way};
use crate::story::Names;
use crate::{SIGNALS, crowded, doubts, story};

/// How long after one finding another of the same client is still of the same story, in nanoseconds: two days.
const GAP_NANOS: i64 = 2 * 86_400 * 1_000_000_000;

/// How many clients an incident names.
const ACTORS_MAX: usize = 1_000;

/// What happened: findings of one story.
#[derive(Clone, Debug)]
pub struct Incident {
    /// A name that stays the same when the same log is read again.
    pub id: String,
    /// 1 for the one to read first.
    pub rank: u32,
    /// How bad it is.
    pub severity: Severity,
    /// How sure that is.
    pub confidence: Confidence,
    /// What it is, in a few words.
    pub title: String,
    /// What happened, in a sentence without names of the log.
    pub summary: String,
    /// The same for people, with the names of parameters, roles and clients, where there are any.
    pub told: Option<String>,
    /// How many findings are in each stage, in the order of [`Stage::ALL`].
    pub stages: [u64; 4],
    /// The time of the first finding, and of the last.
    pub span: Option<(Time, Time)>,
    /// Who acted, the busiest first; at most a thousand.
    pub actors: Vec<Actor>,
    /// How many acted.
    pub actor_count: u64,
    /// ATT&CK techniques, sorted.
    pub techniques: Vec<&'static str>,
    /// How many findings there are, counted ones included.
    pub finding_count: u64,
    /// How many of them succeeded.
    pub success_count: u64,
    /// Why: of each signal the strongest case.
    pub why: Vec<Reason>,
    /// What to do next.
    pub advice: Vec<&'static str>,
    /// What would change the verdict, in one to three sentences.
    pub would_change: Vec<String>,
    /// The innocent thing that looks most like it, and how it differs.
    pub neighbour: Option<String>,
    /// How likely as much is by chance on this log, where it rests on rarity alone.
    pub chance: Option<Rarity>,
    /// What left by it: per route or prefix and month, the most objects first.
    pub impact: Vec<Impact>,
    /// How many persons lost which items by it, where a data map says whose they are.
    pub persons: Vec<Persons>,
    /// What is known of the contents of the objects that left, where these were looked into.
    pub contents: Option<Contents>,
    /// Whether what left is counted by its findings alone, since some of them are allowed.
    pub(crate) is_cut: bool,
    /// The findings, by time.
    pub findings: Vec<Judged>,
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The client.
    pub client: Option<Box<[u8]>>,
    /// The agent of most of its findings.
    pub agent: Option<Box<[u8]>>,
    /// How many findings are its.
    pub findings: u64,
}

/// One reason for an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The signal.
    pub signal: &'static str,
    /// What it speaks of.
    pub role: Role,
    /// What was seen; text of the log may be in it, decoded.
    pub seen: Vec<u8>,
    /// What would be expected otherwise.
    pub expected: String,
    /// The weight, in bits.
    pub bits: i32,
}

/// What one signal saw in one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting<'a> {
    /// The signal.
    pub signal: &'static str,
    /// What it speaks of.
    pub role: Role,
    /// What it saw; text of the log may be in it, decoded.
    pub seen: &'a [u8],
    /// What that is.
    pub what: &'a str,
}

impl Judged {
    /// A name that stays the same when the same log is read again.
    pub fn id(&self) -> String {
        let at = self.finding.at;
        let place =
            join(join(u64::from(at.source), at.offset), lasting(self.finding.target.as_deref().unwrap_or_default()));
        format!("{:012x}", place >> 16)
    }

    /// What each signal saw, the objectives first.
    pub fn sightings(&self) -> Vec<Sighting<'_>> {
        let texts = self.finding.evidence.iter().map(|evidence| {
            let signal = evidence.signal();
            Sighting { signal: signal.name(), role: signal.role(), seen: &evidence.seen, what: evidence.what }
        });
        let answers = self.weights.iter().map(|(place, weight)| {
            let signal = SIGNALS[usize::from(*place)];
            Sighting {
                signal: signal.name(),
                role: signal.role(),
                seen: weight.seen.as_bytes(),
                what: &weight.expected,
            }
        });
        texts.chain(answers).collect()
    }

    /// Where the telling part of the target stands in it: offset and length in bytes.
    pub fn telling(&self) -> Option<(usize, usize)> {
        let evidence = self.aim();
        let (offset, length) = evidence.span;
        (evidence.field.is_target() && 0 < length).then_some((offset as usize, length as usize))
    }
}

/// Joins findings into incidents, ranked: the worst `max` stories one by one, and the bound where there are more.
pub(crate) fn incidents(judged: Vec<Judged>, max: usize) -> (Vec<Incident>, Option<Limit>) {
    let (groups, over) = crowded::joined(&judged, group(&judged).into_values().collect(), max);
    let mut slots: Vec<Option<Judged>> = judged.into_iter().map(Some).collect();
    let mut incidents: Vec<Incident> = groups
        .into_iter()
        .map(|members| incident(members.into_iter().filter_map(|member| slots[member].take()).collect()))
        .collect();
    rank(&mut incidents);
    (incidents, over)
}

/// Sorts incidents, the one to read first first, and says so in each.
pub(crate) fn rank(incidents: &mut [Incident]) {
    incidents.sort_by(|one, other| order(one).cmp(&order(other)));
    for (rank, incident) in incidents.iter_mut().enumerate() {
        incident.rank = rank as u32 + 1;
    }
}

/// The incident of findings that are known to be of one story; none if there are none.
pub(crate) fn of_story(mut findings: Vec<Judged>) -> Option<Incident> {
    findings.sort_by_key(|one| (one.finding.time, one.finding.at));
    (!findings.is_empty()).then(|| incident(findings))
}

/// What incidents are ranked by: consequence, certainty, extent, time.
fn order(incident: &Incident) -> impl Ord {
    let bits = incident.findings.iter().map(Judged::bits).max().unwrap_or(0);
    let first = incident.span.map(|(first, _)| first);
    (std::cmp::Reverse((incident.severity, incident.confidence, bits)), first, incident.id.clone())
}

/// What holds a group of findings together, by which groups are told apart and sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Bond {
    /// A story of successes, by its first finding.
    Story(usize),
    /// One client's attempts at this service, by their first finding.
    Aimed(usize),
    /// One thing that may have been given away, by its key.
    Thing(u64),
    /// All scans of one kind.
    Scan(Kind),
}

/// A kind of scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Many different things.
    Wordlist,
    /// Documents that are given out, and may be meant to be.
    Published,
    /// One signal, by its place.
    Signal(u8),
    /// Something unusual, no more, by its signal.
    Unusual(u8),
}

/// The members of each group, by their places.
fn group(judged: &[Judged]) -> BTreeMap<Bond, Vec<usize>> {
    let mut stories = Union::new(judged.len());
    let by_client = by_client(judged);
    join_successes(judged, &by_client, &mut stories);
    let mut groups: BTreeMap<Bond, Vec<usize>> = BTreeMap::new();
    for members in by_client.values() {
        let of_client = OfClient::of(judged, members);
        for &member in members {
            let bond = bond(judged, &of_client, member, &mut stories);
            groups.entry(bond).or_default().push(member);
        }
    }
    for members in groups.values_mut() {
        members.sort_unstable();
    }
    groups
}

/// The places of each client's findings, by time.
fn by_client(judged: &[Judged]) -> BTreeMap<u64, Vec<usize>> {
    let mut clients: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (place, one) in judged.iter().enumerate() {
        clients.entry(one.finding.client_key).or_default().push(place);
    }
    clients
}

/// Whether a finding is a success worth a story of its own.
pub(crate) fn is_success(judged: &Judged) -> bool {
    judged.outcome == Outcome::Success && Severity::Medium <= judged.severity
}

/// Joins the successes of one client that are not far apart, and those that reached one thing by one way.
fn join_successes(judged: &[Judged], by_client: &BTreeMap<u64, Vec<usize>>, stories: &mut Union) {
    for members in by_client.values() {
        let successes: Vec<usize> = members.iter().copied().filter(|member| is_success(&judged[*member])).collect();
        for pair in successes.windows(2) {
            if is_near(&judged[pair[0]], &judged[pair[1]]) {
                stories.join(pair[0], pair[1]);
            }
        }
    }
    let mut things: HashMap<u64, usize> = HashMap::new();
    for (place, one) in judged.iter().enumerate().filter(|(_, one)| is_success(one)) {
        match things.get(&thing(one)) {
            Some(first) => stories.join(*first, place),
            None => {
                things.insert(thing(one), place);
            }
        }
    }
}

/// The key of what a finding reached, and by which way.
fn thing(judged: &Judged) -> u64 {
    let aim = judged.aim();
    match aim.way {
        Way::Document => join(1, aim.object),
        _ => join(judged.finding.param_key(aim), u64::from(aim.signal)),
    }
}

fn is_near(one: &Judged, other: &Judged) -> bool {
    match (one.finding.time, other.finding.time) {
        (Some(one), Some(other)) => one.0.abs_diff(other.0) <= GAP_NANOS.unsigned_abs(),
        // Without times, the same client is all there is to go by.
        _ => true,
    }
}

/// What is known of all findings of one client.
struct OfClient {
    /// The places of its successes, by time.
    successes: Vec<usize>,
    /// The place of its first attempt at this service.
    aimed: Option<usize>,
    /// Whether it reached for many different things.
    is_wordlist: bool,
}

impl OfClient {
    fn of(judged: &[Judged], members: &[usize]) -> OfClient {
        let is_aimed = |one: &Judged| one.severity == Severity::Medium && one.outcome == Outcome::Failure;
        let things: BTreeSet<u64> = members.iter().map(|member| judged[*member].aim().object).collect();
        OfClient {
            successes: members.iter().copied().filter(|member| is_success(&judged[*member])).collect(),
            aimed: members.iter().copied().find(|member| is_aimed(&judged[*member])),
            is_wordlist: 3 <= things.len(),
        }
    }

    /// The first of its successes that a finding is near to: those without a time come first, and are near to all.
    fn success_near(&self, judged: &[Judged], one: &Judged) -> Option<usize> {
        let time = |place: usize| judged[place].finding.time;
        let is_too_early = |place: &usize| time(*place) < one.finding.time && !is_near(one, &judged[*place]);
        let first = match self.successes.first() {
            Some(first) if time(*first).is_some() => self.successes.partition_point(is_too_early),
            _ => 0,
        };
        self.successes.get(first).copied().filter(|success| is_near(one, &judged[*success]))
    }
}

fn bond(judged: &[Judged], of_client: &OfClient, member: usize, stories: &mut Union) -> Bond {
    let one = &judged[member];
    if is_success(one) {
        return Bond::Story(stories.root(member));
    }
    if let Some(success) = of_client.success_near(judged, one) {
        return Bond::Story(stories.root(success));
    }
    match of_client.aimed {
        Some(first) => Bond::Aimed(first),
        None if one.severity == Severity::Medium => Bond::Thing(thing(one)),
        None if one.outcome == Outcome::Success => Bond::Scan(Kind::Published),
        None if of_client.is_wordlist => Bond::Scan(Kind::Wordlist),
        None if one.confidence == Confidence::Anomaly => Bond::Scan(Kind::Unusual(one.aim().signal)),
        None => Bond::Scan(Kind::Signal(one.aim().signal)),
    }
}

/// Sets that are joined; the root of a set is its smallest member.
struct Union {
    parents: Vec<usize>,
}

impl Union {
    fn new(count: usize) -> Union {
        Union { parents: (0..count).collect() }
    }

    fn root(&mut self, mut member: usize) -> usize {
        while self.parents[member] != member {
            self.parents[member] = self.parents[self.parents[member]];
            member = self.parents[member];
        }
        member
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other)] = one.min(other);
    }
}

/// Makes an incident of findings, which are by time.
fn incident(findings: Vec<Judged>) -> Incident {
    let lead = lead(&findings);
    let count = |is: &dyn Fn(&Judged) -> bool| {
        findings.iter().filter(|one| is(one)).map(|one| 1 + one.finding.more).sum::<u64>()
    };
    let times = || findings.iter().filter_map(|one| one.finding.time);
    let (actors, actor_count) = actors(&findings);
    let severity = findings.iter().map(|one| one.severity).max().unwrap_or(Severity::Info);
    let confidence = findings.iter().map(|one| one.confidence).max().unwrap_or(Confidence::Anomaly);
    let techniques: BTreeSet<&'static str> = findings
        .iter()
        .flat_map(|one| one.finding.evidence.iter().filter_map(|evidence| evidence.signal().technique()))
        .collect();
    let mut incident = Incident {
        id: id(&findings, lead),
        rank: 0,
        severity,
        confidence,
        title: String::new(),
        summary: String::new(),
        told: None,
        stages: Stage::ALL.map(|stage| count(&|one| one.stage == stage)),
        span: times().min().zip(times().max()),
        actors,
        actor_count,
        techniques: techniques.into_iter().collect(),
        finding_count: count(&|_| true),
        success_count: count(&|one| one.outcome == Outcome::Success),
        why: why(&findings),
        advice: story::advice(&findings[lead]),
        would_change: Vec::new(),
        neighbour: None,
        chance: budget::of_findings(&findings),
        impact: Vec::new(),
        persons: Vec::new(),
        contents: None,
        is_cut: false,
        findings,
    };
    incident.title = story::title(&incident, &incident.findings[lead]);
    incident.summary = story::summary(&incident, &incident.findings[lead], Names::Unsaid);
    incident.told = Some(story::summary(&incident, &incident.findings[lead], Names::Quoted));
    incident.told.take_if(|told| *told == incident.summary);
    incident.would_change = doubts::would_change(&incident, &incident.findings[lead]);
    incident.neighbour = doubts::neighbour(&incident, &incident.findings[lead]);
    incident
}

/// The finding that an incident is named for: the worst, and of those the most certain, and of those the first.
fn lead(findings: &[Judged]) -> usize {
    (0..findings.len()).rev().max_by_key(|place| worth(&findings[*place])).unwrap_or(0)
}

/// How much a finding says of its story.
pub(crate) fn worth(one: &Judged) -> impl Ord + use<> {
    (one.severity, one.outcome, one.confidence, one.bits())
}

fn id(findings: &[Judged], lead: usize) -> String {
    let (lead, first) = (&findings[lead], &findings[0].finding);
    let aim = lead.aim();
    // By texts and places, so that it is the same whatever else is scanned.
    let client = lasting(lead.finding.client.as_deref().unwrap_or_default());
    let key = join(
        join(join(lasting(&aim.seen), u64::from(aim.signal)), client),
        join(first.at.offset, first.time.map_or(0, |time| time.0 as u64)),
    );
    format!("KT-{:010x}", key >> 24)
}

fn actors(findings: &[Judged]) -> (Vec<Actor>, u64) {
    type Agents<'a> = BTreeMap<Option<&'a [u8]>, u64>;
    let mut clients: BTreeMap<Option<&[u8]>, (u64, Agents<'_>)> = BTreeMap::new();
    for one in findings {
        let (count, agents) = clients.entry(one.finding.client.as_deref()).or_default();
        *count += 1 + one.finding.more;
        *agents.entry(one.finding.agent.as_deref()).or_default() += 1 + one.finding.more;
    }
    let actor_count = clients.len() as u64;
    let mut actors: Vec<Actor> = clients
        .into_iter()
        .map(|(client, (findings, agents))| {
            let agent = agents
                .into_iter()
                .max_by_key(|(agent, count)| (*count, std::cmp::Reverse(*agent)))
                .and_then(|(agent, _)| agent);
            Actor { client: client.map(Into::into), agent: agent.map(Into::into), findings }
        })
        .collect();
    actors.sort_by(|one, other| (other.findings, &one.client).cmp(&(one.findings, &other.client)));
    actors.truncate(ACTORS_MAX);
    (actors, actor_count)
}

/// How many bits an objective or a dress of that grade is worth: how much rarer it is in good faith.
fn grade_bits(grade: Grade) -> i32 {
    match grade {
        Grade::None => 0,
        Grade::Weak => 1,
        Grade::Fair => 3,
        Grade::Likely => 6,
        Grade::Strong => 10,
    }
}

/// Of each signal the strongest case among the findings that decide: the successes, or all if there are none.
fn why(findings: &[Judged]) -> Vec<Reason> {
    let has_success = findings.iter().any(is_success);
    let mut best: BTreeMap<u8, Reason> = BTreeMap::new();
    let mut offer = |place: u8, reason: Reason| match best.get(&place) {
        Some(other) if reason.bits.abs() <= other.bits.abs() => {}
        _ => {
            best.insert(place, reason);
        }
    };
    for one in findings.iter().filter(|one| !has_success || is_success(one)) {
        for evidence in &one.finding.evidence {
            offer(evidence.signal, reason(evidence));
        }
        for (place, weight) in &one.weights {
            let signal = SIGNALS[usize::from(*place)];
            let seen = weight.seen.clone().into_bytes();
            offer(
                *place,
                Reason {
                    signal: signal.name(),
                    role: signal.role(),
                    seen,
                    expected: weight.expected.clone(),
                    bits: weight.bits,
                },
            );
        }
    }
    best.into_values().collect()
}

fn reason(evidence: &Evidence) -> Reason {
    let signal = evidence.signal();
    let expected = match signal.role() {
        Role::Dress => "the plain spelling".to_owned(),
        _ => format!("no request for it ({})", evidence.what),
    };
    Reason {
        signal: signal.name(),
        role: signal.role(),
        seen: evidence.seen.to_vec(),
        expected,
        bits: grade_bits(evidence.grade),
    }
}

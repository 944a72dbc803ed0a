//! The second, aimed pass: the lines behind what the first pass could only count.
//!
//! A [`Tracer`] takes in the same records again and keeps those of the clients and routes it is aimed at. Its state
//! merges as the detector's does; what is made of it is in [`trace`](Verdict::traced): the reasons for an aim are
//! weighed once more, with the lines in hand, and those that hold become incidents.

use std::collections::BTreeMap;
use std::sync::Arc;

use accesslog::{Position, Record, Time};
use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use crate::ablation;
use crate::aims::{Aim, Aims, Kind, Suspicion};
use crate::catalog::Grade;
use crate::crowd;
use crate::data_map::DataMap;
use crate::detector::{Limit, Verdict};
use crate::far;
use crate::finding::{Finding, Judged, Severity, Stage, judged};
use crate::harvest::LONE_SIGN_BITS;
use crate::hash::{Key, salted};
use crate::impact::{self, Item, Tally};
use crate::incident::{self, is_success};
use crate::keys;
use crate::leaked::{Leaked, Taken};
use crate::memo::{Routes, TextKey};
use crate::memory::Memory;
use crate::others;
use crate::outcome::Outcome;
use crate::parameter::{self, Told};
use crate::personal;
use crate::persons::{self, Subjects};
use crate::profile::is_answer;
use crate::request::{self, Field, Others, Request};
use crate::route::route;
use crate::signal::{Evidence, Way, Weight};
use crate::signals::place_of;
use crate::sized;
use crate::target::Target;
use crate::traces::Traces;
use crate::turned::{self, TURN_BITS};
use crate::turns::Turns;
use crate::usual::Usual;
use crate::walks::is_miss;

use quiet::Circumstances;

pub(crate) use quiet::{is_crawler, is_named};

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
    memory: Memory,
    /// Among how many workers the memory is shared.
    #[serde(skip)]
    workers: usize,
    #[serde(skip)]
    aims: Arc<Aims>,
    #[serde(skip)]
    routes: Routes,
    traces: Traces,
    turns: Turns,
    tally: Tally,
    subjects: Subjects,
    /// The objects that leave, by name, where their contents are wanted.
    leaked: Option<Leaked>,
}

/// What is noted of a record before it is taken in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noted {
    /// The hash of the client, and whether anything is aimed at it.
    client: u64,
    is_aimed_at: bool,
    /// The key of the target, if so.
    target: TextKey,
}

impl Tracer {
    /// A tracer of what a verdict wants looked at again.
    pub fn of(verdict: &Verdict) -> Tracer {
        let memory = verdict.memory;
        Tracer {
            key: verdict.key,
            memory,
            aims: Arc::clone(&verdict.aims),
            traces: Traces::within(memory),
            turns: Turns::within(memory),
            tally: Tally::within(memory),
            subjects: Subjects::default().within(memory),
            ..Tracer::default()
        }
    }

    /// The same, its memory shared among so many workers.
    #[must_use]
    pub fn among(self, workers: usize) -> Tracer {
        Tracer { workers, ..self }
    }

    /// Whether it holds more than one of the workers may, and is to be handed over.
    pub fn is_heavy(&self) -> bool {
        let leaked = self.leaked.as_ref().map_or(0, Leaked::bytes);
        let all = self.traces.bytes() + self.turns.bytes() + self.tally.bytes() + self.subjects.bytes() + leaked;
        self.memory.of_worker(self.workers) < all
    }

    /// Hands what was taken in over to another, and goes on without it, dropping what the other would.
    pub fn hand_over(&mut self, to: &mut Tracer) {
        let empty = Tracer { key: self.key, memory: self.memory, workers: self.workers, ..Tracer::default() };
        let full = std::mem::replace(self, Tracer { aims: Arc::clone(&self.aims), ..empty });
        to.merge(full);
        self.traces = to.traces.emptied();
        self.turns = to.turns.emptied();
        self.tally = to.tally.emptied();
        self.subjects = to.subjects.emptied();
        self.leaked = to.leaked.as_ref().map(Leaked::emptied);
    }

    /// The same, counting the persons whose data left as this map tells them apart.
    #[must_use]
    pub fn with_map(self, map: Arc<DataMap>) -> Tracer {
        Tracer { subjects: Subjects::of(map).within(self.memory), ..self }
    }

    /// The same, keeping the names of the objects that leave, whose contents this map says how to read.
    #[must_use]
    pub fn with_objects(self, map: Arc<DataMap>) -> Tracer {
        Tracer { leaked: Some(Leaked::of(map).within(self.memory)), ..self }
    }

    /// The same, once it has looked at all lines, with what `look` sees of those who may have turned: of their lines no more was
    /// kept at first than tells that. It looks at nothing where there are none.
    ///
    /// # Errors
    ///
    /// What `look` says.
    pub fn completed<E>(mut self, look: impl FnOnce(Tracer) -> Result<Tracer, E>) -> Result<Tracer, E> {
        if let Some(turned) = self.again() {
            self.merge(look(turned)?);
        }
        Ok(self)
    }

    /// One that is yet to look at the lines of those who may have turned. Nothing where there are none.
    fn again(&self) -> Option<Tracer> {
        let aims = Arc::new(self.aims.turned(|aim| self.turns.may_have(aim)));
        let is_idle = aims.is_empty();
        let again = || Tracer {
            key: self.key,
            memory: self.memory,
            workers: self.workers,
            aims,
            routes: Routes::default(),
            traces: self.traces.emptied(),
            turns: self.turns.emptied(),
            tally: self.tally.emptied(),
            subjects: self.subjects.emptied(),
            leaked: self.leaked.as_ref().map(Leaked::emptied),
        };
        (!is_idle).then(again)
    }

    /// Whether there is nothing to look at again.
    pub fn is_idle(&self) -> bool {
        self.aims.is_empty()
    }

    /// Whose records it looks at, by the client as the log writes it: those of others mean nothing to it, but for calls of a cloud.
    pub fn clients(&self) -> impl Fn(&[u8]) -> bool + Send + Sync + use<> {
        let (key, aims) = (self.key, Arc::clone(&self.aims));
        move |client| aims.has_client(key.hash(client))
    }

    /// Takes in a record.
    pub fn observe(&mut self, at: Position, record: &Record<'_>) {
        let noted = self.note(record);
        self.observe_noted(at, record, noted);
    }

    /// Notes by which keys a record will be asked for, and has what is remembered of them fetched. Between that and
    /// [`observe_noted`](Tracer::observe_noted) others may be taken in.
    #[inline]
    pub fn note(&self, record: &Record<'_>) -> Noted {
        let client = self.key.hash(record.client.unwrap_or_default());
        let is_aimed_at = self.aims.has_client(client);
        let target = if is_aimed_at { self.routes.key(&request::target_of(record)) } else { TextKey::default() };
        Noted { client, is_aimed_at, target }
    }

    /// Takes in a record, of which that was noted.
    pub fn observe_noted(&mut self, at: Position, record: &Record<'_>, noted: Noted) {
        if record.cloud.is_some() && self.observe_use(at, record) {
            return;
        }
        let Noted { client, is_aimed_at, target: key } = noted;
        if !is_aimed_at {
            return;
        }
        let _scope = self.key.enter();
        let target = request::target_of(record);
        let route = self.routes.of(key, &target);
        let Some(aim) = self.aims.get(client, route.key) else { return };
        if aim.is_turn {
            if let Some(time) = record.time {
                self.turns.add(aim.key(), route.object.map(|object| salted(object.bits())), time.day());
            }
            return;
        }
        let (kind, story) = (aim.kind, aim.story);
        if let Some(outcome) = outcome(kind, record.status, record.bytes) {
            self.tally.add(story, Item::of_web(&target, route, record, outcome));
            self.count(story, record, outcome);
        }
        if self.traces.is_past(at) {
            return;
        }
        let request = Request::of_path(route, record, &target);
        let evidence = evidence(&request, kind);
        let trace = Finding::new(at, &request, &target, client, vec![evidence]);
        self.traces.add(Finding { is_traced: true, ..trace });
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
        if self.traces.is_past(at) {
            return true;
        }
        let target = request::target_of(record);
        let request = Request::new(record, &target, Others::default());
        let finding = Finding::new(at, &request, &target, role, vec![keys::evidence(record, deed)]);
        self.traces.add(Finding { route: network, is_traced: true, ..finding });
        true
    }

    fn count(&mut self, story: u64, record: &Record<'_>, outcome: Outcome) {
        self.subjects.add(story, record, outcome);
        if let Some(leaked) = &mut self.leaked {
            leaked.add(story, record, outcome);
        }
    }

    /// Takes in what another worker saw.
    pub fn merge(&mut self, other: Tracer) {
        self.tally.merge(other.tally);
        self.subjects.merge(other.subjects);
        if let (Some(mine), Some(other)) = (&mut self.leaked, other.leaked) {
            mine.merge(other);
        }
        self.turns.merge(other.turns);
        self.traces.merge(other.traces);
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
        Kind::Asked { .. } | Kind::Far { .. } | Kind::Use { .. } => None,
    }
}

fn evidence(request: &Request<'_>, kind: Kind) -> Evidence {
    // Of a target in absolute form the first part is the service's own host.
    let part = request.parts.iter().find(|part| part.field == Field::Path).unwrap_or(&request.parts[0]);
    let (way, name, what) = match kind {
        Kind::Harvest | Kind::Asked { .. } | Kind::Far { .. } => {
            (Way::Harvest, "object-harvest", "a record that others own")
        }
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
                       a pipe, or a log that was followed and is gone, can be read only once, and a scan that was stopped or \
                       goes on takes no second look; scan files to see them";
        self.limits.push(Limit { name: "second pass", limit: 0, over: Some(self.aims.len() as u64), meaning });
        self
    }

    /// The verdict with what the second look showed.
    #[must_use]
    pub fn traced(mut self, mut tracer: Tracer) -> Verdict {
        let _scope = self.key.enter();
        tracer.tally.prune();
        tracer.subjects.prune();
        if let Some(leaked) = &mut tracer.leaked {
            leaked.prune();
        }
        if let Some((limit, over)) = tracer.traces.over() {
            let meaning = "the lines behind what was counted are not all shown";
            self.limits.push(Limit { name: "traces", limit, over: Some(over), meaning });
        }
        let (explained, told) = (self.explained(), self.told());
        let mut stories: BTreeMap<u64, BTreeMap<(u64, u64), Vec<Finding>>> = BTreeMap::new();
        for trace in tracer.traces.into_lines() {
            if let Some(aim) = tracer.aims.get(trace.client_key, trace.route) {
                // What a role did is judged place by place; what a client did, all together.
                let place = if matches!(aim.kind, Kind::Use { .. }) { trace.route } else { 0 };
                stories.entry(aim.story).or_default().entry((trace.client_key, place)).or_default().push(trace);
            }
        }
        let span = self.traffic.span();
        for members in stories.into_values() {
            for judged in judge(&tracer.aims, members, span, &self.usual) {
                // What was refused is a story of its own only where the place is the stranger's.
                let is_use = |one: &Judged| one.finding.evidence[0].signal().name() == "key-use";
                let is_news =
                    judged.iter().any(|one| (is_success(one) || is_use(one)) && !explained.contains(&one.finding.at));
                if !is_news || judged.iter().all(|one| told.contains(&one.finding.at)) {
                    continue;
                }
                self.findings += judged.len() as u64;
                self.incidents.extend(incident::of_story(judged));
            }
        }
        self.incidents = keys::joined(self.incidents, &self.cloud);
        impact::assess(&mut self.incidents, &tracer.aims, &tracer.tally);
        let (places, objects) = tracer.tally.is_full();
        if places || objects {
            let meaning = "of what left, some is counted as answers alone: distinct objects lie between the two bounds";
            self.limits.push(Limit {
                name: "objects that left",
                limit: tracer.tally.objects_max(),
                over: None,
                meaning,
            });
        }
        persons::assess(&mut self.incidents, &tracer.aims, &tracer.subjects);
        if tracer.subjects.is_full() {
            let meaning = "there are more persons whose data left than are told apart: their numbers are lower bounds";
            self.limits.push(Limit { name: "persons", limit: tracer.subjects.max(), over: None, meaning });
        }
        self.taken = tracer
            .leaked
            .map(|leaked| Arc::new(Taken { aims: Arc::clone(&tracer.aims), subjects: tracer.subjects, leaked }));
        incident::rank(&mut self.incidents);
        self
    }

    /// The places of all that a person should look at now: they are not told twice, whatever became of each.
    fn told(&self) -> HashSet<Position> {
        let loud = self.incidents.iter().filter(|incident| Severity::High <= incident.severity);
        loud.flat_map(|incident| &incident.findings).map(|one| one.finding.at).collect()
    }

    /// The places of what is known to have succeeded: a second look at it tells nothing new.
    fn explained(&self) -> HashSet<Position> {
        let findings = self.incidents.iter().flat_map(|incident| &incident.findings);
        findings.filter(|one| is_success(one)).map(|one| one.finding.at).collect()
    }
}

/// Judges what the clients of one story did on one route, their lines in hand: what is told of it, and apart from that what those
/// did who have a reason. A clerk has the browser that a thief has, and is no part of what that did.
fn judge(
    aims: &Aims,
    members: BTreeMap<(u64, u64), Vec<Finding>>,
    span: Option<(Time, Time)>,
    usual: &Usual,
) -> [Vec<Judged>; 2] {
    let (mut judged, mut of_house) = (Vec::new(), Vec::new());
    let firsts = members.values().filter_map(|traces| turned::times(traces).min());
    let is_practice = crowd::is_practice(firsts, span);
    let is_guessing = turned::is_guessing(members.values().flatten());
    if is_of_few_visits(aims, &members) {
        return [judged, of_house];
    }
    let mut blind: Option<(&Aim, Vec<Finding>)> = None;
    let mut asked: Vec<Finding> = Vec::new();
    for mut traces in members.into_values() {
        traces.sort_by_key(|trace| (trace.time, trace.at));
        let Some(aim) = traces.first().and_then(|first| aims.get(first.client_key, first.route)) else { continue };
        match aim.kind {
            Kind::Harvest => {
                let (lines, is_of_house) = harvest(aim, traces, (is_guessing, is_practice), span);
                if is_of_house { &mut of_house } else { &mut judged }.extend(lines);
            }
            Kind::Use { deed } => judged.extend(keys::judged(aim, deed, traces)),
            Kind::Asked { .. } => asked.extend(traces),
            Kind::Far { low } => {
                judged.extend(far::judge(low, &traces, usual.of_route(aim.route).map(|usual| &usual.sizes)));
            }
            Kind::Blind { .. } => blind.get_or_insert((aim, Vec::new())).1.extend(traces),
        }
    }
    if let Some((aim, mut traces)) = blind {
        traces.sort_by_key(|trace| (trace.time, trace.at));
        judged.extend(sized::judge(aims, aim, traces, usual.of_route(aim.route)));
    }
    judged.extend(others::judge(aims, &asked));
    // Beside what wakes nobody either, it is a part of one story.
    if judged.iter().all(|one| one.severity < Severity::High) {
        judged.append(&mut of_house);
    }
    [judged, of_house]
}

/// Whether a story is of visits by many clients, and the lines show that most of these were no visits: an address that many
/// share, somebody who comes back. Of what is told by how many there are, a few that are left tell nothing.
fn is_of_few_visits(aims: &Aims, members: &BTreeMap<(u64, u64), Vec<Finding>>) -> bool {
    let is_visitor = |traces: &&Vec<Finding>| {
        let aim = traces.first().and_then(|first| aims.get(first.client_key, first.route));
        aim.is_some_and(|aim| aim.suspicion.is_visit)
    };
    let visitors: Vec<&Vec<Finding>> = members.values().filter(is_visitor).collect();
    visitors.iter().filter(|traces| turned::is_one_visit(traces)).count() * 2 < visitors.len()
}

/// No line that is told.
const NOTHING: (Vec<Judged>, bool) = (Vec::new(), false);

/// Judges what one client harvested, and whether it is one who works for the service.
fn harvest(
    aim: &Aim,
    traces: Vec<Finding>,
    (is_guessing, is_practice): (bool, bool),
    span: Option<(Time, Time)>,
) -> (Vec<Judged>, bool) {
    // Who knows which records there are may do what has long been done; who guesses does not.
    let guesses = is_guessing && aim.suspicion.has("walk-misses");
    let alone = aim.suspicion.alone.as_deref().filter(|_| is_practice && !guesses);
    let mut suspicion = alone.unwrap_or(&aim.suspicion).clone();
    let target = traces[0].target.as_deref().unwrap_or_default();
    let seen = match personal::word_of(&Target::new(target)) {
        Some(word) => Some(format!("a route of `{word}`")),
        None => suspicion
            .is_kept
            .then(|| "records that those who asked before ask for again, and hardly anybody else".to_owned()),
    };
    match seen {
        Some(seen) => {
            suspicion.add("personal-data", 2, seen, "records that are nobody's in particular".to_owned());
        }
        None if ablation::is_out("personal-data") => {}
        // What one other each had before is somebody's, whatever it is called.
        None if suspicion.has("crossed-owners") && turned::is_newcomer(&traces, span.map(|(begin, _)| begin)) => {
            suspicion.excuse(-IMPERSONAL_BITS / 2);
        }
        None => suspicion.excuse(-IMPERSONAL_BITS),
    }
    if !is_guessing && suspicion.take_back("walk-misses") {
        suspicion.excuse(-LONE_SIGN_BITS);
    }
    if suspicion.is_unowned && is_practice {
        return NOTHING;
    }
    // What is known by its digits alone may be no record: where these were counted up, or guessed, it is.
    if !suspicion.is_found_by_number() && is_by_digits(&traces[0]) {
        return NOTHING;
    }
    if suspicion.is_newcomers && !turned::is_newcomer(&traces, span.map(|(begin, _)| begin)) {
        return NOTHING;
    }
    if suspicion.is_visit && !turned::is_one_visit(&traces) {
        return NOTHING;
    }
    let turned = turned::turned(&traces, suspicion.foreign);
    // Who helps the users is given what it asks for.
    let may_help = suspicion.is_roaming && turned.is_none() && !suspicion.has("walk-misses");
    if may_help && !turned::is_newcomer(&traces, span.map(|(begin, _)| begin)) {
        return NOTHING;
    }
    if let Some(seen) = &turned {
        let expected = "records that it comes back to, or others' from its first day on, as who helps the users";
        suspicion.add("turned-habit", TURN_BITS, seen.clone(), expected.to_owned());
    }
    let bits = suspicion.bits();
    if bits < BITS_ENOUGH {
        return NOTHING;
    }
    let has_turned = turned.is_some();
    let circumstances =
        Circumstances { suspicion: &suspicion, traces: &traces, span, is_practice, has_turned, may_help };
    let (is_quiet, is_of_house) = (circumstances.are_quiet(), circumstances.are_of_house());
    let severity = if BITS_LOUD <= bits && !is_quiet { Severity::High } else { Severity::Medium };
    let weights = weights(&suspicion.reasons);
    let lines = traces.into_iter().map(|trace| {
        let outcome = of_status(trace.status);
        let one = judged(trace, outcome, Stage::Harvest, severity, &weights, suspicion.excuse_bits);
        Judged { chance: suspicion.chance, ..one }
    });
    (lines.collect(), is_of_house)
}

/// Whether nothing but its digits tells that what a request asks for is a record.
fn is_by_digits(trace: &Finding) -> bool {
    let target = Target::new(trace.target.as_deref().unwrap_or_default());
    route(target.path).object.is_none()
        && parameter::asked(&target).object.is_some_and(|(_, told)| told == Told::ByItsDigits)
}

/// Lines that are told for a suspicion, and which alone are counted for what left: others of their clients are no part of it.
pub(crate) fn told_lines(lines: &[&Finding], suspicion: &Suspicion, severity: Severity) -> Vec<Judged> {
    let weights = weights(&suspicion.reasons);
    let told = |line: &&Finding| {
        let outcome = of_status(line.status);
        let line = Finding { is_traced: false, ..(*line).clone() };
        judged(line, outcome, Stage::Harvest, severity, &weights, suspicion.excuse_bits)
    };
    lines.iter().map(told).collect()
}

pub(crate) fn weights(reasons: &[(&'static str, Weight)]) -> Vec<(u8, Weight)> {
    reasons.iter().map(|(name, weight)| (place_of(name), weight.clone())).collect()
}

mod quiet;
#[cfg(test)]
mod tests;

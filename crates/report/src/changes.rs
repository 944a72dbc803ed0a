//! What became of the incidents of one report in another, later one: what is new, what changed, what is gone.
//!
//! An incident is known again by its identifier. That one is made of what was reached for and by whom, and of the place and
//! time of the first finding: it stays while a log grows at its end. It does not where the log begins elsewhere (rotation,
//! `--since`), or where a worse finding comes to lead the story. Then an incident is known by its requests, as one that
//! both reports hold makes them one story; and failing that by who it is, on which route, with what in mind. So what is
//! called new is new, and a job that runs each night over a growing log is told once.

mod show;

use std::collections::{BTreeSet, HashMap, HashSet};

use accesslog::Time;
use detect::{Outcome, Severity};

use crate::Untrusted;
use crate::document::{Document, Finding, Story};

/// What became of the incidents of a report in a later one.
pub struct Changes<'a> {
    before: &'a Document,
    after: &'a Document,
    /// What the later one alone has.
    pub new: Vec<&'a Story>,
    /// What is not as it was.
    pub changed: Vec<Change<'a>>,
    /// What the earlier one alone has.
    pub gone: Vec<&'a Story>,
    /// How many are as they were.
    pub same: usize,
}

/// An incident that is not as it was.
pub struct Change<'a> {
    /// As it was.
    pub before: &'a Story,
    /// As it is.
    pub after: &'a Story,
    /// By what it is known again.
    pub by: Likeness,
    /// How many findings are new, as far as they are kept.
    pub new_findings: u64,
    /// How many of them succeeded.
    pub new_successes: u64,
}

/// By what an incident is known again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Its identifier.
    Identifier,
    /// Requests that both hold.
    Requests,
    /// The same client on the same route, with the same in mind.
    Actor,
}

impl Likeness {
    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Likeness::Identifier => "identifier",
            Likeness::Requests => "requests",
            Likeness::Actor => "actor",
        }
    }
}

/// What makes a request itself, wherever it stands: files are renamed and cut.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Mark<'a> {
    time: Option<Time>,
    client: Option<&'a Untrusted>,
    method: Option<&'a Untrusted>,
    target: Option<&'a Untrusted>,
    status: Option<u16>,
    bytes: Option<u64>,
}

fn mark(finding: &Finding) -> Mark<'_> {
    let request = &finding.request;
    Mark {
        time: request.time,
        client: request.client.as_ref(),
        method: request.method.as_ref(),
        target: request.target.as_ref(),
        status: request.status,
        bytes: request.bytes,
    }
}

impl<'a> Changes<'a> {
    /// Compares two reports.
    pub fn between(before: &'a Document, after: &'a Document) -> Changes<'a> {
        let earlier = Earlier::of(before);
        let mut changes = Changes { before, after, new: Vec::new(), changed: Vec::new(), gone: Vec::new(), same: 0 };
        let mut met = HashSet::new();
        for story in &after.stories {
            let Some((place, by)) = earlier.find(story) else {
                changes.new.push(story);
                continue;
            };
            met.insert(place);
            let change = earlier.change(&before.stories[place], story, by);
            match change.is_none() {
                true => changes.same += 1,
                false => changes.changed.push(change),
            }
        }
        let later = Earlier::of(after);
        let is_gone = |(place, story): &(usize, &Story)| !met.contains(place) && later.find(story).is_none();
        changes.gone = before.stories.iter().enumerate().filter(is_gone).map(|(_, story)| story).collect();
        changes
    }

    /// Whether something is new that is at least so severe: an incident, a worse judgement, a further success.
    pub fn is_news(&self, severity: Severity) -> bool {
        let is_severe = |story: &Story| severity <= story.incident.severity;
        let is_worse = |change: &Change<'_>| {
            change.before.incident.severity < change.after.incident.severity || 0 < change.new_successes
        };
        self.new.iter().any(|story| is_severe(story))
            || self.changed.iter().any(|change| is_severe(change.after) && is_worse(change))
    }
}

impl Change<'_> {
    /// Whether nothing changed but what tells of no event: ranks, identifiers and places.
    fn is_none(&self) -> bool {
        let told = |story: &Story| {
            let incident = &story.incident;
            (incident.severity, incident.confidence, incident.findings, incident.successes, incident.actor_count)
        };
        told(self.before) == told(self.after) && self.new_findings == 0
    }
}

/// The stories of a report, to be found again.
struct Earlier<'a> {
    document: &'a Document,
    identifiers: HashMap<&'a str, usize>,
    marks: HashMap<Mark<'a>, usize>,
    actors: HashMap<(&'a Untrusted, &'a Untrusted), Vec<usize>>,
}

impl<'a> Earlier<'a> {
    fn of(document: &'a Document) -> Earlier<'a> {
        let mut earlier =
            Earlier { document, identifiers: HashMap::new(), marks: HashMap::new(), actors: HashMap::new() };
        for (place, story) in document.stories.iter().enumerate() {
            earlier.identifiers.entry(&story.incident.id).or_insert(place);
            for finding in &story.findings {
                earlier.marks.entry(mark(finding)).or_insert(place);
            }
            for client in story.incident.actors.iter().filter_map(|actor| actor.client.as_ref()) {
                earlier.actors.entry((client, &story.incident.title)).or_default().push(place);
            }
        }
        earlier
    }

    /// The place of the story that this one is.
    fn find(&self, story: &Story) -> Option<(usize, Likeness)> {
        if let Some(place) = self.identifiers.get(story.incident.id.as_str()) {
            return Some((*place, Likeness::Identifier));
        }
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for place in story.findings.iter().filter_map(|finding| self.marks.get(&mark(finding))) {
            *shared.entry(*place).or_default() += 1;
        }
        // Of several that hold as many of its requests the one to read first.
        if let Some((place, _)) = shared.into_iter().max_by_key(|(place, count)| (*count, std::cmp::Reverse(*place))) {
            return Some((place, Likeness::Requests));
        }
        let routes = routes(story);
        let clients = story.incident.actors.iter().filter_map(|actor| actor.client.as_ref());
        let places = clients.filter_map(|client| self.actors.get(&(client, &story.incident.title))).flatten();
        let is_alike = |place: &&usize| !routes.is_disjoint(&self::routes(&self.document.stories[**place]));
        places.filter(is_alike).min().map(|place| (*place, Likeness::Actor))
    }

    fn change(&self, before: &'a Story, after: &'a Story, by: Likeness) -> Change<'a> {
        let fresh = || after.findings.iter().filter(|finding| !self.marks.contains_key(&mark(finding)));
        let successes = fresh().filter(|finding| finding.outcome == Outcome::Success).count() as u64;
        // Findings that are counted and not kept tell by their number alone.
        let (was, is) = (&before.incident, &after.incident);
        Change {
            before,
            after,
            by,
            new_findings: (fresh().count() as u64).max(is.findings.saturating_sub(was.findings)),
            new_successes: successes.max(is.successes.saturating_sub(was.successes)),
        }
    }
}

/// The routes of a story: the hosts and paths of its targets, the identifiers in them set aside.
fn routes(story: &Story) -> BTreeSet<(Option<&Untrusted>, Untrusted)> {
    let request = |one: &'_ Finding| one.request.target.as_ref().map(|target| target.map(shape));
    story.findings.iter().filter_map(|one| Some((one.request.host.as_ref(), request(one)?))).collect()
}

fn shape(target: &str) -> String {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let is_identifier = |segment: &str| {
        segment.bytes().any(|byte| byte.is_ascii_digit())
            && segment.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    };
    let shape = path.split('/').map(|segment| if is_identifier(segment) { "*" } else { segment });
    shape.collect::<Vec<_>>().join("/")
}

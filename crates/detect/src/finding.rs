//! One request judged.
//!
//! A [`Finding`] is a request that reaches for something, taken out of the log: what outlives the line is copied
//! here and nowhere else, each text cut to a bound. A [`Judged`] finding says what it got and how bad that is.

use accesslog::{Position, Record, Time};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::budget::Chance;
use crate::catalog::Grade;
use crate::hash;
use crate::kept;
use crate::keys::{self, Kind, Validity};
use crate::outcome::{self, Case, Ground, Outcome};
use crate::request::{Field, Request};
use crate::signal::{Aim, Evidence, Role, Way, Weight};
use crate::signals::OF_TEMPLATE;

/// How much of a field of a request is kept, in bytes.
pub const FIELD_BYTES_MAX: usize = 4096;

/// How many pieces of evidence of a request are kept, the most telling first.
const EVIDENCE_MAX: usize = 32;

/// A request that reaches for something, as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where it stands.
    pub at: Position,
    /// The SHA-256 (FIPS 180-4) of the bytes that stand there, by which anyone can tell whether they were changed since.
    pub digest: [u8; 32],
    /// When it was.
    pub time: Option<Time>,
    /// Its client, the log's own escapes undone, as in the fields that follow.
    pub client: Option<Box<[u8]>>,
    /// Its user.
    pub user: Option<Box<[u8]>>,
    /// Its method.
    pub method: Option<Box<[u8]>>,
    /// Its target, or its request line if that has no target.
    pub target: Option<Box<[u8]>>,
    /// The status of the reply.
    pub status: Option<u16>,
    /// The size of the reply in bytes.
    pub bytes: Option<u64>,
    /// How long it took, in nanoseconds.
    pub duration: Option<u64>,
    /// Its referer.
    pub referer: Option<Box<[u8]>>,
    /// Its agent.
    pub agent: Option<Box<[u8]>>,
    /// The host it asked for.
    pub host: Option<Box<[u8]>>,
    /// What a cloud's log says of it.
    pub cloud: Option<Box<CloudCall>>,
    /// What it reaches for, the most telling first, and how it is dressed.
    #[serde(deserialize_with = "kept::evidence")]
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) route: u64,
    pub(crate) client_key: u64,
    pub(crate) is_root: bool,
    /// Its place among all findings, given at the end.
    pub(crate) place: usize,
    /// Whether several clients who look for nothing else were given the same.
    pub(crate) is_read: bool,
    /// Whether it is one of at most a few requests for its document, all by one client.
    pub(crate) is_lone: bool,
    /// Whether a second pass kept it, which counts all that are like it.
    pub(crate) is_traced: bool,
    /// How many more there are like it, counted but not kept.
    pub(crate) more: u64,
}

/// A call of a cloud's interface, as its log holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudCall {
    /// The operation: `REST.GET.OBJECT`, `ListBuckets`.
    pub operation: Option<Box<[u8]>>,
    /// The service that was called.
    pub service: Option<Box<[u8]>>,
    /// The bucket.
    pub bucket: Option<Box<[u8]>>,
    /// The key of the object in its bucket.
    pub object: Option<Box<[u8]>>,
    /// The region that it was called in.
    pub region: Option<Box<[u8]>>,
    /// The principal that called.
    pub principal: Option<Box<[u8]>>,
    /// The id of the key that signed.
    pub access_key_id: Option<Box<[u8]>>,
    /// The error code of the service.
    pub error: Option<Box<[u8]>>,
    pub(crate) kind: Kind,
    pub(crate) is_allowed: bool,
    /// For how long the key was good, as far as the call itself says it.
    pub(crate) validity: Validity,
}

impl CloudCall {
    fn bytes(&self) -> usize {
        let fields = [
            &self.operation,
            &self.service,
            &self.bucket,
            &self.object,
            &self.region,
            &self.principal,
            &self.access_key_id,
            &self.error,
        ];
        size_of::<CloudCall>() + fields.into_iter().flatten().map(|text| text.len()).sum::<usize>()
    }

    fn of(record: &Record<'_>) -> Option<CloudCall> {
        let cloud = record.cloud?;
        let own = |field: Option<&[u8]>| field.map(|value| cut(&record.escape.undo(value)));
        Some(CloudCall {
            operation: own(cloud.operation),
            service: own(cloud.service),
            bucket: own(cloud.bucket),
            object: own(cloud.key),
            region: own(cloud.region),
            principal: own(cloud.principal),
            access_key_id: own(cloud.access_key_id),
            error: own(cloud.error),
            kind: Kind::of(cloud.operation.unwrap_or_default(), record.raw),
            is_allowed: keys::is_allowed(record),
            validity: Validity::of(record),
        })
    }
}

impl Finding {
    /// Takes a request out of the log; `target` is the target with the log's own escapes undone.
    pub(crate) fn new(
        at: Position,
        request: &Request<'_>,
        target: &[u8],
        client_key: u64,
        mut evidence: Vec<Evidence>,
    ) -> Finding {
        let record = request.record;
        let own = |field: Option<&[u8]>| field.map(|value| cut(&record.escape.undo(value)));
        evidence.sort_by_key(|evidence| (evidence.signal().role(), std::cmp::Reverse(evidence.grade), evidence.signal));
        evidence.truncate(EVIDENCE_MAX);
        Finding {
            at,
            digest: Sha256::digest(record.raw).into(),
            time: record.time,
            client: own(record.client),
            user: own(record.user),
            method: own(record.method),
            target: (!target.is_empty() || record.cloud.is_none()).then(|| cut(target)),
            status: record.status,
            bytes: record.bytes,
            duration: record.duration,
            referer: own(record.referer),
            agent: own(record.agent),
            host: own(record.host),
            cloud: CloudCall::of(record).map(Box::new),
            route: request.route.key,
            client_key,
            is_root: is_root(record),
            evidence,
            place: 0,
            is_read: false,
            is_lone: false,
            is_traced: false,
            more: 0,
        }
    }

    /// How many bytes it takes, its texts taken in.
    pub(crate) fn bytes(&self) -> usize {
        let fields = [&self.client, &self.user, &self.method, &self.target, &self.referer, &self.agent, &self.host];
        let evidence: usize = self.evidence.iter().map(Evidence::bytes).sum();
        size_of::<Finding>()
            + fields.into_iter().flatten().map(|text| text.len()).sum::<usize>()
            + self.cloud.as_ref().map_or(0, |call| call.bytes())
            + evidence
    }

    /// The key of what it reaches for: whoever reaches for the same by the same way has the same key.
    pub(crate) fn document_key(&self) -> u64 {
        let aim = &self.evidence[0];
        match aim.way {
            Way::Document => hash::join(hash::hash(self.host.as_deref().unwrap_or_default()), aim.object),
            _ => hash::join(self.param_key(aim), aim.object),
        }
    }

    /// The key of the parameter that a piece of evidence stands in, on this route.
    pub(crate) fn param_key(&self, evidence: &Evidence) -> u64 {
        match evidence.field {
            Field::Origin => origin_key(&evidence.seen),
            _ => hash::join(self.route, hash::hash(&evidence.name)),
        }
    }
}

/// The key of a host that targets in absolute form name: where one is usual, it is the service's own.
pub(crate) fn origin_key(host: &[u8]) -> u64 {
    hash::join(hash::hash(b"origin"), hash::hash(host))
}

fn cut(text: &[u8]) -> Box<[u8]> {
    text[..text.len().min(FIELD_BYTES_MAX)].into()
}

/// Whether a request is for the front page itself.
pub(crate) fn is_root(record: &Record<'_>) -> bool {
    record.target.is_some_and(|target| target == b"/" || target == b"/index.html" || target == b"/index.php")
}

/// Which part of a story a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Looking for a way in.
    Probe,
    /// Taking a key or a secret.
    Extract,
    /// Using a key that was taken.
    Use,
    /// Fetching many records.
    Harvest,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Stage; 4] = [Stage::Probe, Stage::Extract, Stage::Use, Stage::Harvest];

    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Probe => "probe",
            Stage::Extract => "extract",
            Stage::Use => "use",
            Stage::Harvest => "harvest",
        }
    }
}

/// How bad something is. From [`Severity::High`] on, a person should look now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// An attempt like many, or something that should be tidied up.
    Low,
    /// An attempt that was aimed at this service, or something that may have leaked.
    Medium,
    /// A secret was taken, as far as the log can tell.
    High,
    /// Keys were taken.
    Critical,
}

impl Severity {
    /// All severities, in order.
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// How sure the judgement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Something is unusual, no more.
    Anomaly,
    /// It was tried; that it worked cannot be told, or it did not.
    Attempt,
    /// It worked, as far as the reply tells.
    Probable,
    /// It worked: what followed could not have been known otherwise.
    Confirmed,
}

impl Confidence {
    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Anomaly => "anomaly",
            Confidence::Attempt => "attempt",
            Confidence::Probable => "probable",
            Confidence::Confirmed => "confirmed",
        }
    }
}

/// A finding, and what is made of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The request.
    pub finding: Finding,
    /// What it got.
    pub outcome: Outcome,
    /// Which part of a story it is.
    pub stage: Stage,
    /// How bad it is.
    pub severity: Severity,
    /// How sure that is.
    pub confidence: Confidence,
    /// What the signals of outcome make of the objective that decided, by their place in the list.
    pub(crate) weights: Vec<(u8, Weight)>,
    /// What speaks against it beside the signals: a sum of bits, zero or below.
    pub(crate) excuse_bits: i32,
    /// How likely as much is by chance, where it is judged by its rarity alone.
    pub(crate) chance: Option<Chance>,
    /// The objective that decided: the first piece of evidence, unless another was reached.
    pub(crate) aim: usize,
}

impl Judged {
    /// The objective that decided.
    pub(crate) fn aim(&self) -> &Evidence {
        &self.finding.evidence[self.aim]
    }

    /// The sum of the bits for success.
    pub(crate) fn bits(&self) -> i32 {
        self.weights.iter().map(|(_, weight)| weight.bits).sum()
    }
}

/// Judges a finding by whichever of its objectives makes it worst.
pub(crate) fn judge(finding: Finding, ground: &Ground<'_>) -> Judged {
    let objectives =
        finding.evidence.iter().enumerate().filter(|(_, evidence)| evidence.signal().role() == Role::Objective);
    let verdicts = objectives.map(|(aim, evidence)| {
        let case = Case { finding: &finding, evidence, ground };
        let weights = outcome::weigh(&case);
        let outcome = Outcome::of(weights.iter().map(|(_, weight)| weight.bits).sum());
        let severity = severity(&case, outcome, &weights);
        (severity, outcome, aim, weights)
    });
    // Of two that are as bad the first, which is the more telling.
    let worst = verdicts.reduce(|one, other| if (one.0, one.1) < (other.0, other.1) { other } else { one });
    let (severity, outcome, aim, weights) = worst.expect("a finding has an objective");
    let evidence = &finding.evidence[aim];
    let outcome = if matches!(evidence.way, Way::Leak) { Outcome::Unknown } else { outcome };
    let stage = stage(evidence, outcome);
    let confidence = confidence(evidence, finding.is_read, outcome, &weights);
    Judged { outcome, stage, severity, confidence, weights, excuse_bits: 0, chance: None, aim, finding }
}

/// A finding of a second look, which has its outcome and its stage, as severe as its success is.
pub(crate) fn judged(
    finding: Finding,
    outcome: Outcome,
    stage: Stage,
    severity: Severity,
    weights: &[(u8, Weight)],
    excuse_bits: i32,
) -> Judged {
    let (severity, confidence) = match outcome {
        Outcome::Success => (severity, Confidence::Probable),
        _ => (Severity::Medium.min(severity), Confidence::Attempt),
    };
    Judged {
        finding,
        outcome,
        stage,
        severity,
        confidence,
        weights: weights.to_vec(),
        excuse_bits,
        chance: None,
        aim: 0,
    }
}

fn stage(evidence: &Evidence, outcome: Outcome) -> Stage {
    let is_set_off = matches!(evidence.way, Way::Inject) && !matches!(evidence.aim, Aim::Metadata { .. });
    let is_scouting = outcome::is_list(evidence) || is_set_off || matches!(evidence.way, Way::Callout | Way::Leak);
    if outcome == Outcome::Success && !is_scouting { Stage::Extract } else { Stage::Probe }
}

fn confidence(evidence: &Evidence, is_read: bool, outcome: Outcome, weights: &[(u8, Weight)]) -> Confidence {
    let has = |name: &str| weights.iter().any(|(signal, _)| crate::SIGNALS[usize::from(*signal)].name() == name);
    match outcome {
        Outcome::Success if has("role-echo") => Confidence::Confirmed,
        Outcome::Success => Confidence::Probable,
        _ if evidence.grade == Grade::Weak || is_read => Confidence::Anomaly,
        _ => Confidence::Attempt,
    }
}

/// How bad it is that this objective had that outcome.
fn severity(case: &Case<'_>, outcome: Outcome, weights: &[(u8, Weight)]) -> Severity {
    let evidence = case.evidence;
    let bits: i32 = weights.iter().map(|(_, weight)| weight.bits).sum();
    let has_size = weights
        .iter()
        .any(|(signal, weight)| crate::SIGNALS[usize::from(*signal)].name() == "reply-size" && 0 < weight.bits);
    match (evidence.way, outcome) {
        (Way::Leak, _) => {
            if evidence.grade == Grade::Weak {
                Severity::Info
            } else {
                Severity::Medium
            }
        }
        (Way::Callout | Way::Inject, _) => {
            if evidence.grade == Grade::Weak {
                Severity::Info
            } else if evidence.way == Way::Inject && (evidence.grade == Grade::Strong || is_of_template(evidence)) {
                injected(case, outcome)
            } else {
                Severity::Low
            }
        }
        _ if case.finding.is_read => Severity::Info,
        // A document that a site publishes is read by people who look for nothing else.
        (Way::Document, Outcome::Success) if !case.ground.is_seeker(case.finding.client_key) => match evidence.grade {
            Grade::Strong => Severity::High,
            Grade::Likely => Severity::Medium,
            // What is published is read by more than one; who watches a page asks for it again and again.
            Grade::Fair if case.finding.is_lone => Severity::Medium,
            Grade::Fair => Severity::Low,
            _ => Severity::Info,
        },
        (_, Outcome::Success) => match evidence.grade {
            _ if outcome::is_keys(evidence) && 5 <= bits => Severity::Critical,
            Grade::Strong => Severity::High,
            // What is offered to be chosen from is answered; only a longer answer shows that it worked.
            _ if evidence.way == Way::Select => match has_size {
                true => Severity::High,
                false if evidence.grade < Grade::Fair => Severity::Low,
                false => Severity::Medium,
            },
            // An answer is no proof that it came from inside.
            Grade::Likely if evidence.way == Way::Fetch && bits < 4 => Severity::Medium,
            Grade::Likely => Severity::High,
            Grade::Fair => Severity::Medium,
            _ => Severity::Low,
        },
        (_, Outcome::Unknown) if Grade::Likely <= evidence.grade => Severity::Medium,
        (Way::Fetch, Outcome::Failure) if is_aimed(case) => Severity::Medium,
        (_, _) if evidence.grade == Grade::Weak => Severity::Info,
        _ => Severity::Low,
    }
}

/// How many answers a route has given, at least, for an injection into it to be aimed at this service.
const ANSWERS_MIN: u64 = 40;

/// How bad it is that something was put where a program may act on it. Whether it did is in no log; but what is sprayed goes to
/// the front page and to whatever path, and to many things at once.
fn injected(case: &Case<'_>, outcome: Outcome) -> Severity {
    let evidence = case.evidence;
    if case.answer().is_none() || case.usual().total() < ANSWERS_MIN || case.finding.is_root {
        return Severity::Low;
    }
    // A name or code from elsewhere is what is sprayed.
    let is_own =
        matches!(evidence.what, "an environment variable" | "a file of the server") || is_of_template(evidence);
    match evidence.aim {
        // Whoever does not fetch what a header names answers as always.
        Aim::Metadata { .. } if outcome == Outcome::Success => Severity::High,
        _ if is_own && evidence.field == Field::Param && !case.ground.is_seeker(case.finding.client_key) => {
            Severity::Medium
        }
        _ => Severity::Low,
    }
}

/// Whether a template that a parameter holds reads the configuration or the environment.
fn is_of_template(evidence: &Evidence) -> bool {
    evidence.what == OF_TEMPLATE
}

/// Whether an attempt is at a parameter from which this service really fetches: its sender knows the service.
fn is_aimed(case: &Case<'_>) -> bool {
    Grade::Fair <= case.evidence.grade
        && case.evidence.field == Field::Param
        && case.live().is_some()
        && !is_usual_mistake(case)
}

/// Whether an attempt is what users of the service do by mistake: where many give it addresses to fetch from, some give one of
/// their own machine or office, and are refused. Nobody gives the place of a machine's keys so.
fn is_usual_mistake(case: &Case<'_>) -> bool {
    let is_own_place = case.evidence.signal().name() == "internal-address";
    is_own_place && !case.ground.is_seeker(case.finding.client_key) && MISTAKEN_MIN <= case.ground.mistaken(case)
}

/// How many clients make a mistake that is usual.
const MISTAKEN_MIN: usize = 5;

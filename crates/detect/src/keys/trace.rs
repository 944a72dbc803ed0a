//! A use of a key, its lines in hand.

use accesslog::Record;

use super::{Caller, Deed, Kind, judge, stage_of};
use crate::aims::Aim;
use crate::catalog::Grade;
use crate::finding::{Confidence, Finding, Judged, Severity, Stage};
use crate::hash;
use crate::outcome::Outcome;
use crate::request::Field;
use crate::signal::{self, Evidence, SEEN_BYTES_MAX, Way};
use crate::signals::place_of;

/// How many objects that were read make a use a harvest.
const HARVEST_MIN: usize = 20;

/// The keys by which an aim names the lines of a use: its role and its network.
pub(crate) fn place_of_use(record: &Record<'_>) -> Option<(u64, u64)> {
    Caller::of(record).map(|caller| (caller.role_key, caller.network_key))
}

/// What a call shows: its operation, and what it was done to.
pub(crate) fn evidence(record: &Record<'_>, deed: Option<Deed>) -> Evidence {
    let cloud = record.cloud.unwrap_or_default();
    let operation = cloud.operation.unwrap_or_default();
    let kind = Kind::of(operation, record.raw);
    let mut seen = operation.to_vec();
    if let Some(bucket) = cloud.bucket {
        seen.extend_from_slice(b" ");
        seen.extend_from_slice(bucket);
        if let Some(key) = cloud.key {
            seen.extend_from_slice(b"/");
            seen.extend_from_slice(key);
        }
    }
    Evidence {
        signal: place_of(if deed.is_some() { "telling-deed" } else { "key-use" }),
        grade: Grade::Likely,
        way: Way::Use,
        field: Field::User,
        name: Box::default(),
        span: (0, 0),
        object: hash::hash(&seen),
        seen: seen[..seen.len().min(SEEN_BYTES_MAX)].into(),
        what: what(kind),
        trail: Box::default(),
        aim: signal::Aim::Plain,
    }
}

fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::List => "a list of the objects of a bucket",
        Kind::Read => "an object of a bucket",
        Kind::Look => "what there is in the account",
        Kind::ListSecrets => "a list of secrets",
        Kind::ReadSecrets => "a secret",
        Kind::Persist => "a way back in",
        Kind::Blind => "a trail that is switched off",
        Kind::Share => "data given to somebody else, or a way to it",
        Kind::Other => "a call with the key of the role",
    }
}

/// Judges the calls of one role from one network.
pub(crate) fn judged(aim: &Aim, deed: Option<Deed>, traces: Vec<Finding>) -> Vec<Judged> {
    let kind = |trace: &Finding| trace.cloud.as_ref().map_or(Kind::Other, |call| call.kind);
    let is_wanted = |trace: &Finding| match deed {
        None => true,
        Some(Deed::Secrets) => matches!(kind(trace), Kind::ReadSecrets | Kind::ListSecrets),
        Some(Deed::Shared) => kind(trace) == Kind::Share,
        Some(Deed::Blinded) => kind(trace) == Kind::Blind,
    };
    let traces: Vec<Finding> = traces.into_iter().filter(is_wanted).collect();
    let allowed = |wanted: Kind| traces.iter().filter(|trace| kind(trace) == wanted && is_allowed(trace)).count();
    let has_taken = HARVEST_MIN <= allowed(Kind::Read) || 0 < allowed(Kind::ReadSecrets) + allowed(Kind::Share);
    let severity = match () {
        () if deed.is_some() || aim.suspicion.bits() < judge::BITS_LOUD => Severity::Medium,
        () if has_taken || 0 < allowed(Kind::Persist) => Severity::Critical,
        () => Severity::High,
    };
    let weights: Vec<_> = aim.suspicion.reasons.iter().map(|(name, weight)| (place_of(name), weight.clone())).collect();
    let judged = |trace: Finding| {
        let is_allowed = is_allowed(&trace);
        let stage = stage_of(kind(&trace), is_allowed);
        let (outcome, severity, confidence) = match is_allowed {
            true => (Outcome::Success, severity, Confidence::Probable),
            false => (Outcome::Failure, severity.min(Severity::Medium), Confidence::Attempt),
        };
        let stage = if is_allowed || deed.is_none() { stage } else { Stage::Probe };
        let (weights, excuse_bits) = (weights.clone(), aim.suspicion.excuse_bits);
        Judged { finding: trace, outcome, stage, severity, confidence, weights, excuse_bits, chance: None, aim: 0 }
    };
    traces.into_iter().map(judged).collect()
}

fn is_allowed(trace: &Finding) -> bool {
    trace.cloud.as_ref().is_some_and(|call| call.is_allowed)
}

//! The theft and the use of one key, joined into one story.
//!
//! A role that was named to a metadata service through a hole, and answered, and a use of that role from a stranger's
//! network soon after, are one story, unless it is chance. How likely chance is, is said: a use could have fallen behind
//! any of the moments at which the role's keys were handed out; the closer it follows, and the fewer such moments and
//! roles there are, the less likely that is. The last moment before the use is the one that is joined. Nothing else is
//! pulled in: an address that many share, or a role that is merely named, joins nothing.

use accesslog::Time;

use crate::finding::{Confidence, Judged, Severity};
use crate::incident::{self, Incident, is_success};
use crate::outcome::is_keys;
use crate::signal::{Aim, Way, Weight};
use crate::signals::place_of;

/// How long after it was handed out a key can be used, in nanoseconds: the longest session there is, 36 hours
/// (Amazon, "Using temporary credentials": 12 hours for a role, 36 for a user's session token).
const VALID_NANOS: i64 = 36 * 3_600 * 1_000_000_000;

/// Two clocks may differ by so much, in nanoseconds: five minutes.
const CLOCKS_NANOS: i64 = 300 * 1_000_000_000;

/// What is known of the cloud's log as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cloud {
    /// How many roles it names.
    pub(crate) roles: u64,
    /// The first and last time in it.
    pub(crate) span: Option<(Time, Time)>,
}

/// Joins what belongs together; the others stay as they are.
pub(crate) fn joined(mut incidents: Vec<Incident>, cloud: Cloud) -> Vec<Incident> {
    incidents.sort_by_key(|incident| (incident.span, incident.id.clone()));
    let uses: Vec<usize> = (0..incidents.len()).filter(|place| is_use(&incidents[*place])).collect();
    let mut slots: Vec<Option<Incident>> = incidents.into_iter().map(Some).collect();
    for place in uses {
        let Some(using) = slots[place].clone() else { continue };
        let Some((theft, bond)) = theft_of(&slots, &using) else { continue };
        let Some(mut theft) = slots[theft].take().map(|incident| incident.findings) else { continue };
        let weight = chance(&bond, cloud);
        let mut findings = using.findings;
        if let Some(last) = theft.iter_mut().rfind(|one| bond.is_it(one)) {
            last.weights.push((place_of("key-used-after"), weight));
        }
        findings.extend(theft);
        for one in findings.iter_mut().filter(|one| is_success(one)) {
            one.confidence = Confidence::Confirmed;
            one.severity = Severity::Critical;
        }
        slots[place] = incident::of_story(findings);
    }
    slots.into_iter().flatten().collect()
}

fn is_use(incident: &Incident) -> bool {
    let is_use = |one: &Judged| one.aim().way == Way::Use && is_success(one);
    Severity::High <= incident.severity && incident.findings.iter().any(is_use)
}

/// What joins a theft and a use.
struct Bond {
    role: Option<Box<[u8]>>,
    /// When the key was handed out, and when it was first used elsewhere.
    taken: Time,
    used: Time,
    /// How often the same was handed out.
    moments: u64,
}

impl Bond {
    fn is_it(&self, one: &Judged) -> bool {
        one.finding.time == Some(self.taken) && is_success(one)
    }
}

/// The incident in which the key of a use was taken, by its place.
fn theft_of(slots: &[Option<Incident>], using: &Incident) -> Option<(usize, Bond)> {
    let first = using.findings.iter().filter(|one| one.aim().way == Way::Use).min_by_key(|one| one.finding.time)?;
    let used = first.finding.time?;
    let role = first.finding.cloud.as_ref().and_then(|cloud| cloud.principal.as_deref()).map(role_name)?;
    let mut thefts = Vec::new();
    for (place, incident) in slots.iter().enumerate() {
        let Some(incident) =
            incident.as_ref().filter(|incident| !incident.findings.iter().any(|one| one.aim().way == Way::Use))
        else {
            continue;
        };
        for one in incident.findings.iter().filter(|one| is_success(one)) {
            let Some(taken) = one.finding.time else { continue };
            let gap = used.0.saturating_sub(taken.0);
            if !(-CLOCKS_NANOS..=VALID_NANOS).contains(&gap) {
                continue;
            }
            let named = is_keys(one.aim()) && role_of(one) == Some(role);
            let is_same_client =
                one.finding.client.is_some() && using.actors.iter().any(|actor| actor.client == one.finding.client);
            let gives_keys = named
                || is_same_client
                    && matches!(one.aim().way, Way::Fetch | Way::Read | Way::Document | Way::Select | Way::Blind);
            if gives_keys {
                thefts.push((named, taken, place));
            }
        }
    }
    // A role that is named is worth more than an address; of as many the last before the use.
    let &(named, taken, place) = thefts.iter().max()?;
    let moments = thefts.len() as u64;
    Some((place, Bond { role: named.then(|| role.into()), taken, used, moments }))
}

fn role_of(one: &Judged) -> Option<&[u8]> {
    match &one.aim().aim {
        Aim::Metadata { role, .. } => role.as_deref(),
        Aim::Plain => None,
    }
}

/// The name of the role in a principal: `web` of `arn:aws:sts::1:assumed-role/web/i-0abc`.
pub(crate) fn role_name(principal: &[u8]) -> &[u8] {
    let mut parts = principal.split(|byte| *byte == b'/');
    parts.nth(1).unwrap_or(principal)
}

/// How unlikely it is that the use followed the theft by chance, in bits, and in words.
fn chance(bond: &Bond, cloud: Cloud) -> Weight {
    let gap = bond.used.0.saturating_sub(bond.taken.0).max(60 * 1_000_000_000) as u64;
    let span = cloud.span.map_or(0, |(first, last)| last.0.saturating_sub(first.0).max(0) as u64).max(gap);
    // A role that is named is one of all those that the log names.
    let roles = if bond.role.is_some() { cloud.roles.max(1) } else { 1 };
    let odds = (span / gap / bond.moments.max(1)).saturating_mul(roles).max(1);
    let minutes = gap / 60_000_000_000;
    let after = if minutes < 120 { format!("{minutes} minutes") } else { format!("{} hours", minutes / 60) };
    let what = if bond.role.is_some() {
        "the role whose keys were handed out"
    } else {
        "a key, by the client that was handed secrets,"
    };
    Weight {
        bits: (odds.ilog2() as i32).clamp(1, 12),
        seen: format!("{what} was used from elsewhere {after} later"),
        expected: format!("no use from elsewhere; by chance it would fall so close about once in {odds} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_by_its_principal() {
        assert_eq!(role_name(b"arn:aws:sts::1:assumed-role/web/i-0abc"), b"web");
        assert_eq!(role_name(b"arn:aws:iam::1:user/ops"), b"ops");
        assert_eq!(role_name(b"79a59df9"), b"79a59df9");
    }

    #[test]
    fn the_closer_the_less_likely_by_chance() {
        let hour = 3_600 * 1_000_000_000;
        let cloud = Cloud { roles: 4, span: Some((Time(0), Time(240 * hour))) };
        let bits = |gap: i64, moments| {
            chance(&Bond { role: Some((*b"web").into()), taken: Time(0), used: Time(gap), moments }, cloud).bits
        };
        assert!(bits(hour, 1) > bits(10 * hour, 1) && bits(hour, 1) > bits(hour, 8));
        assert_eq!(bits(240 * hour, 1), 2);
    }
}

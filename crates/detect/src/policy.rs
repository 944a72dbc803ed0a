//! What the owner of the service allows, and what that takes out of a verdict.
//!
//! A scanner under contract, a partner, a monitor: who owns the service knows them, and a log does not. An entry says
//! whom or what it is about, and why. It is applied to the finished verdict, after everything was counted and judged:
//! so what is usual does not depend on it, and the same log says the same of everybody else. What an entry takes out is
//! counted and told with its reason, and what succeeded stays, unless the entry says that this too is meant to be.

use accesslog::{Networks, Time};
use memchr::memmem;

use crate::catalog::Grade;
use crate::data_map::{DataMap, undone};
use crate::detector::Verdict;
use crate::finding::Judged;
use crate::outcome::Outcome;
use crate::pattern::Pattern;
use crate::profile::is_answer;
use crate::signal::{Evidence, Role, Way};
use crate::target::Target;
use crate::{impact, incident, persons};

/// How much of a path is looked at, in bytes.
const PATH_BYTES_MAX: usize = 4_096;

/// What is allowed; of entries that are about one finding the first that may take it out does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The entries.
    pub entries: Vec<Allow>,
}

/// One entry: it is about the findings that meet all of its conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allow {
    /// Why this is allowed.
    pub reason: String,
    /// The client is of one of these networks; of any if none is named.
    pub clients: Networks,
    /// The agent contains this.
    pub agent: Option<String>,
    /// The path, percent-encoding undone, is of this pattern.
    pub path: Option<Pattern>,
    /// The principal of a cloud, or the user, contains this.
    pub principal: Option<String>,
    /// All objectives that were seen are of these signals; of any if none is named.
    pub signals: Vec<&'static str>,
    /// It is not before this.
    pub since: Option<Time>,
    /// It is before this.
    pub until: Option<Time>,
    /// Whether what succeeded is meant to succeed.
    pub is_even_if_successful: bool,
}

/// What an entry took out of a verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suppressed {
    /// Why it is allowed.
    pub reason: String,
    /// How many findings were taken out.
    pub findings: u64,
    /// How many of them succeeded.
    pub successes: u64,
    /// Of how many it is not known whether they did.
    pub unknown: u64,
    /// How many findings the entry is about and did not take out, as they succeeded.
    pub kept_successes: u64,
    /// How many it is about and did not take out, as they stand for others that were counted and not kept, and may be
    /// anybody's.
    pub kept_counts: u64,
    /// From how many incidents something was taken out.
    pub incidents: u64,
    /// How many of those had nothing left, and are gone.
    pub gone: u64,
}

/// What an entry says of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// It is about something else.
    Nothing,
    /// It is about it, and it succeeded.
    Succeeded,
    /// It is about it, and about others that are not known.
    Counted,
    /// It takes it out.
    Out,
}

impl Allow {
    fn word(&self, one: &Judged) -> Word {
        match one.outcome {
            _ if !self.is_about(one) => Word::Nothing,
            Outcome::Success if !self.is_even_if_successful => Word::Succeeded,
            _ if one.finding.more != 0 && !self.is_about_all_like(one) => Word::Counted,
            _ => Word::Out,
        }
    }

    fn is_about(&self, one: &Judged) -> bool {
        let finding = &one.finding;
        let holds = |wanted: &str, field: Option<&[u8]>| {
            field.is_some_and(|field| memmem::find(field, wanted.as_bytes()).is_some())
        };
        let of_cloud = || finding.cloud.as_deref().and_then(|cloud| cloud.principal.as_deref());
        let principal = of_cloud().or(finding.user.as_deref());
        let objectives = || finding.evidence.iter().map(Evidence::signal).filter(|of| of.role() == Role::Objective);
        let is_in_time = match finding.time {
            Some(time) => self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until),
            None => self.since.is_none() && self.until.is_none(),
        };
        is_in_time
            && (self.clients.is_empty() || finding.client.as_deref().is_some_and(|client| self.clients.hold(client)))
            && self.agent.as_ref().is_none_or(|wanted| holds(wanted, finding.agent.as_deref()))
            && self.principal.as_ref().is_none_or(|wanted| holds(wanted, principal))
            && self.path.as_ref().is_none_or(|pattern| is_of(pattern, finding.target.as_deref()))
            && (self.signals.is_empty() || objectives().all(|signal| self.signals.contains(&signal.name())))
    }

    /// Whether what was counted with a finding and not kept is allowed with it: what was refused one client is counted
    /// apart from what was refused others, and an entry may be about all that a client does.
    fn is_about_all_like(&self, one: &Judged) -> bool {
        let is_by_client_alone =
            Allow { reason: String::new(), clients: Networks::default(), is_even_if_successful: false, ..self.clone() }
                == Allow::default();
        let is_refused = one.finding.status.is_some_and(|status| !is_answer(status));
        let is_shared = one.aim().way == Way::Callout && one.aim().grade == Grade::Weak;
        is_by_client_alone && is_refused && !is_shared
    }
}

fn is_of(pattern: &Pattern, target: Option<&[u8]>) -> bool {
    let Some(target) = target else { return false };
    let path = undone(Target::new(target).path, 1);
    pattern.find(&path[..path.len().min(PATH_BYTES_MAX)]).is_some()
}

impl Verdict {
    /// The verdict without what is allowed. What left by an incident that loses successes is counted again, by the
    /// findings that it still has.
    #[must_use]
    pub fn allowed(mut self, policy: &Policy, map: &DataMap) -> Verdict {
        if policy.entries.is_empty() {
            return self;
        }
        let _scope = self.key.enter();
        let named = |entry: &Allow| Suppressed { reason: entry.reason.clone(), ..Suppressed::default() };
        let mut all: Vec<Suppressed> = policy.entries.iter().map(named).collect();
        let mut left = Vec::with_capacity(self.incidents.len());
        for mut whole in self.incidents {
            let mut taken = vec![false; all.len()];
            let mut has_lost_data = false;
            let before = whole.findings.len();
            let mut count = 0;
            let mut stay = |one: &Judged| {
                let words: Vec<Word> = policy.entries.iter().map(|entry| entry.word(one)).collect();
                let own = 1 + one.finding.more;
                if let Some(place) = words.iter().position(|word| *word == Word::Out) {
                    all[place].findings += own;
                    all[place].successes += if one.outcome == Outcome::Success { own } else { 0 };
                    all[place].unknown += if one.outcome == Outcome::Unknown { own } else { 0 };
                    taken[place] = true;
                    has_lost_data |= one.outcome != Outcome::Failure;
                    count += own;
                    return false;
                }
                if let Some(place) = words.iter().position(|word| *word != Word::Nothing) {
                    match words[place] {
                        Word::Succeeded => all[place].kept_successes += own,
                        _ => all[place].kept_counts += own,
                    }
                }
                true
            };
            whole.findings.retain(|one| stay(one));
            self.findings = self.findings.saturating_sub(count);
            let is_gone = whole.findings.is_empty();
            for (entry, _) in all.iter_mut().zip(&taken).filter(|(_, taken)| **taken) {
                entry.incidents += 1;
                entry.gone += u64::from(is_gone);
            }
            if whole.findings.len() == before {
                left.push(whole);
                continue;
            }
            let Some(mut rest) = incident::of_story(whole.findings) else { continue };
            // It is the same incident still, to whoever compares reports.
            rest.id = whole.id;
            rest.is_cut = has_lost_data;
            (rest.impact, rest.persons) = match has_lost_data {
                true => (impact::of_findings(&rest.findings), persons::of_findings(&rest.findings, map)),
                false => (whole.impact, whole.persons),
            };
            left.push(rest);
        }
        self.incidents = left;
        incident::rank(&mut self.incidents);
        self.suppressed = all;
        self
    }
}

#[cfg(test)]
mod tests {
    use accesslog::{Position, Record};

    use super::*;
    use crate::Detector;

    const DAY: i64 = 86_400 * 1_000_000_000;

    /// The verdict on probes of one client, of which the last is answered.
    fn verdict(probes: usize) -> Verdict {
        let mut detector = Detector::default();
        for number in 0..=probes {
            let (target, status) = if number == probes { ("/b/.env", 200) } else { ("/a%2D/.env?q=1", 404) };
            let record = Record {
                time: Some(Time(DAY + number as i64)),
                client: Some(b"192.0.2.7:4711"),
                agent: Some(b"probe/1.0 (contract 17)"),
                user: Some(b"tester"),
                method: Some(b"GET"),
                target: Some(target.as_bytes()),
                status: Some(status),
                bytes: Some(900),
                raw: target.as_bytes(),
                ..Record::default()
            };
            detector.observe(Position { offset: number as u64 * 100, ..Position::default() }, &record);
        }
        detector.finish()
    }

    fn suppressed(probes: usize, entries: Vec<Allow>) -> Vec<Suppressed> {
        verdict(probes).allowed(&Policy { entries }, &DataMap::default()).suppressed
    }

    fn own() -> Allow {
        Allow { clients: Networks::parse(["192.0.2.0/24"]).unwrap(), ..Allow::default() }
    }

    #[test]
    fn an_entry_is_about_what_meets_all_of_its_conditions() {
        let out = |entry: Allow| suppressed(3, vec![entry])[0].findings;
        let pattern = |text: &str| Some(Pattern::parse(text).unwrap());
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(out(own()), 3);
        assert_eq!(out(Allow { clients: Networks::parse(["192.0.3.0/24"]).unwrap(), ..own() }), 0);
        for (entry, is_about) in [
            (Allow { agent: text("contract 17"), ..own() }, true),
            (Allow { agent: text("contract 18"), ..own() }, false),
            (Allow { path: pattern("/a-/*"), ..own() }, true),
            (Allow { path: pattern("/a-/*?q=1"), ..own() }, false),
            (Allow { principal: text("test"), ..own() }, true),
            (Allow { principal: text("other"), ..own() }, false),
            (Allow { signals: vec!["credential-file"], ..own() }, true),
            (Allow { signals: vec!["object-harvest"], ..own() }, false),
            (Allow { since: Some(Time(DAY)), until: Some(Time(DAY + 9)), ..own() }, true),
            (Allow { until: Some(Time(DAY)), ..own() }, false),
            (Allow { since: Some(Time(DAY + 9)), ..own() }, false),
        ] {
            assert_eq!(out(entry.clone()), if is_about { 3 } else { 0 }, "{entry:?}");
        }
    }

    #[test]
    fn the_first_entry_that_may_take_a_finding_out_does() {
        let meant = Allow { is_even_if_successful: true, ..own() };
        let both = suppressed(3, vec![own(), meant]);
        assert_eq!((both[0].findings, both[0].kept_successes), (3, 0), "the other took it");
        assert_eq!((both[1].findings, both[1].successes), (1, 1));
        let verdict = verdict(3).allowed(&Policy { entries: vec![own()] }, &DataMap::default());
        assert_eq!((verdict.suppressed[0].kept_successes, verdict.findings), (1, 1));
        assert_eq!(verdict.incidents.iter().map(|incident| incident.finding_count).sum::<u64>(), 1);
        assert!(verdict.incidents.iter().enumerate().all(|(place, incident)| incident.rank as usize == place + 1));
    }

    #[test]
    fn what_was_counted_and_not_kept_is_taken_out_by_its_client_alone() {
        let by_client = &suppressed(5_000, vec![own()])[0];
        assert_eq!((by_client.findings, by_client.kept_counts), (5_000, 0));
        let by_path = Allow { path: Some(Pattern::parse("/a-/*").unwrap()), ..own() };
        let by_path = &suppressed(5_000, vec![by_path])[0];
        assert_eq!(by_path.findings + by_path.kept_counts, 5_000);
        assert!(1 < by_path.kept_counts, "others may have asked for something else");
    }
}

//! How often chance alone would give what is judged by its rarity, and how many of such incidents may wake somebody.
//!
//! What names its aim (a metadata service, a file of keys) is judged by what it says. A harvest and an answer of an odd
//! size are judged by how rare they are, and of many clients one is always the rarest. So each is held against its own
//! kind on this very log: the sum of its bits is one score, and the [`Chance`] is the rank of that score among the
//! others, itself left out. That is the p-value of conformal prediction (Vovk, Gammerman and Shafer, 2005): it holds
//! for whatever the score is made of, so the signals that make it may depend on each other as they like, and nothing is
//! assumed of how clients behave but that an innocent one is one of them. Attackers among the others make it larger,
//! never smaller. Only of runs of identifiers over many clients there is one on a route and no other to rank it
//! against: there the tail of a geometric law, bounded over all places where a run may begin, says how likely it is.
//!
//! An incident may hold several parts that were judged so. Of many one is always the least likely, so its chance counts
//! as often as there are parts ([`Rarity`]).
//!
//! A rank among n others is never below 1 in n + 1, so on a log with thousands of clients no correction for so many
//! looks leaves anything (Benjamini and Yekutieli, 2001, among them). What can be held is the number of false alarms
//! itself: of the incidents that rest on rarity alone no more than the [`Budget`] are loud, those first of which the
//! fewest are expected by chance. So whatever a log holds, no more of them are false. The rest is told quietly, and
//! counted.

use std::cmp::Reverse;

use hashbrown::HashSet;

use crate::detector::{Limit, Verdict};
use crate::finding::{Judged, Severity};
use crate::incident::{self, Incident, is_success};
use crate::story::thousands;

/// How many records a budget is for.
const RECORDS: u64 = 1_000_000;

/// How many incidents that rest on rarity alone may be loud, for each million of records that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(pub u32);

impl Budget {
    /// The largest that makes sense: one for each record.
    pub const MAX: u32 = RECORDS as u32;

    /// How many may be loud in a log of so many records.
    fn allowance(self, records: u64) -> u64 {
        u64::from(self.0).saturating_mul(records.div_ceil(RECORDS).max(1))
    }
}

impl Default for Budget {
    fn default() -> Budget {
        Budget(5)
    }
}

/// How likely something as surprising is by chance, on this log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chance {
    /// By its rank: of so many others of its kind so many are at least as surprising.
    Rank {
        /// What is compared.
        among: Among,
        /// How many of the others are at least as surprising.
        as_odd: u32,
        /// How many others there are.
        others: u32,
    },
    /// By a model: at most one in two to the power of so many.
    Bits(u32),
}

/// The chance of an incident: that of its least likely part, of so many that were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rarity {
    /// That of the least likely part.
    pub least: Chance,
    /// How many parts rest on rarity: of many, one is always the least likely.
    pub parts: u32,
}

impl Rarity {
    /// At most one of how many is as surprising by chance, rounded down: that of the least likely part, times the parts
    /// (the inequality of Bonferroni, whatever the parts have to do with each other).
    pub fn one_in(self) -> u64 {
        (self.least.one_in() / u64::from(self.parts.max(1))).max(1)
    }

    /// How many of its kind would be as surprising, were all of them innocent: what the budget is spent by.
    fn expected(self) -> u64 {
        self.least.expected().saturating_mul(u64::from(self.parts))
    }

    /// What is said of it.
    pub(crate) fn sentence(self) -> String {
        let of_least = self.least.sentence();
        match self.parts {
            ..=1 => of_least,
            parts => format!(
                "{of_least} That is the least likely of {} parts; for one of them to be so the probability is about 1 in {}.",
                thousands(u64::from(parts)),
                thousands(self.one_in())
            ),
        }
    }
}

/// What is compared with each other, on one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Among {
    /// Its clients.
    Clients,
    /// Its agents, by the clients that name each.
    Agents,
    /// Its answers.
    Answers,
}

impl Among {
    /// What is compared, in a word.
    pub fn words(self) -> &'static str {
        match self {
            Among::Clients => "clients",
            Among::Agents => "agents",
            Among::Answers => "answers",
        }
    }
}

/// The scores of all of a kind, ascending: a flood of what is surprising is ranked as fast as it is counted.
#[derive(Debug)]
pub(crate) struct Scores(Vec<i32>);

impl Scores {
    pub(crate) fn of(scores: impl Iterator<Item = i32>) -> Scores {
        let mut scores: Vec<i32> = scores.collect();
        scores.sort_unstable();
        Scores(scores)
    }
}

impl Chance {
    /// The rank of one score among all, of which it is one.
    pub(crate) fn of(among: Among, own: i32, Scores(all): &Scores) -> Chance {
        let as_odd = all.len() - all.partition_point(|score| *score < own);
        let others = |count: usize| u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX);
        Chance::Rank { among, as_odd: others(as_odd), others: others(all.len()) }
    }

    /// At most one of how many is as surprising by chance, rounded down.
    pub fn one_in(self) -> u64 {
        match self {
            Chance::Rank { as_odd, others, .. } => (u64::from(others) + 1) / (u64::from(as_odd) + 1),
            Chance::Bits(bits) => 1 << bits.min(63),
        }
    }

    /// How many of its kind would be as surprising, were all of them innocent. Where there is no other, one is.
    fn expected(self) -> u64 {
        match self {
            Chance::Rank { others: 0, .. } => 1,
            Chance::Rank { as_odd, .. } => u64::from(as_odd),
            Chance::Bits(_) => 0,
        }
    }

    /// What is said of it.
    pub(crate) fn sentence(self) -> String {
        let one_in = thousands(self.one_in());
        match self {
            Chance::Rank { among, as_odd, others } => {
                let (among, others) = (among.words(), thousands(u64::from(others)));
                let as_odd = if as_odd == 0 { "none".to_owned() } else { thousands(u64::from(as_odd)) };
                format!(
                    "By chance: of the {others} other {among} of this route {as_odd} stand{} out as much, so an innocent one \
                     would with a probability of about 1 in {one_in}.",
                    if as_odd == "none" || as_odd == "1" { "s" } else { "" },
                )
            }
            Chance::Bits(_) => {
                format!("By chance: strangers would leave such a run in at most 1 of {one_in} logs like this one.")
            }
        }
    }
}

/// The chance of an incident that rests on rarity alone; none where some success names its aim.
pub(crate) fn of_findings(findings: &[Judged]) -> Option<Rarity> {
    let successes = || findings.iter().filter(|one| is_success(one));
    let rests = successes().all(|one| one.chance.is_some());
    if !rests {
        return None;
    }
    // What was judged together has one chance, and lies on one route.
    let parts: HashSet<(u64, Chance)> = successes().filter_map(|one| Some((one.finding.route, one.chance?))).collect();
    let least = parts.iter().map(|(_, chance)| *chance);
    let least = least.min_by_key(|chance| (chance.expected(), Reverse(chance.one_in()), *chance))?;
    Some(Rarity { least, parts: u32::try_from(parts.len()).unwrap_or(u32::MAX) })
}

impl Verdict {
    /// The verdict with no more loud incidents that rest on rarity alone than a budget has; what is beyond it is told
    /// as what is worth a look.
    #[must_use]
    pub fn within(mut self, budget: Budget) -> Verdict {
        let allowance = budget.allowance(self.records);
        let mut loud: Vec<&mut Incident> = self
            .incidents
            .iter_mut()
            .filter(|incident| Severity::High <= incident.severity && incident.chance.is_some())
            .collect();
        loud.sort_by_cached_key(|incident| {
            let expected = incident.chance.map_or(0, Rarity::expected);
            let bits = incident.findings.iter().map(|one| one.bits() + one.excuse_bits).max();
            (expected, Reverse(bits), incident.span.map(|(first, _)| first), incident.id.clone())
        });
        let beyond = loud.split_off(loud.len().min(usize::try_from(allowance).unwrap_or(usize::MAX)));
        if beyond.is_empty() {
            return self;
        }
        let over = beyond.len() as u64;
        beyond.into_iter().for_each(|incident| quieten(incident, allowance));
        let meaning =
            "of what rests on rarity alone the rest is told as medium, beyond the budget: --budget allows more";
        self.limits.push(Limit { name: "loud incidents by rarity", limit: allowance, over: Some(over), meaning });
        incident::rank(&mut self.incidents);
        self
    }
}

fn quieten(incident: &mut Incident, allowance: u64) {
    incident.severity = Severity::Medium;
    for one in &mut incident.findings {
        one.severity = one.severity.min(Severity::Medium);
    }
    incident.would_change.push(format!(
        "It is beyond the budget: {} more telling or less likely by chance, and it would be high otherwise.",
        match allowance {
            0 => "what rests on rarity alone wakes nobody".to_owned(),
            1 => "the 1 loud incident that rests on rarity alone is".to_owned(),
            _ => format!("the {} loud incidents that rest on rarity alone are", thousands(allowance)),
        }
    ));
}

/// How surprising it is that so many of so many are of a kind that has this share elsewhere, in bits: nothing if that is
/// no more, else by the bound of Chernoff (1952), their number times the divergence of the two shares.
pub(crate) fn bits_above(some: u32, all: u32, usual: f64) -> u32 {
    let seen = f64::from(some) / f64::from(all.max(1));
    let part = |seen: f64, usual: f64| if seen <= 0.0 { 0.0 } else { seen * (seen / usual).log2() };
    match seen <= usual {
        true => 0,
        false => (f64::from(all) * (part(seen, usual) + part(1.0 - seen, 1.0 - usual))) as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_leaves_the_judged_one_out() {
        let all = Scores::of([0, 3, 12, 12, 14].into_iter());
        let rank = |own| Chance::of(Among::Clients, own, &all);
        assert_eq!(rank(14), Chance::Rank { among: Among::Clients, as_odd: 0, others: 4 });
        assert_eq!(rank(12), Chance::Rank { among: Among::Clients, as_odd: 2, others: 4 });
        assert_eq!((rank(14).one_in(), rank(12).one_in(), rank(0).one_in()), (5, 1, 1));
    }

    #[test]
    fn innocent_ones_stand_out_no_oftener_than_is_said() {
        // Of exchangeable scores, each in turn: those said to be one in ten or less are a tenth at most.
        let all: Vec<i32> = (0..1_000).map(|n| n * 7_919 % 613).collect();
        let scores = Scores::of(all.iter().copied());
        for level in [2, 10, 100] {
            let told = all.iter().filter(|own| level <= Chance::of(Among::Clients, **own, &scores).one_in()).count();
            assert!(told as u64 * level <= 1_000, "{told} at 1 in {level}");
        }
    }

    #[test]
    fn a_budget_is_for_each_million_that_was_begun() {
        let allowance = |records| Budget(5).allowance(records);
        assert_eq!((allowance(0), allowance(1_000_000), allowance(1_000_001)), (5, 5, 10));
        assert_eq!(Budget(0).allowance(7), 0);
    }

    #[test]
    fn of_many_parts_the_least_likely_is_no_wonder() {
        let rarity = |parts| Rarity { least: Chance::Rank { among: Among::Clients, as_odd: 1, others: 799 }, parts };
        assert_eq!((rarity(1).one_in(), rarity(4).one_in(), rarity(1_000).one_in()), (400, 100, 1));
        assert_eq!((rarity(1).expected(), rarity(4).expected()), (1, 4));
        assert!(
            rarity(4)
                .sentence()
                .ends_with("the least likely of 4 parts; for one of them to be so the probability is about 1 in 100.")
        );
        let alone = Chance::Rank { among: Among::Agents, as_odd: 0, others: 0 };
        assert_eq!((alone.one_in(), alone.expected()), (1, 1), "no other, no measure");
    }

    #[test]
    fn it_is_said_in_words() {
        let rank = Chance::of(Among::Clients, 9, &Scores::of([9, 1, 2].into_iter()));
        assert!(rank.sentence().contains("of the 2 other clients of this route none stands out as much"));
        assert!(Chance::Bits(10).sentence().contains("1 of 1,024 logs"));
    }
}

//! Answers to questions that nobody else asks a route, which is asked in few ways.
//!
//! `/settings?fields=name,logo` is what the application asks; `fields=*` gives more, and whoever finds that out has asked for
//! fields that there are not, too. Such a request names no secret by a word that a list could hold. What tells is that the
//! route is asked in few ways ([`Choices`]), that nobody else was answered what this client asked, and that its answer has a
//! size that the route gives nobody else. The innocent who asks so is the first of a new release: nothing was refused to it.

use std::collections::{BTreeMap, BTreeSet};

use crate::choices::{Choice, Choices};
use crate::finding::Finding;
use crate::hash::bit;
use crate::route::route_of;
use crate::sized::is_static;
use crate::target::Target;

/// What tells that some clients ask a route as nobody else does.
pub(crate) struct LoneChoice<'c> {
    choices: &'c Choices,
    /// A bit for each group of these clients.
    own: u64,
    /// In how many ways their odd answers were asked for.
    pub(crate) ways: usize,
    /// In how many ways many others ask.
    shared: usize,
    /// Whether one of them who asked so was refused before.
    pub(crate) has_guessed: bool,
}

impl LoneChoice<'_> {
    /// What all of these odd answers were asked for, the requests that failed before being known; none where somebody else asks
    /// so too, or where that is what these clients do every day: an application of their own.
    pub(crate) fn of<'c>(odd: &[&Finding], tries: &[&Finding], choices: &'c Choices) -> Option<LoneChoice<'c>> {
        let own = odd.iter().fold(0, |own, trace| own | bit(trace.client_key));
        let shared = choices.shared(own)?;
        let mut ways: BTreeMap<Choice, Vec<&Finding>> = BTreeMap::new();
        for trace in odd {
            ways.entry(choice(trace)).or_default().push(trace);
        }
        let is_habit = |traces: &Vec<&Finding>| {
            let sizes: BTreeSet<u64> = traces.iter().filter_map(|trace| trace.bytes).collect();
            is_static(traces, &sizes)
        };
        let lone = LoneChoice { choices, own, ways: ways.len(), shared, has_guessed: false };
        if ways.values().any(is_habit) || !odd.iter().all(|trace| lone.has(trace)) {
            return None;
        }
        Some(LoneChoice { has_guessed: tries.iter().any(|trace| lone.has(trace)), ..lone })
    }

    /// Whether nobody else was answered what a request asks for.
    pub(crate) fn has(&self, trace: &Finding) -> bool {
        let way = choice(trace);
        way != Choice::NONE && !self.choices.has_other(way, self.own)
    }

    /// What is seen, in words.
    pub(crate) fn seen(&self) -> String {
        format!("asked in {} in which nobody else asks", ways(self.ways))
    }

    /// What would be ordinary, in words.
    pub(crate) fn expected(&self) -> String {
        match self.shared {
            1 => "the way in which many ask this route".to_owned(),
            shared => format!("one of the {} in which many ask this route", ways(shared)),
        }
    }
}

/// In which way a request asks its route.
fn choice(trace: &Finding) -> Choice {
    route_of(&Target::new(trace.target.as_deref().unwrap_or_default())).choice
}

/// So many ways, in words.
fn ways(count: usize) -> String {
    if count == 1 { "1 way".to_owned() } else { format!("{count} ways") }
}

//! What routes usually answer, kept for those routes that a report speaks of.
//!
//! A size says something only beside the sizes that the same route gives others, and a reader sees at a glance what a
//! sum of bits can only assert. The profile is too large to be kept with the verdict; the few routes that findings are
//! on, or that are to be looked at again, are not.

use std::cmp::Reverse;

use hashbrown::HashMap;

use crate::choices::Choices;
use crate::detector::Verdict;
use crate::finding::{Finding, Judged};
use crate::incident::Incident;
use crate::profile::{Profile, Sizes, is_answer};
use crate::route;
use crate::target::Target;

/// How many routes of one incident are told.
const ROUTES_MAX: usize = 8;

/// How many routes are kept.
const KEPT_MAX: usize = 1 << 12;

/// What some routes answer, and what they are asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usual {
    by_route: HashMap<u64, UsualRoute>,
}

/// The same of one route.
#[derive(Clone, Debug)]
pub(crate) struct UsualRoute {
    /// The sizes that it answers.
    pub(crate) sizes: Sizes,
    /// The ways in which it is asked.
    pub(crate) choices: Choices,
}

impl Usual {
    /// What is usual on one route, if that is kept.
    pub(crate) fn of_route(&self, route: u64) -> Option<&UsualRoute> {
        self.by_route.get(&route)
    }

    /// What is usual on the routes of these findings and of these aims.
    pub(crate) fn of(profile: &Profile, findings: &[Finding], aims: impl Iterator<Item = u64>) -> Usual {
        let answered = findings.iter().filter(|finding| finding.status.is_some_and(is_answer));
        let mut routes: Vec<u64> = answered.map(|finding| finding.route).chain(aims).collect();
        routes.sort_unstable();
        routes.dedup();
        let kept = routes.into_iter().filter_map(|route| {
            let profile = profile.routes.get(route)?;
            Some((route, UsualRoute { sizes: profile.sizes.clone(), choices: profile.choices.clone() }))
        });
        Usual { by_route: kept.take(KEPT_MAX).collect() }
    }
}

/// A route, and the sizes of its answers to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteSizes {
    /// The shape of its paths, as text of the log.
    pub route: Vec<u8>,
    /// The sizes, each by the smallest of its class, eight of which make a doubling, in bytes; and how many answers
    /// had one. The incident's own are left out.
    pub sizes: Vec<(u64, u64)>,
}

impl Verdict {
    /// The shape of the path of a request of its incidents, its identifiers set aside, as text of the log.
    pub fn route(&self, judged: &Judged) -> Vec<u8> {
        let _scope = self.key.enter();
        route::spelt(Target::new(judged.finding.target.as_deref().unwrap_or_default()).path)
    }

    /// The routes on which an incident's requests were answered, the busiest first, and what they answer others.
    pub fn route_sizes(&self, incident: &Incident) -> Vec<RouteSizes> {
        let mut own: HashMap<u64, Vec<&Judged>> = HashMap::new();
        for one in &incident.findings {
            let finding = &one.finding;
            if finding.bytes.is_some() && finding.status.is_some_and(is_answer) {
                own.entry(finding.route).or_default().push(one);
            }
        }
        let mut routes: Vec<(u64, Vec<&Judged>)> = own.into_iter().collect();
        routes.sort_by_key(|(_, own)| (Reverse(own.len()), own[0].finding.at));
        let told = routes.into_iter().filter_map(|(route, own)| {
            let mut counts = self.usual.by_route.get(&route)?.sizes.counts();
            for one in &own {
                let count = &mut counts[Sizes::bucket(one.finding.bytes.unwrap_or(0))];
                *count = count.saturating_sub(1);
            }
            let counts = counts.iter().enumerate().filter(|(_, count)| 0 < **count);
            let sizes = counts.map(|(bucket, count)| (Sizes::floor(bucket), u64::from(*count))).collect();
            Some(RouteSizes { route: self.route(own[0]), sizes })
        });
        told.take(ROUTES_MAX).collect()
    }
}

#[cfg(test)]
mod tests {
    use accesslog::{Position, Record};

    use crate::{Detector, Severity};

    #[test]
    fn a_reply_stands_beside_what_its_route_answers_others() {
        let mut detector = Detector::default();
        let mut offset = 0;
        let mut observe = |client: &str, target: &str, bytes: u64| {
            offset += 100;
            let record = Record {
                client: Some(client.as_bytes()),
                target: Some(target.as_bytes()),
                status: Some(200),
                bytes: Some(bytes),
                ..Record::default()
            };
            detector.observe(Position { offset, ..Position::default() }, &record);
        };
        for n in 0..60 {
            observe(&format!("192.0.2.{n}"), &format!("/img/{n}/thumb?src=https://cdn.example/{n}.png"), 20_000 + n);
        }
        let keys = "/img/7/thumb?src=http://169.254.169.254/latest/meta-data/iam/security-credentials/web";
        observe("198.51.100.7", keys, 1_400);
        let verdict = detector.finish();
        let incident = verdict.incidents.iter().find(|incident| Severity::High <= incident.severity).unwrap();
        let routes = verdict.route_sizes(incident);
        assert_eq!(routes.len(), 1);
        assert_eq!(routes[0].route, b"/img/*/thumb");
        assert_eq!(routes[0].sizes, [(18_432, 60)], "the reply of keys is left out");
    }
}

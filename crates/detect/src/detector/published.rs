//! Places where people give the names.
//!
//! A page of a wiki may be called `.env`, a note `id_rsa`, an upload `backup.sql`: the name is somebody's choice of words, and
//! tells nothing of what is given out. Such a place is known by how it is used. Several things of such names are given there, to
//! many clients that look for nothing else, and these come from pages of the service, which link to them. Who looks for
//! secrets comes from nowhere, tries several, and tries at the root, where nobody gives names.

use hashbrown::{HashMap, HashSet};

use crate::finding::Finding;
use crate::hash::{hash, join};
use crate::host::without_port;
use crate::profile::is_answer;
use crate::request::Field;
use crate::route;
use crate::signal::Way;
use crate::target::{Target, host_and_target};

/// How many things of such names are given in a place where people give them, and to how many clients, at least.
const NAMES_MIN: usize = 3;
const CLIENTS_MIN: usize = 8;

/// From how many pages these come, at least, or how many they are, where the host of these is not the one that the log names: it
/// names none, or what stands in front has a name of its own.
const PAGES_MIN: usize = 3;
const CLIENTS_SURE: usize = 40;

/// Stands for the host that the log names.
const OWN: u64 = 0;

/// What is given in one place.
#[derive(Default)]
struct Place {
    names: HashSet<u64>,
    /// The clients, and the host of a page that each came from.
    clients: HashMap<u64, Option<u64>>,
    /// The pages, and the host of each.
    pages: HashSet<(u64, u64)>,
}

impl Place {
    /// The host from whose pages people come to what they named, if it is such a place.
    fn of_people(&self) -> Option<u64> {
        let mut counts: HashMap<u64, usize> = HashMap::new();
        self.clients.values().flatten().for_each(|host| *counts.entry(*host).or_default() += 1);
        let (host, count) = counts.into_iter().max_by_key(|(host, count)| (*count, *host))?;
        let pages = self.pages.iter().filter(|(of, _)| *of == host).count();
        let is_sure = host == OWN || PAGES_MIN <= pages || CLIENTS_SURE <= count;
        let are_many = NAMES_MIN <= self.names.len() && CLIENTS_MIN <= count && self.clients.len() * 3 <= count * 4;
        (is_sure && are_many).then_some(host)
    }
}

/// The places where people give names, by what was given to those who are no scanners, each with the host of the pages that lead
/// there.
pub(super) struct Places(HashMap<u64, u64>);

impl Places {
    pub(super) fn of<'f>(given: impl Iterator<Item = &'f Finding>) -> Places {
        let mut places: HashMap<u64, Place> = HashMap::new();
        for finding in given.filter(|finding| finding.status.is_some_and(is_answer)) {
            let Some((key, name)) = place_of(finding) else { continue };
            let place = places.entry(key).or_default();
            place.names.insert(name);
            let page = page_of(finding);
            let known = place.clients.entry(finding.client_key).or_default();
            *known = (*known).max(page.map(|(host, _)| host));
            place.pages.extend(page);
        }
        Places(places.into_iter().filter_map(|(key, place)| Some((key, place.of_people()?))).collect())
    }

    /// Whether a thing was given in such a place, to who came from a page that leads there.
    pub(super) fn have(&self, finding: &Finding) -> bool {
        let host = place_of(finding).and_then(|(key, _)| self.0.get(&key));
        host.is_some_and(|host| page_of(finding).is_some_and(|(of, _)| of == *host))
    }
}

/// The folder that a document lies in, identifiers set aside, and its name there: that of a file or, as the title of a page, that of
/// a host. At the root nobody gives names.
fn place_of(finding: &Finding) -> Option<(u64, u64)> {
    let aim = &finding.evidence[0];
    if aim.way != Way::Document && (aim.way, aim.field) != (Way::Fetch, Field::Path) {
        return None;
    }
    let target = Target::new(finding.target.as_deref()?);
    let at = target.path.iter().rposition(|byte| *byte == b'/').filter(|at| 0 < *at)?;
    let folder = hash(&route::shown(&target.path[..at]));
    let host = hash(finding.host.as_deref().unwrap_or_default());
    Some((join(host, folder), hash(&target.path[at + 1..])))
}

/// The host of the page that a request names as the one it comes from, and that page.
fn page_of(finding: &Finding) -> Option<(u64, u64)> {
    let page = finding.referer.as_deref()?;
    let host = without_port(host_and_target(page)?.0);
    let is_own = finding.host.as_deref().is_some_and(|own| without_port(own) == host);
    Some((if is_own { OWN } else { hash(host) }, hash(page)))
}

#[cfg(test)]
mod tests {
    use accesslog::{Position, Record};

    use crate::detector::Detector;
    use crate::finding::Severity;

    const NAMES: [&str; 4] = [".env", "id_rsa", "wp-config.php", "backup.sql"];

    /// The worst of what so many clients were given, each one thing, by the page that each names.
    fn worst(clients: usize, folder: &str, host: Option<&str>, page: impl Fn(usize) -> String) -> Severity {
        let mut detector = Detector::default();
        for number in 0..clients {
            let (client, page) = (format!("198.51.100.{number}"), page(number));
            let target = format!("{folder}{}", NAMES[number % NAMES.len()]);
            let record = Record {
                client: Some(client.as_bytes()),
                target: Some(target.as_bytes()),
                host: host.map(str::as_bytes),
                referer: (!page.is_empty()).then_some(page.as_bytes()),
                status: Some(200),
                bytes: Some(1_900 + number as u64 * 37),
                agent: Some(b"Mozilla/5.0"),
                ..Record::default()
            };
            detector.observe(Position { offset: number as u64, line: number as u64, ..Position::default() }, &record);
        }
        let incidents = detector.finish().incidents;
        incidents.iter().map(|incident| incident.severity).max().unwrap_or(Severity::Info)
    }

    #[test]
    fn where_people_give_names_a_name_tells_nothing() {
        let of_page = |number: usize| format!("https://team.example/wiki/17/page-{number}");
        assert_eq!(worst(20, "/wiki/17/", Some("team.example:443"), of_page), Severity::Info);
        assert_eq!(worst(20, "/wiki/17/", None, of_page), Severity::Info, "pages of one host");
        assert_eq!(worst(20, "/wiki/17/", Some("d1.cdn.example"), of_page), Severity::Info, "what stands in front");
        assert_eq!(worst(60, "/wiki/17/", None, |_| "https://team.example/".to_owned()), Severity::Info, "many");
    }

    #[test]
    fn where_nobody_does_it_tells() {
        let of_page = |number: usize| format!("https://team.example/wiki/17/page-{number}");
        let host = Some("team.example");
        assert_eq!(worst(20, "/wiki/17/", host, |_| String::new()), Severity::High, "from nowhere");
        let each = |number: usize| format!("https://site{number}.example/");
        assert_eq!(worst(60, "/wiki/17/", host, each), Severity::High, "from wherever");
        assert_eq!(worst(20, "/wiki/17/", None, |_| "https://team.example/".to_owned()), Severity::High, "one page");
        assert_eq!(worst(20, "/", host, of_page), Severity::High, "at the root");
        assert_eq!(worst(6, "/wiki/17/", host, of_page), Severity::High, "a few");
    }
}

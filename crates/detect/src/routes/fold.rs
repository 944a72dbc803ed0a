//! Routes that differ in one name only are one route, where there are many.

use std::collections::BTreeMap;

use super::{Refused, Route};

/// How many routes may differ in one segment before it is taken for an identifier.
const NAMES_MAX: usize = 48;

/// Of so many most frequent names together, [`COMMON_PERCENT`] of the requests mean that names are names.
const COMMON: usize = 8;
const COMMON_PERCENT: u64 = 90;

/// What stands for a name that was folded.
const NAME: &[u8] = b"{name}";

/// A route, and what else is known of it.
#[derive(Clone, Debug)]
pub(super) struct Whole {
    pub(super) route: Route,
    pub(super) refused: Refused,
    pub(super) followed: u64,
    /// How many routes it was made of; 1 if it was not folded.
    pub(super) folded: u64,
}

/// Folds the routes: the deepest segment first, so that a tree of names becomes one route from its leaves.
pub(super) fn fold(mut routes: Vec<Whole>) -> Vec<Whole> {
    let depth = routes.iter().map(|whole| segments(&whole.route.spelling).len()).max().unwrap_or(0);
    for place in (1..depth).rev() {
        let mut groups: BTreeMap<Vec<u8>, Vec<Whole>> = BTreeMap::new();
        for whole in routes {
            groups.entry(without(&whole.route.spelling, place)).or_default().push(whole);
        }
        routes = groups.into_iter().flat_map(|(spelling, group)| folded(spelling, group)).collect();
    }
    routes
}

fn folded(spelling: Vec<u8>, mut group: Vec<Whole>) -> Vec<Whole> {
    group.sort_by(|one, other| {
        other.route.requests.cmp(&one.route.requests).then_with(|| one.route.spelling.cmp(&other.route.spelling))
    });
    let requests = |group: &[Whole]| group.iter().map(|whole| whole.route.requests).sum::<u64>();
    if group.len() <= NAMES_MAX || COMMON_PERCENT * requests(&group) <= 100 * requests(&group[..COMMON]) {
        return group;
    }
    let mut rest = group.into_iter();
    let Some(mut whole) = rest.next() else { return Vec::new() };
    for other in rest {
        whole.route.merge(&other.route);
        whole.refused.merge(&other.refused);
        whole.followed += other.followed;
        whole.folded += other.folded;
    }
    whole.route.spelling = spelling;
    vec![whole]
}

fn segments(spelling: &[u8]) -> Vec<&[u8]> {
    spelling.split(|byte| *byte == b'/').collect()
}

/// The spelling with a name in place of that segment; the ending of a file stays. As it is where there is no such name.
fn without(spelling: &[u8], place: usize) -> Vec<u8> {
    let mut segments = segments(spelling);
    let Some(&segment) = segments.get(place).filter(|segment| !segment.is_empty() && **segment != b"*") else {
        return spelling.to_vec();
    };
    let dot = segment.iter().rposition(|byte| *byte == b'.').filter(|dot| {
        let ending = &segment[dot + 1..];
        place + 1 == segments.len() && (1..=5).contains(&ending.len()) && ending.iter().all(u8::is_ascii_alphanumeric)
    });
    let name = [NAME, dot.map_or(&b""[..], |dot| &segment[dot..])].concat();
    segments[place] = &name;
    segments.join(&b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(paths: impl Iterator<Item = (String, u64)>) -> Vec<String> {
        let whole = |(path, requests): (String, u64)| Whole {
            route: Route { requests, ..Route::new(path.as_bytes()) },
            refused: Refused::default(),
            followed: 0,
            folded: 1,
        };
        let folded = fold(paths.map(whole).collect());
        folded
            .iter()
            .map(|whole| format!("{} {}", String::from_utf8_lossy(&whole.route.spelling), whole.folded))
            .collect()
    }

    fn name(number: usize) -> String {
        number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
    }

    #[test]
    fn many_names_are_one_route() {
        let posts = |count: usize| (0..count).map(|number| (format!("/blog/{}", name(number)), 3));
        assert_eq!(routes(posts(100).chain([("/about".to_owned(), 9)])), ["/about 1", "/blog/{name} 100"]);
        assert_eq!(routes(posts(NAMES_MAX)).len(), NAMES_MAX);
        assert_eq!(routes(posts(NAMES_MAX + 1)).len(), 1);
        let leaves = (0..100).map(|number| (format!("/p/{}/edit", name(number)), 1));
        assert_eq!(routes(leaves), ["/p/{name}/edit 100"]);
    }

    #[test]
    fn a_few_names_that_most_ask_for_stay() {
        let paths = (0..100).map(|number| (format!("/api/{}", name(number)), if number < 5 { 10_000 } else { 1 }));
        assert_eq!(routes(paths).len(), 100);
    }

    #[test]
    fn the_ending_of_a_file_stays() {
        let files = (0..120).map(|number| (format!("/img/{}.{}", name(number), ["gif", "html"][number % 2]), 1));
        assert_eq!(routes(files), ["/img/{name}.gif 60", "/img/{name}.html 60"]);
    }
}

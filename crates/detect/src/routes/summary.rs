//! What is told of the routes, once all is seen.

use std::collections::BTreeSet;

use accesslog::Time;

use super::fold::{Whole, fold};
use super::kind::{Facts, ParamFacts, kind};
use super::{Count, METHODS, Param, Refused, RouteKind, Routes, ValueClass, values, widen};
use crate::catalog::{ParamKind, param_kind};
use crate::profile::{BUCKETS, Sizes};

/// The routes of a service.
#[derive(Clone, Debug)]
pub struct Inferred {
    /// The routes, the busiest first.
    pub routes: Vec<RouteSummary>,
    /// How many requests there were, and when the first and the last.
    pub requests: u64,
    /// From when to when.
    pub span: Option<(Time, Time)>,
    /// How many routes were asked for and never answered, and by how many requests.
    pub unanswered: (u64, u64),
    /// Records that name no path.
    pub without_target: u64,
    /// Whether there were more routes than are kept, so that some are missing.
    pub is_full: bool,
}

/// A route.
#[derive(Clone, Debug)]
pub struct RouteSummary {
    /// How it is spelt: `*` for an identifier, `#` for a number in a name, `{name}` for one of many names.
    pub spelling: Vec<u8>,
    /// What it gives.
    pub kind: RouteKind,
    /// What shows that, in few words.
    pub because: &'static str,
    /// Which segment of the path says which object is meant, counted from 1.
    pub object_segment: Option<usize>,
    /// How many objects were given.
    pub objects: Count,
    /// How many requests there were.
    pub requests: u64,
    /// How many clients were answered.
    pub clients: Count,
    /// The requests by the class of their status: none or not known, 1xx, 2xx, 3xx, 4xx, 5xx.
    pub statuses: [u64; 6],
    /// The methods, and how many requests that were answered have each.
    pub methods: Vec<(&'static str, u64)>,
    /// Sizes of the answers in bytes: the median, and that which one of a hundred exceeds; exact to an eighth.
    pub sizes: Option<(u64, u64)>,
    /// When it was first and last asked for.
    pub span: Option<(Time, Time)>,
    /// Its parameters, the most frequent first.
    pub params: Vec<ParamSummary>,
    /// Whether it had more parameters than are kept.
    pub has_more_params: bool,
}

/// A parameter of a route.
#[derive(Clone, Debug)]
pub struct ParamSummary {
    /// Its name, decoded and in lower case; empty for a query without names.
    pub name: Vec<u8>,
    /// How often it was sent.
    pub requests: u64,
    /// What it holds most often.
    pub class: ValueClass,
    /// All that it holds, and how often.
    pub classes: Vec<(ValueClass, u64)>,
    /// How many hosts its URLs name.
    pub hosts: Count,
}

impl RouteSummary {
    /// How many of a thousand requests got what they asked for, of those whose status is known.
    pub fn answered_per_mille(&self) -> Option<u64> {
        let known: u64 = self.statuses[1..].iter().sum();
        (1000 * (self.statuses[2] + self.statuses[3])).checked_div(known)
    }
}

impl Routes {
    /// What the log shows of the routes.
    pub fn finish(mut self) -> Inferred {
        self.answered.prune();
        self.refused.prune();
        self.followed.prune();
        let whole = |(key, route): (u64, &super::Route)| Whole {
            route: route.clone(),
            refused: self.refused.get(key).cloned().unwrap_or_default(),
            followed: self.followed.get(key).copied().unwrap_or_default(),
            folded: 1,
        };
        let mut wholes: Vec<Whole> = self.answered.iter().map(whole).collect();
        wholes.sort_by(|one, other| one.route.spelling.cmp(&other.route.spelling));
        let unanswered = self.refused.iter().filter(|(key, _)| self.answered.get(*key).is_none());
        let unanswered = unanswered.fold((0, 0), |(routes, requests), (_, refused): (u64, &Refused)| {
            (routes + 1, requests + refused.requests())
        });
        let wholes = fold(wholes);
        let with_objects: BTreeSet<Vec<u8>> = wholes.iter().filter_map(parent_of_object).collect();
        let is_private_rare = self.private * 2 < self.requests;
        let mut routes: Vec<RouteSummary> =
            wholes.iter().map(|whole| summary(whole, &with_objects, is_private_rare)).collect();
        routes.sort_by(|one, other| other.requests.cmp(&one.requests).then_with(|| one.spelling.cmp(&other.spelling)));
        Inferred {
            routes,
            requests: self.requests,
            span: self.span,
            unanswered,
            without_target: self.without_target,
            is_full: self.answered.is_full() || self.refused.is_full(),
        }
    }
}

/// A number within a name says which object is meant only if there are so many of them, or one for so many requests.
const NUMBERS_MIN: u64 = 10;

/// The segment that says which object is meant, if most requests have one and not all the same: the last that stands for
/// an identifier.
fn object_segment(whole: &Whole) -> Option<usize> {
    let objects = whole.route.objects.count().number;
    let is_numbered = NUMBERS_MIN.min(whole.route.requests / NUMBERS_MIN) <= objects;
    let is_set_aside = |segment: &[u8]| match segment {
        b"*" => true,
        _ if !is_numbered => false,
        _ => segment.starts_with(b"#.") || segment.ends_with(b"-#") || segment.ends_with(b"_#"),
    };
    let segments = whole.route.spelling.split(|byte| *byte == b'/');
    let last = |is: &dyn Fn(&[u8]) -> bool| {
        segments.clone().enumerate().filter(|(_, segment)| is(segment)).map(|(number, _)| number).last()
    };
    match whole.route.requests <= 2 * whole.route.with_object {
        true if objects < 2 && 1 < whole.route.requests => None,
        true => last(&is_set_aside),
        false => last(&|segment| segment.starts_with(b"{name}")),
    }
}

/// The route above one that ends in an object.
fn parent_of_object(whole: &Whole) -> Option<Vec<u8>> {
    let spelling = &whole.route.spelling;
    let slash = spelling.iter().rposition(|byte| *byte == b'/')?;
    let is_last = object_segment(whole) == Some(spelling.split(|byte| *byte == b'/').count() - 1);
    (is_last && 0 < slash).then(|| spelling[..slash].to_vec())
}

fn summary(whole: &Whole, with_objects: &BTreeSet<Vec<u8>>, is_private_rare: bool) -> RouteSummary {
    let Whole { route, refused, followed, folded } = whole;
    let object_segment = object_segment(whole);
    let is_named = 1 < *folded && 2 * route.with_object < route.requests;
    let params = params(whole);
    let sizes = sizes(&route.sizes.counts());
    let requests = route.requests + refused.requests();
    let [none, informed, answered, redirected] = route.statuses;
    let facts = Facts {
        spelling: &route.spelling,
        requests,
        clients: route.clients.count().number,
        answered,
        unchanged: route.unchanged,
        redirected: redirected - route.unchanged,
        unauthorised: refused.unauthorised,
        posts: route.methods[2] + refused.posts,
        with_referer: route.with_referer,
        followed: *followed,
        private: route.private,
        is_private_rare,
        with_object: if is_named || object_segment.is_none() { 0 } else { route.with_object },
        sizes,
        params: params.iter().map(facts_of).collect(),
        has_objects_below: with_objects.contains(&route.spelling),
    };
    let (kind, because) = kind(&facts);
    let mut span = route.span;
    widen(&mut span, refused.span);
    let names = METHODS.iter().copied().chain(["other"]);
    RouteSummary {
        kind,
        because,
        object_segment: object_segment.filter(|_| kind != RouteKind::Static),
        objects: match is_named {
            true => Count { number: *folded, is_estimate: false },
            false => at_most(route.objects.count(), route.requests),
        },
        requests,
        clients: at_most(route.clients.count(), route.requests),
        statuses: [
            none + refused.not_answered,
            informed,
            answered,
            redirected,
            refused.client_errors,
            refused.server_errors,
        ],
        methods: names.zip(route.methods).filter(|(_, count)| 0 < *count).collect(),
        sizes,
        span,
        has_more_params: route.params.is_full(),
        spelling: route.spelling.clone(),
        params,
    }
}

fn params(whole: &Whole) -> Vec<ParamSummary> {
    let mut kept = whole.route.params.clone();
    kept.prune();
    let mut params: Vec<ParamSummary> = kept.iter().map(|(_, param)| param_summary(param)).collect();
    params.sort_by(|one, other| other.requests.cmp(&one.requests).then_with(|| one.name.cmp(&other.name)));
    params
}

fn param_summary(param: &Param) -> ParamSummary {
    let mut classes: Vec<(ValueClass, u64)> =
        values::ALL.into_iter().zip(param.classes).filter(|(_, count)| 0 < *count).collect();
    classes.sort_by_key(|(class, count)| (u64::MAX - count, *class));
    // What is left empty says nothing of what is else in it.
    let filled = classes.iter().find(|(class, _)| *class != ValueClass::Empty);
    let class = filled.map_or(ValueClass::Empty, |(class, _)| *class);
    let hosts = at_most(param.hosts.count(), param.requests);
    ParamSummary { name: param.name.clone(), requests: param.requests, class, classes, hosts }
}

/// A number of things of which no more can be than requests: an estimate may say more.
fn at_most(count: Count, requests: u64) -> Count {
    Count { number: count.number.min(requests), ..count }
}

fn facts_of(param: &ParamSummary) -> ParamFacts<'_> {
    let urls = param.classes.iter().find(|(class, _)| *class == ValueClass::Url).map_or(0, |(_, count)| *count);
    ParamFacts {
        name: &param.name,
        class: param.class,
        requests: param.requests,
        urls,
        hosts: param.hosts.number,
        is_redirect: matches!(param_kind(&param.name), Some(ParamKind::Redirect | ParamKind::RedirectWord)),
    }
}

/// The median and the 99th percentile of sizes, each the smallest size of its bucket.
fn sizes(counts: &[u32; BUCKETS]) -> Option<(u64, u64)> {
    let all: u64 = counts.iter().map(|count| u64::from(*count)).sum();
    let at = |percent: u64| {
        let rank = (all * percent).div_ceil(100).max(1);
        let mut passed = 0;
        let bucket = counts.iter().position(|count| {
            passed += u64::from(*count);
            rank <= passed
        });
        bucket.map(Sizes::floor)
    };
    Some((at(50)?, at(99)?))
}

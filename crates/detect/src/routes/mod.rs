//! The routes of a service, inferred from its log alone.
//!
//! A route is the shape of a path, its identifiers set aside, that was answered at least once: what is only ever refused is
//! what strangers guessed, and is counted together. The shape is a function of the path, and all that is kept of a route are
//! counts, extremes and the smallest hashes; so parts of a log, merged in any order, give what the whole gives.
//!
//! Names are not told from identifiers by their form alone: `/blog/kitten` may be one of six pages or one of thousands.
//! So where many routes differ in one segment, and few of them do not make up most, they are one route (`fold`). That
//! is decided once, of the whole.

mod distinct;
mod fold;
mod kind;
mod summary;
mod values;

use accesslog::{Position, Record, Time};

use crate::bounded::Bounded;
use crate::hash::{self, Key, join};
use crate::memory::{self, Memory};
use crate::profile::Sizes;
use crate::request::{param_name, target_of};
use crate::route::{route, spelt};
use crate::target::Target;

pub use distinct::Count;
use distinct::Distinct;
pub use kind::RouteKind;
pub use summary::{Inferred, ParamSummary, RouteSummary};
pub use values::ValueClass;

/// How many routes are kept: of more, those with the smallest hashes.
pub const ROUTES_MAX: usize = 4096;

/// How many routes the requests that were refused are counted for.
const REFUSED_MAX: usize = 16_384;

/// How many parameters of a route are kept: of more, those with the smallest hashes.
pub const PARAMS_MAX: usize = 32;

/// How many parameters of one request are looked at.
const PARAMS_LOOKED_AT: usize = 64;

/// How many hashes tell the number of clients, and of objects.
const CLIENTS_KEPT: usize = 128;

/// How many hashes tell the number of hosts.
const HOSTS_KEPT: usize = 64;

/// How long the spelling of a route and the name of a parameter may be, in bytes.
const SPELLING_BYTES_MAX: usize = 512;
const NAME_BYTES_MAX: usize = 64;

/// The methods that are counted by name.
pub(crate) const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Infers the routes of a service.
#[derive(Clone, Debug)]
pub struct Routes {
    key: Key,
    answered: Bounded<Route>,
    refused: Bounded<Refused>,
    /// Requests that name a route as where they came from.
    followed: Bounded<u64>,
    requests: u64,
    refusals: u64,
    without_target: u64,
    private: u64,
    span: Option<(Time, Time)>,
    memory: Memory,
    workers: usize,
}

/// What is kept of a route: of the requests that were answered, be it with another address.
#[derive(Clone, Debug)]
struct Route {
    spelling: Vec<u8>,
    requests: u64,
    /// By the first digit of the status; 0 where there is none.
    statuses: [u64; 4],
    unchanged: u64,
    /// In the order of [`METHODS`], and others.
    methods: [u64; METHODS.len() + 1],
    clients: Distinct<CLIENTS_KEPT>,
    private: u64,
    with_referer: u64,
    with_object: u64,
    objects: Distinct<CLIENTS_KEPT>,
    /// Of answers with 2xx.
    sizes: Sizes,
    span: Option<(Time, Time)>,
    params: Bounded<Param>,
}

/// The requests to a route that were refused.
#[derive(Clone, Debug, Default)]
struct Refused {
    client_errors: u64,
    server_errors: u64,
    unauthorised: u64,
    not_answered: u64,
    posts: u64,
    span: Option<(Time, Time)>,
}

/// What is kept of a parameter.
#[derive(Clone, Debug, Default)]
struct Param {
    name: Vec<u8>,
    requests: u64,
    classes: [u64; values::CLASSES],
    hosts: Distinct<HOSTS_KEPT>,
}

impl Default for Routes {
    fn default() -> Routes {
        Routes {
            key: Key::default(),
            answered: Bounded::new(ROUTES_MAX),
            refused: Bounded::new(REFUSED_MAX),
            followed: Bounded::new(REFUSED_MAX),
            requests: 0,
            refusals: 0,
            without_target: 0,
            private: 0,
            span: None,
            memory: Memory::default(),
            workers: 1,
        }
    }
}

impl Routes {
    /// Routes whose hashes are under this key. Only those under one key can be merged.
    pub fn keyed(key: Key) -> Routes {
        Routes { key, ..Routes::default() }
    }

    /// The same, still empty, within some memory that so many workers share.
    #[must_use]
    pub fn within(self, memory: Memory, workers: usize) -> Routes {
        Routes {
            answered: Bounded::new(memory.share(ROUTES_MAX)),
            refused: Bounded::new(memory.share(REFUSED_MAX)),
            followed: Bounded::new(memory.share(REFUSED_MAX)),
            memory,
            workers,
            ..self
        }
    }

    /// Whether it holds more than one of the workers may, and is to be handed over.
    pub fn is_heavy(&self) -> bool {
        let own: usize = self.answered.iter().map(|(_, route)| route.bytes()).sum();
        self.memory.of_worker(self.workers) < own + self.refused.bytes(0) + self.followed.bytes(0)
    }

    /// Hands what was taken in over to another, and goes on without it, dropping what the other would.
    pub fn hand_over(&mut self, to: &mut Routes) {
        memory::hand_over((self, to), Routes::emptied, Routes::merge);
    }

    fn emptied(&self) -> Routes {
        Routes {
            answered: self.answered.emptied(),
            refused: self.refused.emptied(),
            followed: self.followed.emptied(),
            memory: self.memory,
            workers: self.workers,
            ..Routes::keyed(self.key)
        }
    }

    /// Takes in a record.
    pub fn observe(&mut self, _: Position, record: &Record<'_>) {
        if record.target.is_none() {
            self.without_target += 1;
            return;
        }
        let text = target_of(record);
        let target = Target::new(&text);
        let _scope = self.key.enter();
        let shape = route(target.path);
        let is_private = record.client.is_some_and(is_private);
        self.requests += 1;
        self.private += u64::from(is_private);
        widen(&mut self.span, record.time.map(|time| (time, time)));
        if record.status.is_some_and(|status| !(100..400).contains(&status)) {
            self.refusals += 1;
            if let Some(refused) = self.refused.get_or_insert_with(shape.key, Refused::default) {
                refused.observe(record);
            }
            return;
        }
        let referer = record.referer.filter(|referer| !referer.is_empty()).map(|text| record.escape.undo(text));
        if let Some(referer) = &referer {
            let from = route(Target::new(referer).path).key;
            if from != shape.key
                && let Some(count) = self.followed.get_or_insert_with(from, || 0)
            {
                *count += 1;
            }
        }
        if let Some(route) = self.answered.get_or_insert_with(shape.key, || Route::new(target.path)) {
            route.observe(record, &target);
            route.private += u64::from(is_private);
            route.with_referer += u64::from(referer.is_some());
            if let Some(object) = shape.object {
                route.with_object += 1;
                route.objects.add(join(shape.key, object.bits()));
            }
        }
    }

    /// Takes in what another worker saw.
    pub fn merge(&mut self, other: Routes) {
        self.answered.merge(other.answered, |mine, other| mine.merge(&other));
        self.refused.merge(other.refused, |mine, other| mine.merge(&other));
        self.followed.merge(other.followed, |mine, other| *mine += other);
        self.requests += other.requests;
        self.refusals += other.refusals;
        self.without_target += other.without_target;
        self.private += other.private;
        widen(&mut self.span, other.span);
    }
}

impl Route {
    fn new(path: &[u8]) -> Route {
        let mut spelling = spelt(path);
        spelling.truncate(SPELLING_BYTES_MAX);
        Route {
            spelling,
            requests: 0,
            statuses: [0; 4],
            unchanged: 0,
            methods: [0; METHODS.len() + 1],
            clients: Distinct::default(),
            private: 0,
            with_referer: 0,
            with_object: 0,
            objects: Distinct::default(),
            sizes: Sizes::default(),
            span: None,
            params: Bounded::new(PARAMS_MAX),
        }
    }

    /// How many bytes it takes.
    fn bytes(&self) -> usize {
        let params: usize = self.params.iter().map(|(_, param)| param.name.len() + param.hosts.bytes()).sum();
        let distinct = self.clients.bytes() + self.objects.bytes() + self.sizes.bytes();
        size_of::<Route>() + self.spelling.len() + distinct + self.params.bytes(0) + params
    }

    fn observe(&mut self, record: &Record<'_>, target: &Target<'_>) {
        self.requests += 1;
        let class = record.status.map_or(0, |status| usize::from(status / 100));
        self.statuses[class] += 1;
        self.unchanged += u64::from(record.status == Some(304));
        let method = record.method.unwrap_or_default();
        let number = METHODS.iter().position(|name| method.eq_ignore_ascii_case(name.as_bytes()));
        self.methods[number.unwrap_or(METHODS.len())] += 1;
        if let Some(client) = record.client {
            self.clients.add(hash::hash(client));
        }
        if let (Some(bytes), 0 | 2) = (record.bytes, class)
            && method != b"HEAD"
        {
            self.sizes.add(bytes);
        }
        widen(&mut self.span, record.time.map(|time| (time, time)));
        for param in target.params().take(PARAMS_LOOKED_AT) {
            let name = param_name(param.name);
            let make = || Param { name: name[..name.len().min(NAME_BYTES_MAX)].to_vec(), ..Param::default() };
            if let Some(entry) = self.params.get_or_insert_with(hash::hash(&name), make) {
                entry.observe(param.value);
            }
        }
    }

    fn merge(&mut self, other: &Route) {
        self.requests += other.requests;
        add(&mut self.statuses, &other.statuses);
        self.unchanged += other.unchanged;
        add(&mut self.methods, &other.methods);
        self.clients.merge(&other.clients);
        self.private += other.private;
        self.with_referer += other.with_referer;
        self.with_object += other.with_object;
        self.objects.merge(&other.objects);
        self.sizes.merge(&other.sizes);
        widen(&mut self.span, other.span);
        self.params.merge(other.params.clone(), |mine, other| mine.merge(&other));
    }
}

impl Param {
    fn observe(&mut self, value: &[u8]) {
        self.requests += 1;
        let value = values::plain(value);
        let class = values::class(&value);
        self.classes[class as usize] += 1;
        if let (ValueClass::Url, Some(host)) = (class, values::host(&value)) {
            self.hosts.add(hash::hash(&host));
        }
    }

    fn merge(&mut self, other: &Param) {
        self.requests += other.requests;
        add(&mut self.classes, &other.classes);
        self.hosts.merge(&other.hosts);
    }
}

impl Refused {
    fn observe(&mut self, record: &Record<'_>) {
        match record.status.unwrap_or_default() {
            // 499 is a client that went away before it was answered.
            499 => self.not_answered += 1,
            status @ 400..500 => {
                self.client_errors += 1;
                self.unauthorised += u64::from(matches!(status, 401 | 403));
            }
            500..600 => self.server_errors += 1,
            _ => self.not_answered += 1,
        }
        self.posts += u64::from(record.method.is_some_and(|method| method.eq_ignore_ascii_case(b"POST")));
        widen(&mut self.span, record.time.map(|time| (time, time)));
    }

    fn merge(&mut self, other: &Refused) {
        self.client_errors += other.client_errors;
        self.server_errors += other.server_errors;
        self.unauthorised += other.unauthorised;
        self.not_answered += other.not_answered;
        self.posts += other.posts;
        widen(&mut self.span, other.span);
    }

    fn requests(&self) -> u64 {
        self.client_errors + self.server_errors + self.not_answered
    }
}

fn add<const N: usize>(mine: &mut [u64; N], other: &[u64; N]) {
    mine.iter_mut().zip(other).for_each(|(mine, other)| *mine += other);
}

fn widen(span: &mut Option<(Time, Time)>, other: Option<(Time, Time)>) {
    *span = match (*span, other) {
        (Some((first, last)), Some((other_first, other_last))) => Some((first.min(other_first), last.max(other_last))),
        (one, other) => one.or(other),
    };
}

/// Whether an address is of a private network, or of the machine itself.
fn is_private(client: &[u8]) -> bool {
    use std::net::IpAddr;
    match str::from_utf8(client).ok().and_then(|text| text.parse().ok()) {
        Some(IpAddr::V4(address)) => address.is_private() || address.is_loopback(),
        Some(IpAddr::V6(address)) => address.is_unique_local() || address.is_loopback(),
        None => false,
    }
}

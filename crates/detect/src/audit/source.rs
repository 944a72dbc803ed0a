//! What is seen of one source: its fields, hours, order, lengths and clients.
//!
//! Lines come to workers in chunks, so "the line before" is not known. The order is told by blocks of the text instead:
//! each keeps its earliest and its latest time, and a block that begins before an earlier one ended holds a line out of
//! order, whoever read it. Blocks double in length as the source grows, which is exact: the ends of two are the ends of
//! both.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use accesslog::{Fields, Position, Record, Time};

use crate::bounded::Bounded;
use crate::hash::{bit, hash};

/// How many hours of a source are counted one by one: its earliest.
pub(super) const HOURS_MAX: usize = 1 << 17;

/// How many blocks tell the order of a source.
const BLOCKS_MAX: u64 = 1 << 15;

/// How many bytes a block is long at first, as a power of two: about a line.
const BLOCK_BITS: u32 = 8;

/// How many clients, and how many agents, of a source are counted one by one.
const CLIENTS_MAX: usize = 256;

/// How many of the greatest lengths are counted one by one.
const LENGTHS_MAX: usize = 24;

/// How many offsets from UTC are counted; real ones are fewer.
const ZONES_MAX: usize = 64;

/// How many bytes of a client are kept.
const CLIENT_BYTES_MAX: usize = 64;

/// A field that a log may hold: its name, and whether a record has it.
pub type FieldOf = (&'static str, fn(&Record<'_>) -> bool);

/// The fields that a log may hold.
pub const FIELDS: [FieldOf; 17] = [
    ("time", |record| record.time.is_some()),
    ("client", |record| record.client.is_some()),
    ("user", |record| record.user.is_some()),
    ("target", |record| record.target.is_some()),
    ("status", |record| record.status.is_some()),
    ("bytes", |record| record.bytes.is_some()),
    ("referer", |record| record.referer.is_some()),
    ("agent", |record| record.agent.is_some()),
    ("host", |record| record.host.is_some()),
    ("duration", |record| record.duration.is_some()),
    ("forwarded", |record| record.forwarded.is_some()),
    ("request_bytes", |record| record.request_bytes.is_some()),
    ("request_id", |record| record.request_id.is_some()),
    ("upstream", |record| record.upstream.is_some()),
    ("scheme", |record| record.scheme.is_some()),
    ("tls_version", |record| record.tls_version.is_some()),
    ("cloud", |record| record.cloud.is_some()),
];

/// What is seen of one source.
#[derive(Clone, Debug)]
pub(super) struct Source {
    records: u64,
    fields: Fields,
    held: [u64; FIELDS.len()],
    posts: u64,
    queries: u64,
    hours: BTreeMap<i64, u64>,
    has_dropped_hours: bool,
    zones: BTreeMap<i32, u64>,
    blocks: BTreeMap<u64, Block>,
    block_bits: u32,
    targets: Lengths,
    agent_lengths: Lengths,
    referers: Lengths,
    clients: Bounded<Client>,
    agents: Bounded<u64>,
    private: u64,
    health: u64,
    data_events: u64,
    /// The end of the last record, in bytes from the beginning.
    end: u64,
}

/// A client, and how many requests are its.
#[derive(Clone, Debug)]
struct Client {
    count: u64,
    name: Box<[u8]>,
}

/// The ends in time of a block, each with its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    first: (Time, u64),
    last: (Time, Reverse<u64>),
}

impl Block {
    fn join(&mut self, other: Block) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// The greatest lengths; of each, how many values are that long, and a bit for each of 64 groups of distinct ones.
#[derive(Clone, Debug, Default)]
struct Lengths(BTreeMap<usize, (u64, u64)>);

impl Lengths {
    fn add(&mut self, length: usize, count: u64, bits: u64) {
        let entry = self.0.entry(length).or_default();
        *entry = (entry.0 + count, entry.1 | bits);
        if LENGTHS_MAX < self.0.len() {
            self.0.pop_first();
        }
    }

    /// The greatest length, if so many different values end at it, and so few just before, that they must have been cut.
    fn cut(&self) -> Option<(usize, u64)> {
        let (&length, &(count, bits)) = self.0.last_key_value()?;
        let before: u64 = self.0.range(length * 7 / 8..length).map(|(_, (count, _))| count).sum();
        let is_cut = CUT_BYTES_MIN <= length && CUT_COUNT_MIN <= bits.count_ones() && before <= count;
        is_cut.then_some((length, count))
    }
}

/// The shortest limit at which a server cuts a value, in bytes.
const CUT_BYTES_MIN: usize = 200;

/// How many different values must end at a limit for it to be one.
const CUT_COUNT_MIN: u32 = 4;

impl Default for Source {
    fn default() -> Source {
        Source {
            records: 0,
            fields: Fields::default(),
            held: [0; FIELDS.len()],
            posts: 0,
            queries: 0,
            hours: BTreeMap::new(),
            has_dropped_hours: false,
            zones: BTreeMap::new(),
            blocks: BTreeMap::new(),
            block_bits: BLOCK_BITS,
            targets: Lengths::default(),
            agent_lengths: Lengths::default(),
            referers: Lengths::default(),
            clients: Bounded::new(CLIENTS_MAX),
            agents: Bounded::new(CLIENTS_MAX),
            private: 0,
            health: 0,
            data_events: 0,
            end: 0,
        }
    }
}

impl Source {
    pub(super) fn observe(&mut self, at: Position, record: &Record<'_>) {
        self.records += 1;
        self.fields = self.fields | Fields::of(record);
        for (held, (_, is_held)) in self.held.iter_mut().zip(&FIELDS) {
            *held += u64::from(is_held(record));
        }
        self.posts += u64::from(matches!(record.method, Some(b"POST" | b"PUT" | b"PATCH")));
        self.queries += u64::from(record.query.is_some() || record.target.is_some_and(|target| target.contains(&b'?')));
        self.end = self.end.max(at.offset + u64::from(at.length));
        if let Some(time) = record.time {
            *self.hours.entry(time.seconds().div_euclid(3600)).or_default() += 1;
            self.keep_hours();
            self.add_block(
                at.offset >> self.block_bits,
                Block { first: (time, at.line), last: (time, Reverse(at.line)) },
            );
        }
        if let Some(zone) = zone(record.raw) {
            *self.zones.entry(zone).or_default() += 1;
            keep(&mut self.zones, ZONES_MAX);
        }
        record.target.into_iter().for_each(|text| self.targets.add(text.len(), 1, bit(hash(text))));
        record.agent.into_iter().for_each(|text| self.agent_lengths.add(text.len(), 1, bit(hash(text))));
        record.referer.into_iter().for_each(|text| self.referers.add(text.len(), 1, bit(hash(text))));
        if let Some(client) = record.client {
            self.private += u64::from(is_private(client));
            let name = || Client { count: 0, name: client[..client.len().min(CLIENT_BYTES_MAX)].into() };
            if let Some(client) = self.clients.get_or_insert_with(hash(client), name) {
                client.count += 1;
            }
        }
        if let Some(count) = record.agent.and_then(|agent| self.agents.get_or_insert_with(hash(agent), || 0)) {
            *count += 1;
        }
        self.health += u64::from(is_health_check(record));
        self.data_events += u64::from(is_data_event(record));
    }

    /// How many bytes it takes, about.
    pub(super) fn bytes(&self) -> usize {
        // What a tree takes beside its entries is less than they.
        let trees = self.hours.len() * 2 * size_of::<(i64, u64)>() + self.blocks.len() * 2 * size_of::<(u64, Block)>();
        size_of::<Source>() + trees + self.clients.bytes(CLIENT_BYTES_MAX) + self.agents.bytes(0)
    }

    pub(super) fn merge(&mut self, other: Source) {
        self.records += other.records;
        self.fields = self.fields | other.fields;
        self.held.iter_mut().zip(other.held).for_each(|(mine, other)| *mine += other);
        self.posts += other.posts;
        self.queries += other.queries;
        other.hours.into_iter().for_each(|(hour, count)| *self.hours.entry(hour).or_default() += count);
        self.has_dropped_hours |= other.has_dropped_hours;
        self.keep_hours();
        other.zones.into_iter().for_each(|(zone, count)| *self.zones.entry(zone).or_default() += count);
        keep(&mut self.zones, ZONES_MAX);
        while self.block_bits < other.block_bits {
            self.double_blocks();
        }
        let shift = self.block_bits - other.block_bits;
        other.blocks.into_iter().for_each(|(number, block)| self.add_block(number >> shift, block));
        let lengths = [
            (&mut self.targets, other.targets),
            (&mut self.agent_lengths, other.agent_lengths),
            (&mut self.referers, other.referers),
        ];
        for (mine, other) in lengths {
            other.0.into_iter().for_each(|(length, (count, bits))| mine.add(length, count, bits));
        }
        self.clients.merge(other.clients, |mine, other| mine.count += other.count);
        self.agents.merge(other.agents, |mine, other| *mine += other);
        self.private += other.private;
        self.health += other.health;
        self.data_events += other.data_events;
        self.end = self.end.max(other.end);
    }

    fn keep_hours(&mut self) {
        if keep(&mut self.hours, HOURS_MAX) {
            self.has_dropped_hours = true;
        }
    }

    /// Takes in the ends of a block of the present length. Its length follows from the greatest offset alone.
    fn add_block(&mut self, number: u64, block: Block) {
        let mut number = number;
        while BLOCKS_MAX <= number {
            self.double_blocks();
            number >>= 1;
        }
        self.blocks.entry(number).and_modify(|mine| mine.join(block)).or_insert(block);
    }

    fn double_blocks(&mut self) {
        self.block_bits += 1;
        for (number, block) in std::mem::take(&mut self.blocks) {
            self.blocks.entry(number >> 1).and_modify(|mine| mine.join(block)).or_insert(block);
        }
    }

    pub(super) fn hours(&self) -> impl Iterator<Item = (i64, u64)> {
        self.hours.iter().map(|(hour, count)| (*hour, *count))
    }

    pub(super) fn has_dropped_hours(&self) -> bool {
        self.has_dropped_hours
    }

    pub(super) fn finish(&self, number: u32) -> SourceAudit {
        let (mut clients, mut agents) = (self.clients.clone(), self.agents.clone());
        clients.prune();
        agents.prune();
        let mut named: Vec<(u64, Box<[u8]>)> =
            clients.iter().map(|(_, client)| (client.count, client.name.clone())).collect();
        named.sort_unstable_by(|one, other| (Reverse(one.0), &one.1).cmp(&(Reverse(other.0), &other.1)));
        SourceAudit {
            number,
            records: self.records,
            fields: self.fields,
            held: FIELDS.iter().zip(self.held).map(|((name, _), held)| (*name, held)).collect(),
            posts: self.posts,
            queries: self.queries,
            zones: self.zones.iter().map(|(zone, count)| (*zone, *count)).collect(),
            late: self.late(),
            cuts: [("target", &self.targets), ("agent", &self.agent_lengths), ("referer", &self.referers)]
                .into_iter()
                .filter_map(|(name, lengths)| lengths.cut().map(|(length, count)| (name, length, count)))
                .collect(),
            clients: (!clients.is_full()).then_some(named),
            agents: (!agents.is_full()).then(|| agents.iter().count() as u64),
            private: self.private,
            health: self.health,
            data_events: self.data_events,
            end: self.end,
        }
    }

    fn late(&self) -> Option<Late> {
        let mut latest: Option<(Time, Reverse<u64>)> = None;
        let mut late: Option<Late> = None;
        for block in self.blocks.values() {
            if let Some((time, line)) = latest.filter(|(time, _)| block.first.0 < *time) {
                let seconds = time.seconds() - block.first.0.seconds();
                let one = Late { lines: 1, seconds, line: block.first.1, behind: line.0 };
                if 0 < seconds {
                    late = Some(late.map_or(one, |late| late.and(one)));
                }
            }
            latest = latest.max(Some(block.last));
        }
        late
    }
}

/// Keeps the entries of the smallest keys; whether there were more.
fn keep<K: Ord>(entries: &mut BTreeMap<K, u64>, most: usize) -> bool {
    let has_more = most < entries.len();
    while most < entries.len() {
        entries.pop_last();
    }
    has_more
}

/// What one source was found to be.
#[derive(Clone, Debug)]
pub struct SourceAudit {
    /// Its number.
    pub number: u32,
    /// How many records it holds.
    pub records: u64,
    /// The fields that at least one of them has.
    pub fields: Fields,
    /// How many records have each of [`FIELDS`].
    pub held: Vec<(&'static str, u64)>,
    /// Requests that send a body by their method: POST, PUT, PATCH.
    pub posts: u64,
    /// Requests whose query stands in the log.
    pub queries: u64,
    /// How many times are written with each offset from UTC, in minutes; of the common log format alone.
    pub zones: Vec<(i32, u64)>,
    /// Lines that are out of order.
    pub late: Option<Late>,
    /// Fields whose values seem to be cut: the name, the length in bytes, and how many end there.
    pub cuts: Vec<(&'static str, usize, u64)>,
    /// The clients with their requests, the busiest first, where they are few.
    pub clients: Option<Vec<(u64, Box<[u8]>)>>,
    /// How many agents there are, where they are few.
    pub agents: Option<u64>,
    /// Requests from private, loopback and link-local addresses.
    pub private: u64,
    /// Requests of health checks.
    pub health: u64,
    /// Calls that read or write an object of a bucket, as a cloud's own trail tells them.
    pub data_events: u64,
    /// The end of the last record, in bytes from the beginning.
    pub end: u64,
}

/// Lines that are stamped earlier than a line before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// How many there are, at least.
    pub lines: u64,
    /// By how much the worst is, in seconds.
    pub seconds: i64,
    /// Its line.
    pub line: u64,
    /// The line before it with the later time.
    pub behind: u64,
}

impl Late {
    fn and(self, other: Late) -> Late {
        let worse = if self.seconds < other.seconds { other } else { self };
        Late { lines: self.lines + other.lines, ..worse }
    }
}

/// The offset from UTC of the first time in the common log format, in minutes.
fn zone(line: &[u8]) -> Option<i32> {
    let open = memchr::memchr(b'[', line)?;
    let stamp = line.get(open + 1..open + 28)?;
    match stamp {
        [_, _, b'/', .., b' ', sign @ (b'+' | b'-'), h, i, m, n, b']']
            if [h, i, m, n].iter().all(|d| d.is_ascii_digit()) =>
        {
            let digit = |byte: &u8| i32::from(byte - b'0');
            let minutes = (digit(h) * 10 + digit(i)) * 60 + digit(m) * 10 + digit(n);
            Some(if *sign == b'-' { -minutes } else { minutes })
        }
        _ => None,
    }
}

/// Whether an address is of a machine of one's own (RFC 1918, RFC 6598, RFC 3927, RFC 4193, loopback).
fn is_private(client: &[u8]) -> bool {
    let Some(address) = std::str::from_utf8(client).ok().and_then(|text| text.parse().ok()) else { return false };
    match address {
        std::net::IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            address.is_private() || address.is_loopback() || address.is_link_local() || a == 100 && b & 0xC0 == 64
        }
        std::net::IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

/// Agents of load balancers and monitors, from their vendors' documentation.
const HEALTH_AGENTS: [&[u8]; 9] = [
    b"ELB-HealthChecker",
    b"kube-probe",
    b"GoogleHC",
    b"Amazon-Route53-Health-Check",
    b"UptimeRobot",
    b"Pingdom.com_bot",
    b"StatusCake",
    b"Consul Health Check",
    b"Load Balancer Agent",
];

/// Paths that answer whether a server lives.
const HEALTH_PATHS: [&[u8]; 8] =
    [b"/healthz", b"/health", b"/livez", b"/readyz", b"/healthcheck", b"/health-check", b"/ping", b"/lb-status"];

fn is_health_check(record: &Record<'_>) -> bool {
    let is_agent = |agent: &[u8]| HEALTH_AGENTS.iter().any(|known| memchr::memmem::find(agent, known).is_some());
    record.target.is_some_and(|target| HEALTH_PATHS.contains(&target)) || record.agent.is_some_and(is_agent)
}

/// Whether a record is of a call that reads or writes an object of S3, as CloudTrail tells it: a data event.
fn is_data_event(record: &Record<'_>) -> bool {
    let Some(cloud) = record.cloud.filter(|cloud| cloud.service == Some(b"s3.amazonaws.com")) else { return false };
    let calls: [&[u8]; 7] =
        [b"GetObject", b"HeadObject", b"PutObject", b"DeleteObject", b"CopyObject", b"ListObjects", b"ListObjectsV2"];
    cloud.operation.is_some_and(|operation| calls.contains(&operation))
}

//! What is ordinary in this log: the sizes that each route answers, the parameters that hold URLs, and the
//! answers that unrelated paths share.
//!
//! All of it is integers that add up or bits that are or-ed, so that it merges exactly; distinct clients are
//! counted in 64 bits each, which is enough to tell one from a few and a few from many. Nothing is judged here.

use serde::{Deserialize, Serialize};

use crate::ahead;
use crate::batch::Wanting;
use crate::bounded::{Bounded, Likely};
use crate::choices::Choices;
use crate::firsts::Firsts;
use crate::hash::{Key, bit};
use crate::kept;
use crate::largest::Largest;
use crate::memory::Memory;
use crate::odd::COMMON;
use crate::owners::Owners;
use crate::params::ParamProfile;
use crate::route::Route;
use crate::sighting::Sighting;

/// How many routes have a profile.
pub(crate) const ROUTES_MAX: usize = 1 << 16;

/// How many parameters that hold URLs have a profile.
pub(crate) const PARAMS_MAX: usize = 1 << 14;

/// How many documents that findings reach for are counted.
pub(crate) const DOCUMENTS_MAX: usize = 1 << 16;

/// What is ordinary.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) routes: Bounded<RouteProfile>,
    pub(crate) params: Bounded<ParamProfile>,
    pub(crate) documents: Bounded<Document>,
    pub(crate) shared: SharedSizes,
    /// The sizes by which the root page of each host was answered.
    pub(crate) roots: Bounded<()>,
}

/// How many sizes of root pages are kept.
const ROOT_SIZES_MAX: usize = 1 << 12;

impl Default for Profile {
    fn default() -> Profile {
        Profile::within(Memory::default())
    }
}

/// How many bytes a route takes outside of its table, at most: its sizes, its owners, and the ways in which it is asked.
const ROUTE_BYTES: usize = size_of::<[u32; BUCKETS]>() + Owners::BYTES_MAX + Choices::BYTES_MAX + Largest::BYTES_MAX;

impl Profile {
    /// One that keeps within some memory.
    pub(crate) fn within(memory: Memory) -> Profile {
        Profile {
            routes: Bounded::new(memory.share(ROUTES_MAX)),
            params: Bounded::new(memory.share(PARAMS_MAX)),
            documents: Bounded::new(memory.share(DOCUMENTS_MAX)),
            shared: SharedSizes::default(),
            roots: Bounded::new(memory.share(ROOT_SIZES_MAX)),
        }
    }

    /// One without contents that drops what this one would.
    pub(crate) fn emptied(&self) -> Profile {
        Profile {
            routes: self.routes.emptied(),
            params: self.params.emptied(),
            documents: self.documents.emptied(),
            shared: SharedSizes::default(),
            roots: self.roots.emptied(),
        }
    }

    /// How many bytes it takes, at most.
    pub(crate) fn bytes(&self) -> usize {
        self.routes.bytes(ROUTE_BYTES) + self.params.bytes(0) + self.documents.bytes(0) + self.roots.bytes(0)
    }

    /// Takes in some requests, no more than [`BATCH`](crate::batch::BATCH). Gives a bit for each the size of whose answer is known to
    /// be common on its route.
    pub(crate) fn observe(&mut self, batch: &[Sighting]) -> u64 {
        // Only what was answered makes a route: what strangers merely ask for must not crowd the others out.
        let mut answered = Wanting::of(batch, |seen| (seen.route.key, seen.answer().is_some()));
        answered.fetch_places(&self.routes);
        answered.each().for_each(|(number, ..)| ahead::fetch(self.shared.block(batch[number].size_key)));
        answered.fetch_entries(&self.routes, ahead::fetch);
        let mut common = 0;
        for (number, _, likely) in answered.each() {
            common |= u64::from(self.observe_answered(&batch[number], likely)) << number;
        }
        common
    }

    /// Takes in one request that was answered, whose route is most likely there. Gives whether the size of its answer is known to be
    /// common on it.
    #[inline]
    fn observe_answered(&mut self, seen: &Sighting, likely: Likely) -> bool {
        let Sighting { route, client, .. } = *seen;
        // Whether a route is past the bound each worker learns at another moment: nothing else may depend on it.
        if seen.bytes.is_some_and(|bytes| 0 < bytes) {
            self.shared.add(seen.size_key, route);
            if seen.is_root {
                self.roots.get_or_insert_with(seen.size_key, || ());
            }
        }
        let Some(profile) = self.routes.get_or_insert_near(likely, route.key, RouteProfile::default) else {
            return false;
        };
        profile.clients |= bit(client);
        profile.firsts.add(client);
        profile.choices.add(route.choice, client);
        profile.answered = profile.answered.saturating_add(1);
        if let Some(object) = route.object.filter(|_| !route.is_list) {
            profile.owners.add(object, client);
        }
        let Some(bytes) = seen.bytes else { return false };
        profile.sizes.add(bytes);
        if route.object.is_none() || route.is_list {
            profile.largest.add(bytes, client);
        }
        profile.sizes.is_common(bytes)
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, other: Profile) {
        self.routes.merge(other.routes, RouteProfile::merge);
        self.params.merge(other.params, ParamProfile::merge);
        self.documents.merge(other.documents, Document::merge);
        self.roots.merge(other.roots, |(), ()| ());
        self.shared.merge(&other.shared);
    }

    /// Enforces every bound, so that equal contents have equal states.
    pub(crate) fn settle(&mut self) {
        self.routes.prune();
        self.params.prune();
        self.documents.prune();
        self.roots.prune();
    }
}

/// Whether a status says that the client got what it asked for.
pub(crate) fn is_answer(status: u16) -> bool {
    matches!(status, 200..=299)
}

/// The key of a reply by its status and size.
pub(crate) fn size_key(status: u16, bytes: u64, key: Key) -> u64 {
    key.salted(bytes ^ u64::from(status) << 48)
}

/// What one route answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RouteProfile {
    /// Requests that got what they asked for.
    pub(crate) answered: u32,
    /// A bit for each of 64 groups of clients that did.
    pub(crate) clients: u64,
    /// The sizes of the answers.
    pub(crate) sizes: Sizes,
    /// The longest of them, but for those that are records.
    pub(crate) largest: Largest,
    /// Who was given the route's objects.
    pub(crate) owners: Owners,
    /// In which ways it is asked.
    pub(crate) choices: Choices,
    /// Some of the clients, to tell whether there are two or three.
    pub(crate) firsts: Firsts,
}

impl RouteProfile {
    fn merge(&mut self, other: RouteProfile) {
        self.answered = self.answered.saturating_add(other.answered);
        self.clients |= other.clients;
        self.sizes.merge(&other.sizes);
        self.largest.merge(&other.largest);
        self.owners.merge(&other.owners);
        self.choices.merge(&other.choices);
        self.firsts.merge(&other.firsts);
    }
}

/// How many buckets sizes fall into: eight to each doubling, up to 8 GiB.
pub(crate) const BUCKETS: usize = 256;

/// How many sizes are kept one by one before they are counted by bucket.
pub(crate) const FEW: usize = 14;

/// A histogram of sizes, small while there are few.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Sizes {
    /// The buckets of a few sizes, sorted.
    Few {
        #[serde(deserialize_with = "kept::few")]
        count: u8,
        buckets: [u8; FEW],
    },
    /// How many sizes are in each bucket.
    Many(#[serde(with = "kept::boxed")] Box<[u32; BUCKETS]>),
}

impl Default for Sizes {
    fn default() -> Sizes {
        Sizes::Few { count: 0, buckets: [0; FEW] }
    }
}

impl Sizes {
    /// How many bytes it takes beside itself.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Sizes::Few { .. } => 0,
            Sizes::Many(buckets) => size_of_val(&**buckets),
        }
    }

    /// The bucket of a size.
    pub(crate) fn bucket(bytes: u64) -> usize {
        if bytes < 8 {
            return bytes as usize;
        }
        let exponent = bytes.ilog2() as usize;
        ((exponent - 2) * 8 + (bytes >> (exponent - 3) & 7) as usize).min(BUCKETS - 1)
    }

    /// The smallest size of a bucket, in bytes.
    pub(crate) fn floor(bucket: usize) -> u64 {
        if bucket < 8 {
            return bucket as u64;
        }
        let exponent = bucket / 8 + 2;
        (8 + (bucket % 8) as u64) << (exponent - 3)
    }

    pub(crate) fn add(&mut self, bytes: u64) {
        self.add_bucket(Sizes::bucket(bytes), 1);
    }

    /// Whether more answers have that size, by bucket, than may be called rare. Not said while there are few.
    pub(crate) fn is_common(&self, bytes: u64) -> bool {
        match self {
            Sizes::Many(counts) => COMMON < counts[Sizes::bucket(bytes)],
            Sizes::Few { .. } => false,
        }
    }

    fn add_bucket(&mut self, bucket: usize, more: u32) {
        match self {
            Sizes::Many(counts) => counts[bucket] = counts[bucket].saturating_add(more),
            Sizes::Few { count, buckets } => {
                let used = usize::from(*count);
                if FEW < used + more as usize {
                    let counts = self.counts();
                    *self = Sizes::Many(Box::new(counts));
                    return self.add_bucket(bucket, more);
                }
                buckets[used..used + more as usize].fill(bucket as u8);
                *count += more as u8;
                buckets[..usize::from(*count)].sort_unstable();
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Sizes) {
        for (bucket, &count) in other.counts().iter().enumerate() {
            if 0 < count {
                self.add_bucket(bucket, count);
            }
        }
    }

    /// How many sizes are in each bucket.
    pub(crate) fn counts(&self) -> [u32; BUCKETS] {
        match self {
            Sizes::Many(counts) => **counts,
            Sizes::Few { count, buckets } => {
                let mut counts = [0; BUCKETS];
                for bucket in &buckets[..usize::from(*count)] {
                    counts[usize::from(*bucket)] += 1;
                }
                counts
            }
        }
    }
}

/// The first bucket and the last between which all sizes lie but `spare` at each end.
pub(crate) fn ends(counts: &[u32; BUCKETS], spare: u64) -> (usize, usize) {
    let end = |order: &mut dyn Iterator<Item = usize>| {
        let mut passed = 0;
        for bucket in order {
            passed += u64::from(counts[bucket]);
            if spare < passed {
                return bucket;
            }
        }
        0
    };
    (end(&mut (0..BUCKETS)), end(&mut (0..BUCKETS).rev()))
}

/// Something that findings reach for, and who got it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Document {
    /// Requests that were answered.
    pub(crate) answered: u32,
    /// Requests that were not.
    pub(crate) refused: u32,
    /// A bit for each of 64 groups of clients that were answered.
    pub(crate) clients: u64,
}

impl Document {
    pub(crate) fn add(&mut self, client: u64, is_answered: bool) {
        if is_answered {
            self.answered = self.answered.saturating_add(1);
            self.clients |= bit(client);
        } else {
            self.refused = self.refused.saturating_add(1);
        }
    }

    fn merge(&mut self, other: Document) {
        self.answered = self.answered.saturating_add(other.answered);
        self.refused = self.refused.saturating_add(other.refused);
        self.clients |= other.clients;
    }
}

/// How many blocks of cells there are: a quarter of a mebibyte, which stays in a processor's own cache.
pub(crate) const BLOCKS: usize = 1 << 12;

/// How many cells a block has: as many as fit a line of the cache.
const CELLS: usize = 4;

/// A cell: the routes, and the first segments of paths, that gave an answer, a bit for each of 64 groups.
type Cell = (u64, u64);

/// Some cells that are fetched at once: they begin where a line of the cache does, or half of the answers would have a cell in
/// the line behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(align(64))]
pub(crate) struct Block([Cell; CELLS]);

const _: () = assert!(size_of::<Block>() == 64, "a block is one line of the cache");

/// Which answers, by status and size, unrelated routes share: pages that are sent whatever was asked for.
///
/// Every answer has two cells of one block, and sets a bit for its route in both; what both agree on is an upper bound
/// of the routes that gave this very answer. The cells are fixed in number, so memory is, and bits are or-ed, so
/// merging is exact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SharedSizes {
    #[serde(with = "kept::blocks")]
    blocks: Box<[Block]>,
}

impl Default for SharedSizes {
    fn default() -> SharedSizes {
        SharedSizes { blocks: vec![Block::default(); BLOCKS].into_boxed_slice() }
    }
}

impl SharedSizes {
    fn add(&mut self, key: u64, route: Route) {
        let Block(block) = &mut self.blocks[key as usize % BLOCKS];
        for cell in SharedSizes::cells(key) {
            block[cell].0 |= bit(route.key);
            block[cell].1 |= 1 << route.head;
        }
    }

    fn block(&self, key: u64) -> &Block {
        &self.blocks[key as usize % BLOCKS]
    }

    /// The two cells of an answer in its block: never the same.
    fn cells(key: u64) -> [usize; 2] {
        let first = (key >> 32) as usize % CELLS;
        let step = 1 + (key >> 40) as usize % (CELLS - 1);
        [first, (first + step) % CELLS]
    }

    /// How many groups of routes, and of first segments, share the answer of that key, at most.
    pub(crate) fn shared(&self, key: u64) -> (u32, u32) {
        let Block(block) = self.block(key);
        let [one, other] = SharedSizes::cells(key).map(|cell| block[cell]);
        ((one.0 & other.0).count_ones(), (one.1 & other.1).count_ones())
    }

    fn merge(&mut self, other: &SharedSizes) {
        for (Block(mine), Block(other)) in self.blocks.iter_mut().zip(&other.blocks) {
            for (mine, other) in mine.iter_mut().zip(other) {
                mine.0 |= other.0;
                mine.1 |= other.1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_in_order_and_floors_are_their_smallest_sizes() {
        let mut last = 0;
        for bytes in 0..100_000 {
            let bucket = Sizes::bucket(bytes);
            assert!(bucket == last || bucket == last + 1, "{bytes}");
            if bucket != last {
                assert_eq!(Sizes::floor(bucket), bytes);
            }
            last = bucket;
        }
        assert_eq!(Sizes::bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn few_sizes_and_many_count_alike() {
        let mut whole = Sizes::default();
        let mut parts = [Sizes::default(), Sizes::default()];
        for n in 0..40 {
            whole.add(n * 37);
            parts[(n % 2) as usize].add(n * 37);
            let mut merged = parts[0].clone();
            merged.merge(&parts[1]);
            assert_eq!(merged, whole);
        }
    }

    #[test]
    fn an_answer_that_many_routes_share_is_known() {
        let mut shared = SharedSizes::default();
        let size_key = |status, bytes| size_key(status, bytes, Key::default());
        for n in 0..200_u32 {
            let path = format!("/{}{n}/x", char::from(b'a' + (n % 20) as u8).to_string().repeat(3));
            let route = crate::route::route(path.as_bytes());
            shared.add(size_key(200, 562), route);
            shared.add(size_key(200, u64::from(n) + 10_000), route);
        }
        assert!(15 <= shared.shared(size_key(200, 562)).0);
        assert!((1..3).contains(&shared.shared(size_key(200, 10_001)).0));
        assert_eq!(shared.shared(size_key(200, 99)).0, 0);
    }
}

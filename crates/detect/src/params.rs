//! The parameters of routes, where they hold URLs: who sends them, and which hosts they name.

use serde::{Deserialize, Serialize};

use crate::hash::bit;
use crate::kept;

/// How many groups of hosts are counted.
const GROUPS: usize = 64;

/// A parameter of a route, where it held a URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ParamProfile {
    /// How often it held one.
    pub(crate) urls: u32,
    /// How often it held one and was answered.
    pub(crate) answered: u32,
    /// A bit for each of 64 groups of clients that sent one.
    pub(crate) clients: u64,
    /// How often each of 64 groups of hosts was named.
    #[serde(with = "kept::array")]
    hosts: [u32; GROUPS],
}

impl Default for ParamProfile {
    fn default() -> ParamProfile {
        ParamProfile { urls: 0, answered: 0, clients: 0, hosts: [0; GROUPS] }
    }
}

/// How many URLs a parameter must have held for its usual hosts to be known.
const URLS_MIN: u32 = 40;

/// How many groups of hosts may be usual: beyond that any host is.
const GROUPS_MAX: u32 = 12;

impl ParamProfile {
    pub(crate) fn add(&mut self, client: u64, host: u64, is_answered: bool) {
        self.urls = self.urls.saturating_add(1);
        self.answered = self.answered.saturating_add(u32::from(is_answered));
        self.clients |= bit(client);
        let group = &mut self.hosts[group(host)];
        *group = group.saturating_add(1);
    }

    pub(crate) fn merge(&mut self, other: ParamProfile) {
        self.urls = self.urls.saturating_add(other.urls);
        self.answered = self.answered.saturating_add(other.answered);
        self.clients |= other.clients;
        for (mine, other) in self.hosts.iter_mut().zip(other.hosts) {
            *mine = mine.saturating_add(other);
        }
    }

    /// How many groups of hosts were named.
    pub(crate) fn hosts(&self) -> u32 {
        self.hosts.iter().filter(|count| 0 < **count).count() as u32
    }

    /// Whether a host is named by nobody but who named it so often, where others name a few known ones.
    pub(crate) fn is_stranger(&self, host: u64, own: u32) -> bool {
        let named = self.hosts[group(host)];
        named <= own && URLS_MIN <= self.urls.saturating_sub(named) && self.hosts() <= GROUPS_MAX
    }
}

fn group(host: u64) -> usize {
    bit(host).trailing_zeros() as usize
}

/// The host of a URL of the web, as its text stands; decoded before.
pub(crate) fn host_of(url: &[u8]) -> Option<&[u8]> {
    let rest = url.strip_prefix(b"http://").or_else(|| url.strip_prefix(b"https://"))?;
    rest.split(|byte| *byte == b'/').next()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hash::hash;

    proptest! {
        #[test]
        fn who_names_which_hosts_merges_exactly(
            sent in prop::collection::vec((0..90_u64, 0..30_u64, any::<bool>(), 0..3_usize), 0..400),
        ) {
            let of = |is_own: &dyn Fn(usize) -> bool| {
                let mut profile = ParamProfile::default();
                let own = sent.iter().filter(|one| is_own(one.3));
                own.for_each(|(client, host, is_answered, _)| profile.add(*client, hash(&host.to_le_bytes()), *is_answered));
                profile
            };
            let merged = |order: [usize; 3]| {
                let mut all = ParamProfile::default();
                order.iter().for_each(|worker| all.merge(of(&|one| one == *worker)));
                all
            };
            let whole = of(&|_| true);
            prop_assert_eq!(&merged([0, 1, 2]), &whole);
            prop_assert_eq!(&merged([2, 0, 1]), &whole);
        }
    }

    #[test]
    fn a_host_of_one_client_is_a_stranger_where_others_name_a_few() {
        let mut few = ParamProfile::default();
        (0..100).for_each(|client| few.add(client, hash(b"cdn.example"), true));
        (0..3).for_each(|_| few.add(7, hash(b"i.other.example"), true));
        assert!(few.is_stranger(hash(b"i.other.example"), 3));
        assert!(!few.is_stranger(hash(b"i.other.example"), 2), "somebody else names it too");
        assert!(!few.is_stranger(hash(b"cdn.example"), 3));
        let mut any = ParamProfile::default();
        (0..100_u64).for_each(|client| any.add(client, hash(&client.to_le_bytes()), true));
        assert!(!any.is_stranger(hash(b"i.other.example"), 3));
    }

    #[test]
    fn the_host_of_a_url() {
        assert_eq!(host_of(b"https://a.example/x"), Some(&b"a.example"[..]));
        assert_eq!(host_of(b"a.example/x"), None);
    }
}

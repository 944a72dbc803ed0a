//! Who used which key from where, and whether that is who it was given to.
//!
//! A stolen key does nothing that its owner could not do: every single call is allowed. What differs is the *place* of
//! the use beside the *home* of the role that the key speaks for. So the [`Ledger`] keeps one cell for each role and each
//! network that used it, whatever key the role had that hour: days, kinds of calls, tools, prefixes, keys. Judgement
//! comes in the end, when all places of a role are known: a place is held against the others of the same role
//! ([`judge`]), and nothing that many roles or many days have in common is strange.
//!
//! Innocent twins shape it: an engineer has a new network every day, so a new network of hers says nothing; a backup
//! lists and reads everything, every night, from one place; an instance that is added has a new address and does what
//! the others do; services of the cloud act for a role from no network at all, and are left out.

mod caller;
mod cell;
mod judge;
mod operation;
mod session;
mod theft;
mod tool;
mod trace;
mod validity;

use std::sync::Arc;

use accesslog::{Position, Record};
use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use crate::bounded::Bounded;
use crate::hash::join;
use crate::memory::Memory;

pub(crate) use caller::{Caller, role_of};
pub(crate) use cell::{Use, is_allowed};
pub(crate) use judge::{BITS_LOUD, Deed, judged as aims};
pub(crate) use operation::{Kind, stage_of};
pub(crate) use session::{STAYS_MAX, Stay, Stays};
pub(crate) use theft::{Cloud, joined, role_name};
pub(crate) use trace::{evidence, judged, place_of_use};
pub(crate) use validity::{ISSUES_MAX, Issue, Validity};

/// How many pairs of role and network are kept.
pub(crate) const USES_MAX: usize = 1 << 16;

/// The places from which each role was used.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ledger {
    pub(crate) uses: Bounded<Use>,
    pub(crate) stays: Bounded<Stay>,
    /// The keys whose issue the log holds, by the hash of their ids.
    pub(crate) issues: Bounded<Issue>,
}

impl Default for Ledger {
    fn default() -> Ledger {
        Ledger::within(Memory::default())
    }
}

impl Ledger {
    /// One that keeps within some memory.
    pub(crate) fn within(memory: Memory) -> Ledger {
        Ledger {
            uses: Bounded::new(memory.share(USES_MAX)),
            stays: Bounded::new(memory.share(STAYS_MAX)),
            issues: Bounded::new(memory.share(ISSUES_MAX)),
        }
    }

    /// One without contents that drops what this one would.
    pub(crate) fn emptied(&self) -> Ledger {
        Ledger { uses: self.uses.emptied(), stays: self.stays.emptied(), issues: self.issues.emptied() }
    }

    /// How many bytes it takes, at most.
    pub(crate) fn bytes(&self) -> usize {
        self.uses.bytes(Use::BYTES_MAX) + self.stays.bytes(0) + self.issues.bytes(0)
    }

    /// Enforces every bound, so that equal contents have equal states.
    pub(crate) fn settle(&mut self) {
        self.uses.prune();
        self.stays.prune();
        self.issues.prune();
    }

    /// Takes in a record of a cloud's log; nothing where it says neither who called nor from where.
    pub(crate) fn observe(&mut self, at: Position, record: &Record<'_>) {
        if let Some((key, issue)) = Issue::of(record)
            && let Some(mine) = self.issues.get_or_insert_with(key, || issue)
        {
            mine.merge(issue);
        }
        let Some(caller) = Caller::of(record) else { return };
        let key = join(caller.role_key, caller.network_key);
        if let Some(place) = self.uses.get_or_insert_with(key, || Use::new(&caller)) {
            place.add(at, record, &caller);
        }
        if let Some((key, stay)) = record.time.and_then(|time| Stay::of(&caller, time))
            && let Some(mine) = self.stays.get_or_insert_with(key, || stay)
        {
            mine.merge(stay);
        }
    }

    /// What is known of the cloud's log as a whole.
    pub(crate) fn cloud(&self) -> Cloud {
        // Only machines have roles that are handed out by a metadata service.
        let machines = self.uses.iter().filter(|(_, place)| place.is_machine);
        let roles: HashSet<u64> = machines.map(|(_, place)| place.role_key).collect();
        let first = self.uses.iter().filter_map(|(_, place)| place.first.0).min();
        let last = self.uses.iter().filter_map(|(_, place)| place.last).max();
        Cloud { roles: roles.len() as u64, span: first.zip(last), issues: Arc::new(self.issues.clone()) }
    }

    /// Takes in what another worker saw.
    pub(crate) fn merge(&mut self, other: Ledger) {
        self.uses.merge(other.uses, Use::merge);
        self.stays.merge(other.stays, Stay::merge);
        self.issues.merge(other.issues, Issue::merge);
    }
}

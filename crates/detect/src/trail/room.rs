//! How much memory a question takes.
//!
//! Its tables are in proportion to the memory that there is, and workers hand over what is heavy, as a
//! [`Detector`](crate::Detector)'s do. At a gibibyte the values come to 5 x 65,536 x 352 bytes at most, the hours to 5 MiB,
//! and the others of a hundred values to 100 x 4,096 x 300 bytes; a table may hold twice that before it drops what is past
//! its bound.

use super::{Bounded, Kind, OTHERS_MAX, Others, Seen, TEXT_BYTES_MAX, Tally, Trail, VALUES_MAX};
use crate::memory::{self, Memory};

impl Trail {
    /// The same, still empty, within some memory that so many workers share.
    #[must_use]
    pub fn within(self, memory: Memory, workers: usize) -> Trail {
        Trail {
            memory,
            workers,
            hours: Bounded::new(memory.share(super::HOURS_MAX)),
            values: Kind::ALL.map(|_| Bounded::new(memory.share(VALUES_MAX))),
            tally: Tally::within(memory),
            ..self
        }
    }

    /// Whether it holds more than one of the workers may, and is to be handed over.
    pub fn is_heavy(&self) -> bool {
        let values: usize = self.values.iter().map(|values| values.bytes(TEXT_BYTES_MAX)).sum();
        self.memory.of_worker(self.workers) < values + self.hours.bytes(0) + self.tally.bytes()
    }

    /// Hands what was taken in over to another, and goes on without it, dropping what the other would.
    pub fn hand_over(&mut self, to: &mut Trail) {
        memory::hand_over((self, to), Trail::emptied, Trail::merge);
    }

    fn emptied(&self) -> Trail {
        Trail {
            hours: self.hours.emptied(),
            values: Kind::ALL.map(|kind| self.values[kind as usize].emptied()),
            tally: self.tally.emptied(),
            memory: self.memory,
            workers: self.workers,
            ..Trail::of(self.key, std::sync::Arc::clone(&self.question))
        }
    }
}

impl Others {
    /// Whether it holds more than one of the workers may, and is to be handed over.
    pub fn is_heavy(&self) -> bool {
        let clients: usize = self.seen.iter().map(|seen| seen.clients.bytes(TEXT_BYTES_MAX)).sum();
        self.memory.of_worker(self.workers) < clients
    }

    /// Hands what was taken in over to another, and goes on without it, dropping what the other would.
    pub fn hand_over(&mut self, to: &mut Others) {
        memory::hand_over((self, to), Others::emptied, Others::merge);
    }

    fn emptied(&self) -> Others {
        let seen = |seen: &Seen| Seen { clients: seen.clients.emptied(), ..Seen::within(self.memory) };
        Others { watched: std::sync::Arc::clone(&self.watched), seen: self.seen.iter().map(seen).collect(), ..*self }
    }
}

impl Seen {
    pub(super) fn within(memory: Memory) -> Seen {
        Seen { count: super::Count::default(), clients: Bounded::new(memory.share(OTHERS_MAX)) }
    }
}

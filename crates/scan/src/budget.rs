//! How much text a compressed file may become.
//!
//! A file of a few kilobytes can hold terabytes of zeros, and one compressed twice holds their square. What a layer gives
//! is counted as it comes, and stops at a bound that depends on the size of the packed bytes alone: never on how they are
//! cut or read, so that the same file stops at the same byte on every machine.
//!
//! Ordinary logs shrink 10 to 40 times, and one of identical lines some hundred times; deflate cannot do better than
//! 1,032 to 1. The ratio is above all of these, and small files may break it.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use crate::codec::said;

/// How many bytes of text one packed byte may become, unless configured otherwise.
pub const RATIO_MAX: u64 = 2000;

/// How many bytes of text a packed source may become whatever its size, unless configured otherwise: 1 TiB.
pub const UNPACKED_BYTES_MAX: u64 = 1 << 40;

/// How many bytes a layer may give before its ratio counts: 256 MiB.
const FREE_BYTES: u64 = 256 << 20;

/// How many bytes all packed members of one archive may give together before their ratio counts: 1 GiB.
const FREE_BYTES_OF_ARCHIVE: u64 = 1 << 30;

/// How much text packed bytes may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many bytes of text one packed byte may become, once a source has given what is free.
    pub ratio_max: u64,
    /// How many bytes of text one packed source may become.
    pub bytes_max: u64,
    /// How many bytes a layer may give before its ratio counts; 256 MiB unless configured otherwise.
    pub free_bytes: u64,
    /// How many bytes all packed members of one archive may give together before their ratio counts; 1 GiB unless configured
    /// otherwise.
    pub free_bytes_of_archive: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            ratio_max: RATIO_MAX,
            bytes_max: UNPACKED_BYTES_MAX,
            free_bytes: FREE_BYTES,
            free_bytes_of_archive: FREE_BYTES_OF_ARCHIVE,
        }
    }
}

/// The size of what is unpacked.
#[derive(Clone, Debug)]
pub(crate) enum Packed {
    /// It is known.
    Bytes(u64),
    /// It is a pipe; this is what has come so far.
    SoFar(Rc<Cell<u64>>),
}

impl Packed {
    fn bytes(&self) -> u64 {
        match self {
            Packed::Bytes(bytes) => *bytes,
            Packed::SoFar(count) => count.get(),
        }
    }
}

/// What one file may still become.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    limits: Limits,
    packed: Packed,
    /// What packed members of this file, all together, have given.
    given: Rc<Cell<u64>>,
}

impl Budget {
    pub(crate) fn new(limits: Limits, packed: Packed) -> Budget {
        Budget { limits, packed, given: Rc::default() }
    }

    /// The layer that is unpacked from the file itself.
    pub(crate) fn of_file<R>(&self, reader: R) -> Metered<R> {
        Metered { reader, budget: self.clone(), packed: self.packed.clone(), given: 0, is_member: false }
    }

    /// A layer that is unpacked from a member of that size.
    pub(crate) fn of_member<R>(&self, reader: R, packed: u64) -> Metered<R> {
        Metered { reader, budget: self.clone(), packed: Packed::Bytes(packed), given: 0, is_member: true }
    }
}

/// A reader of what a layer gives, which stops at the bound.
pub(crate) struct Metered<R> {
    reader: R,
    budget: Budget,
    packed: Packed,
    given: u64,
    is_member: bool,
}

impl<R> Metered<R> {
    /// How many bytes may still come, and what to say when there are more.
    fn room(&self) -> (u64, String) {
        let Limits { ratio_max, bytes_max, free_bytes, free_bytes_of_archive } = self.budget.limits;
        let by_ratio = |free: u64, packed: u64| packed.saturating_mul(ratio_max).saturating_add(free);
        let too_dense =
            |whose: &str| format!("stopped, as {whose} unpacks to more than {ratio_max} times its size (--max-ratio)");
        let own = by_ratio(free_bytes, self.packed.bytes()).saturating_sub(self.given);
        let size = bytes_max.saturating_sub(self.given);
        let archive = match self.is_member {
            true => by_ratio(free_bytes_of_archive, self.budget.packed.bytes()).saturating_sub(self.budget.given.get()),
            false => u64::MAX,
        };
        match own.min(size).min(archive) {
            room if room == own => (room, too_dense("it")),
            room if room == size => {
                (room, format!("stopped, as it unpacks to more than {bytes_max} bytes (--max-bytes)"))
            }
            room => (room, too_dense("its archive")),
        }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (room, text) = self.room();
        if room == 0 {
            return match self.reader.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(said(io::ErrorKind::QuotaExceeded, format!("{text}: after {} bytes", self.given))),
            };
        }
        let want = buffer.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let count = self.reader.read(&mut buffer[..want])?;
        self.given += count as u64;
        if self.is_member {
            self.budget.given.set(self.budget.given.get() + count as u64);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(budget: &Budget, bytes: u64, member: Option<u64>, step: usize) -> (u64, Option<String>) {
        let reader = io::repeat(0).take(bytes);
        let mut reader = match member {
            Some(packed) => budget.of_member(reader, packed),
            None => budget.of_file(reader),
        };
        let (mut sum, mut buffer) = (0, vec![0; step]);
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return (sum, None),
                Ok(count) => sum += count as u64,
                Err(error) => return (sum, Some(error.to_string())),
            }
        }
    }

    #[test]
    fn the_bound_is_met_at_the_same_byte_however_it_is_read() {
        let limits = Limits { ratio_max: 3, ..Limits::default() };
        for step in [1 << 20, 777_777] {
            let budget = Budget::new(limits, Packed::Bytes(1000));
            let (sum, error) = given(&budget, 1 << 40, None, step);
            assert_eq!(sum, FREE_BYTES + 3000);
            assert_eq!(
                error.as_deref(),
                Some("stopped, as it unpacks to more than 3 times its size (--max-ratio): after 268438456 bytes")
            );
            assert_eq!(given(&budget, FREE_BYTES + 3000, None, step), (FREE_BYTES + 3000, None), "the near miss");
        }
    }

    #[test]
    fn a_size_is_a_bound_of_its_own() {
        let budget = Budget::new(Limits { bytes_max: 5000, ..Limits::default() }, Packed::Bytes(10));
        let (sum, error) = given(&budget, 5001, None, 64);
        assert!(sum == 5000 && error.is_some_and(|error| error.contains("--max-bytes")));
        assert_eq!(given(&budget, 5000, None, 64), (5000, None));
    }

    #[test]
    fn members_share_what_their_archive_may_become() {
        let limits = Limits { ratio_max: 2, free_bytes: 1_000, free_bytes_of_archive: 4_000, ..Limits::default() };
        let budget = Budget::new(limits, Packed::Bytes(50));
        for _ in 0..4 {
            assert_eq!(given(&budget, 1_020, Some(10), 64), (1_020, None));
        }
        let (sum, error) = given(&budget, 1_020, Some(10), 64);
        assert!(
            sum == 20 && error.is_some_and(|error| error.contains("its archive") && error.contains("after 20 bytes"))
        );
        assert_eq!(given(&budget, 1_100, None, 64), (1_100, None), "the file itself has its own");
    }

    #[test]
    fn of_a_pipe_counts_what_has_come_so_far() {
        let (limits, so_far) = (Limits { ratio_max: 3, free_bytes: 100, ..Limits::default() }, Rc::new(Cell::new(10)));
        let budget = Budget::new(limits, Packed::SoFar(Rc::clone(&so_far)));
        assert_eq!(given(&budget, 1_000, None, 64).0, 130);
        so_far.set(20);
        assert_eq!(given(&budget, 1_000, None, 64).0, 160);
    }

    #[test]
    fn nothing_is_bounded_below_what_is_promised() {
        let Limits { ratio_max, bytes_max, free_bytes, free_bytes_of_archive } = Limits::default();
        assert_eq!((ratio_max, bytes_max), (2_000, 1_099_511_627_776));
        assert_eq!((free_bytes, free_bytes_of_archive), (268_435_456, 1_073_741_824));
    }
}

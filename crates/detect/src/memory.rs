//! How much memory there is, and how much of everything is kept for it.
//!
//! Memory is a number that a person sets, and not one that strangers set by how many clients, paths and agents they make up.
//! So the bound of every table follows from that number alone, never from how many threads work: the answer must not
//! depend on them. A table is given its [share](Memory::share): what it has of a gibibyte, in proportion. Each table says
//! beside its bound what an entry takes at most. At a gibibyte they come to, in mebibytes at worst:
//!
//! | table | entries | bytes each, at most | MiB |
//! | --- | --- | --- | --- |
//! | routes, with sizes and owners | 65,536 | 1,860 | 116 |
//! | parameters that hold URLs | 16,384 | 312 | 5 |
//! | documents | 65,536 | 56 | 4 |
//! | clients | 262,144 | 64 | 16 |
//! | walks | 262,144 | 240 | 60 |
//! | what lies beside long walks | 262,144 | 240 | 60 |
//! | questions, by client and route | 131,072 | 128 | 16 |
//! | odd replies | 65,536 | 2,000 | 125 |
//! | uses of keys | 65,536 | 1,700 | 106 |
//! | stays of machines, issues of keys | 2 x 65,536 | 120 | 15 |
//! | findings | 131,072 | 1,024 | 128 |
//! | incidents that are told alone | 8,192 | 8,192 | 64 |
//!
//! That is more than half of it, if a log were the worst for each of them at once. An eighth is for what workers have not handed
//! over yet, and the rest for judging and for the report. A second pass has the room of the first for itself.
//!
//! **Threads.** Did every worker fill tables of its own, memory would grow with the threads. So a worker whose state is heavy
//! hands it over to one that all share, and goes on with an empty one, which drops from the beginning what the shared one
//! would. Merging is exact, so nobody can tell when that was; and all workers together hold an eighth, however many they are. One that
//! is alone hands nothing over: it keeps to the bounds whenever it holds an eighth more than they allow.
//!
//! The questions of a person ([`Trail`](crate::trail::Trail)), [`Routes`](crate::routes::Routes) and
//! [`Audit`](crate::audit::Audit) have tables of their own, which are given their shares in the same way.
//!
//! **What comes on top** is what the program takes without a log, which is set aside before the rest is shared out, and the
//! windows that packed files ask for to be unpacked.

/// How much memory a scan takes unless it is told otherwise, in bytes: one gibibyte.
pub const MEMORY_BYTES: u64 = 1 << 30;

/// The least that a scan can do anything useful with, in bytes.
pub const MEMORY_BYTES_MIN: u64 = 64 << 20;

/// What is set aside for the program itself, its catalogue, its buffers and what the allocator holds in large pages: those that
/// are not full, and those that were given back a moment ago, in bytes.
const PROGRAM_BYTES: u64 = 50 << 20;

/// Of how many bytes each thread needs one for itself, by its inverse: one thread for each so many bytes.
const BYTES_PER_THREAD: u64 = 32 << 20;

/// Which part of all memory is for what workers have not handed over.
const WORKERS_PART: u64 = 8;

/// How much memory there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    bytes: u64,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory { bytes: MEMORY_BYTES }
    }
}

impl Memory {
    /// So many bytes; `None` if they are fewer than [`MEMORY_BYTES_MIN`].
    pub fn of(bytes: u64) -> Option<Memory> {
        (MEMORY_BYTES_MIN <= bytes).then_some(Memory { bytes })
    }

    /// How many bytes there are.
    pub fn bytes(self) -> u64 {
        self.bytes
    }

    /// How many of so many threads there is room for.
    pub fn threads(self, wanted: usize) -> usize {
        let room = usize::try_from(self.bytes / BYTES_PER_THREAD).unwrap_or(usize::MAX);
        wanted.min(room).max(1)
    }

    /// How many entries a table has that has so many at a gibibyte.
    pub(crate) fn share(self, usual: usize) -> usize {
        let own = u128::from(self.bytes - PROGRAM_BYTES);
        let share = usual as u128 * own / u128::from(MEMORY_BYTES - PROGRAM_BYTES);
        // A place of a table has half of its bits for the number of an entry.
        (share as usize).clamp(1, 1 << 30)
    }

    /// How many bytes each of so many workers may hold before it hands them over.
    pub(crate) fn of_worker(self, workers: usize) -> usize {
        usize::try_from(self.bytes / WORKERS_PART).unwrap_or(usize::MAX) / workers.max(1)
    }
}

/// Hands what one worker took in over to another, and lets the first go on without it, dropping what the other would.
pub(crate) fn hand_over<S>((from, to): (&mut S, &mut S), emptied: fn(&S) -> S, merge: fn(&mut S, S)) {
    let empty = emptied(from);
    merge(to, std::mem::replace(from, empty));
    *from = emptied(to);
}

#[cfg(test)]
mod tests {
    use accesslog::{Position, Record};

    use super::*;
    use crate::{Detector, Limit};

    #[test]
    fn the_usual_memory_has_the_usual_bounds() {
        for usual in [1, 1 << 12, 1 << 16, 1 << 22] {
            assert_eq!(Memory::default().share(usual), usual);
        }
    }

    #[test]
    fn a_share_follows_from_the_bytes_alone_and_is_never_nothing() {
        let least = Memory::of(MEMORY_BYTES_MIN).unwrap();
        assert_eq!(Memory::of(MEMORY_BYTES_MIN - 1), None);
        assert_eq!(least.share(1), 1);
        assert_eq!(least.share(1 << 18), (1 << 18) * 14 / 974);
        assert_eq!(Memory::of(u64::MAX).unwrap().share(1 << 22), 1 << 30);
    }

    #[test]
    fn all_workers_together_hold_an_eighth() {
        for workers in [1, 2, 7, 32] {
            assert!(Memory::default().of_worker(workers) * workers <= 1 << 27);
        }
        assert_eq!([1, 2, 500].map(|threads| Memory::default().threads(threads)), [1, 2, 32]);
        assert_eq!(Memory::of(MEMORY_BYTES_MIN).unwrap().threads(64), 2);
    }

    /// A third of the lines bear a long text, and a third a longer one.
    fn line(number: u64) -> (String, Vec<u8>) {
        let length = [0, 1_500, 3_900][number as usize % 3];
        (format!("192.0.2.{}", number % 1_801), [b"/.env?", &vec![b'q'; length][..]].concat())
    }

    fn observe(detector: &mut Detector, number: u64) {
        let (client, target) = line(number);
        let record = Record {
            client: Some(client.as_bytes()),
            target: Some(&target),
            status: Some(if number.is_multiple_of(4) { 200 } else { 404 }),
            bytes: Some(400),
            raw: &target,
            ..Record::default()
        };
        detector.observe(Position { offset: number, line: number, ..Position::default() }, &record);
    }

    /// Where the findings stand that are kept, how many there are, and what is said of the bound.
    fn told(detector: Detector) -> (Vec<u64>, u64, Vec<Limit>) {
        let verdict = detector.finish();
        let kept = verdict.incidents.iter().flat_map(|incident| &incident.findings);
        let mut kept: Vec<u64> = kept.map(|one| one.finding.at.offset).collect();
        kept.sort_unstable();
        (kept, verdict.findings, verdict.limits)
    }

    #[test]
    fn which_findings_are_kept_depends_neither_on_how_they_were_shared_nor_on_when_they_were_handed_over() {
        let least = Memory::of(MEMORY_BYTES_MIN).unwrap();
        let empty = |workers: usize| Detector::default().within(least, workers);
        let numbers = 0..9_000;
        let mut whole = empty(1);
        numbers.clone().for_each(|number| observe(&mut whole, number));
        let whole = told(whole);
        assert_eq!(whole.1, 9_000);
        let weight: usize = whole.0.iter().map(|number| [1, 2, 8][*number as usize % 3]).sum();
        let bound = least.share(1 << 17);
        assert!(bound * 9 / 10 < weight && weight <= bound, "{weight} of {bound}");
        assert_eq!(whole.2.iter().map(|limit| limit.name).collect::<Vec<_>>(), ["findings"]);
        // A worker that is alone keeps what it holds.
        for (parts, of) in [(1, 1), (2, 40), (5, 40)] {
            let mut workers = vec![empty(of); parts];
            let mut shared = empty(of);
            for number in numbers.clone().rev() {
                let worker = &mut workers[number as usize * 31 % 97 % parts];
                observe(worker, number);
                if worker.is_heavy() || number.is_multiple_of(1_000) {
                    worker.hand_over(&mut shared);
                }
            }
            assert_eq!(shared.clone().finish().records == 0, of == 1);
            workers.into_iter().for_each(|worker| shared.merge(worker));
            assert_eq!(told(shared), whole, "{parts} parts");
        }
    }
}

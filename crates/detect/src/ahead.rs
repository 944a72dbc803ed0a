//! Asking memory for what will be wanted soon.
//!
//! The tables of a detector are larger than any cache, and a request that asks them waits for memory as long as all else that
//! is done with it takes. So what it will ask for is asked for ahead: the processor fetches it meanwhile, two dozen lines of
//! its cache at a time. To read it for nothing would do the same, but a processor waits for what it reads after a few hundred
//! instructions, and for what it is told to fetch it never does.

use prefetch_index::prefetch_index;

/// Fetches where a value begins: what else of it is wanted, and may lie in another line of the cache, is asked for by itself.
#[inline(always)]
pub(crate) fn fetch<T>(value: &T) {
    prefetch_index(std::slice::from_ref(value), 0);
}

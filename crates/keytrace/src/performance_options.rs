//! How much of the machine a scan takes.

use clap::Args;
use detect::{MEMORY_BYTES, MEMORY_BYTES_MIN, Memory};

use crate::input_values;

/// Options that say how much of the machine a scan takes.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Performance")]
pub(crate) struct PerformanceOptions {
    /// Keep within this much memory, however many clients, paths and agents there are, at least 64MiB; what a smaller bound
    /// leaves out is said in the report [default: 1GiB]
    #[arg(long, value_name = "SIZE", value_parser = input_values::size, default_value_t = MEMORY_BYTES, hide_default_value = true)]
    pub(crate) memory: u64,

    /// How many threads work, at most one for each 32 MiB of memory [default: as many as the machine has]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

impl PerformanceOptions {
    /// The memory that may be taken.
    ///
    /// # Errors
    ///
    /// That it is too little, for people.
    pub(crate) fn memory(&self) -> Result<Memory, String> {
        Memory::of(self.memory)
            .ok_or_else(|| format!("--memory {}: expected at least {}MiB", self.memory, MEMORY_BYTES_MIN >> 20))
    }
}

//! A bar that shows how far a scan has come.
//!
//! It is drawn on a terminal alone, and shows what is known: bytes, their rate, the time so far. It does not guess when
//! it will end, as compressed logs make every guess wrong.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use scan::Progress;

/// How often the bar is drawn, in milliseconds.
const TICK_MILLISECONDS: u64 = 100;

/// Runs `work` while a bar shows its progress toward `total` bytes, if it is wanted and there is a terminal for it.
pub(crate) fn shown<T: Send>(is_wanted: bool, total: u64, progress: &Progress, work: impl FnOnce() -> T + Send) -> T {
    if !is_wanted || !std::io::stderr().is_terminal() {
        return work();
    }
    let bar = bar(total);
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Acquire) {
                bar.set_position(progress.bytes());
                thread::sleep(Duration::from_millis(TICK_MILLISECONDS));
            }
            bar.finish_and_clear();
        });
        let result = work();
        is_done.store(true, Ordering::Release);
        result
    })
}

fn bar(total: u64) -> ProgressBar {
    let template = match total {
        0 => "{spinner} {bytes}  {bytes_per_sec}  {elapsed}",
        _ => "{wide_bar} {bytes} of {total_bytes}  {bytes_per_sec}  {elapsed}",
    };
    let style = ProgressStyle::with_template(template).expect("the template is sound");
    let bar = if total == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(total) };
    bar.with_style(style)
}

//! Logs that grow while they are read.
//!
//! A path names one file after another: a log is renamed and another made in its place, or it is copied and cut to nothing
//! where it stands. What is followed is the path; what is read are the files that have had it, each a source of its own,
//! from its first byte to its last, as a scan of all of them at the end would read them.
//!
//! **Which file.** A file is known by the handle that is held on it. While it is held nothing else can have its number on
//! disk, whatever is deleted and made, renamed or compressed meanwhile, and what a writer that was not told yet still
//! appends to it is read too. So the files that were put away stay open, [`HELD_MAX`] of them. When the path is found to
//! lead elsewhere, the files beside it are looked at as well: where rotations follow each other faster than anyone looks,
//! a log is made and put away unseen.
//!
//! **Which bytes.** A file that is cut and written to again may be longer than before when it is looked at next, and its
//! number is the same. So behind each reading the bytes before it are read once more, up to [`TAIL_BYTES`], and must be what
//! they were; if not, what was just read is dropped, and the file begins anew as another. In this order: what the check finds
//! unchanged was unchanged while the reading before it went on. A copy that was made before the cut, if there is one, is told by the same
//! bytes and read on in place of what is gone. That there was a cut is told in any case: what was written
//! between the copy and the cut is nowhere.
//!
//! **When.** Files are looked at again and again, since notices of the system differ between systems, are lost under load and
//! say nothing over a network. How long that is apart is measured by a clock that only goes forward ([`Clock`]); what
//! the day's clock says is never asked, so that setting it does nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::input::identity;
use crate::rotation::{Order, is_packed};
use crate::unpack::Loss;

mod held;

use held::{Held, Opening, Step};

/// How many files that were put away are held open, of all logs together.
///
/// The space of a file that is deleted is free when nobody holds it any more, so it must not be many.
pub const HELD_MAX: usize = 32;

/// How many bytes before a place are compared to tell whether a file is what it was.
pub(crate) const TAIL_BYTES: usize = 4 << 10;

/// How much is read of one file before others have their turn, in bytes.
const TURN_BYTES: u64 = 8 << 20;

/// How long nobody looks while something comes, and at most while nothing does.
const PAUSE_MIN: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// How long logs are followed, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Following {
    /// For how long; until it is stopped where this is not said.
    pub length: Option<Duration>,
    /// After how long a last line that does not go on is taken as it is; it is waited for where this is not said.
    pub partial: Option<Duration>,
}

/// A clock that only goes forward, and who waits by it.
pub trait Clock: Sync {
    /// How long it has been going.
    fn now(&self) -> Duration;
    /// Waits so long.
    fn wait(&self, time: Duration);
}

/// The clock of the system that nobody can set.
#[derive(Debug)]
pub struct Monotonic(Instant);

impl Default for Monotonic {
    fn default() -> Monotonic {
        Monotonic(Instant::now())
    }
}

impl Clock for Monotonic {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn wait(&self, time: Duration) {
        thread::sleep(time);
    }
}

/// How long to wait before looking again: twice as long each time nothing comes.
pub(crate) struct Pause(Duration);

impl Default for Pause {
    fn default() -> Pause {
        Pause(PAUSE_MIN)
    }
}

impl Pause {
    /// The next wait, at most as long as `left`.
    pub(crate) fn next(&mut self, come: Come, left: Duration) -> Duration {
        self.0 = match come {
            Come::More => return Duration::ZERO,
            Come::Some => PAUSE_MIN,
            Come::Nothing => (self.0 * 2).min(PAUSE_MAX),
        };
        self.0.min(left)
    }
}

/// What came of a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Come {
    /// Nothing is new.
    Nothing,
    /// Something was, and is read.
    Some,
    /// Something is that is not read yet.
    More,
}

/// A log that is followed.
struct Log {
    path: PathBuf,
    /// Its folder, and what its files are sorted by.
    folder: PathBuf,
    order: Order,
    /// The file that has its name now.
    current: Option<usize>,
    /// Why the file that has its name cannot be read.
    trouble: Option<(String, Loss)>,
    /// When its folder was last changed, as far as was seen.
    changed: Option<SystemTime>,
    /// Whether the files beside it are to be looked at once more, since some were being renamed at the last look.
    is_turning: bool,
    /// Whether it is put away by being copied and cut, as far as was seen, and not by being renamed.
    is_cut: bool,
}

/// Looks at logs that grow.
pub(crate) struct Follower {
    logs: Vec<Log>,
    files: Vec<Held>,
    /// How files beside the logs begin that are not to be read: those that were there before, and those that were let go.
    known: Vec<Vec<u8>>,
    has_digests: bool,
}

/// Something that happened to a file, by its number.
pub(crate) enum Event<'e> {
    /// The next one is met, as a file of this log.
    Begin(usize),
    /// These bytes come next.
    Bytes(usize, &'e [u8]),
    /// No more will come; whether that is because it was cut.
    End(usize, bool),
}

impl Follower {
    /// Follows the logs of these paths. Files beside them that are there already are none of it.
    pub(crate) fn new<'p>(paths: impl Iterator<Item = &'p Path>, has_digests: bool) -> Follower {
        let log = |path: &Path| Log {
            path: path.to_path_buf(),
            folder: path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
                .unwrap_or(Path::new("."))
                .to_path_buf(),
            order: Order::of(path),
            current: None,
            trouble: Some(("there was no such file".to_owned(), Loss::Yes)),
            changed: None,
            is_turning: false,
            is_cut: false,
        };
        let mut follower =
            Follower { logs: paths.map(log).collect(), files: Vec::new(), known: Vec::new(), has_digests };
        for log in 0..follower.logs.len() {
            for (path, opening) in follower.beside(log) {
                if follower.logs.iter().all(|log| log.path != path) {
                    follower.known.push(opening.bytes);
                }
            }
        }
        follower
    }

    /// Reads what is new.
    pub(crate) fn look(&mut self, each: &mut dyn FnMut(Event<'_>)) -> Come {
        let mut come = self.read(Some(TURN_BYTES), each);
        for log in 0..self.logs.len() {
            come = come.max(self.turn(log, each));
        }
        come
    }

    /// Reads what is there by now, and no more: a writer that never rests cannot keep it from coming to an end.
    pub(crate) fn last_look(&mut self, each: &mut dyn FnMut(Event<'_>)) {
        for _ in 0..2 {
            self.read(None, each);
            for log in 0..self.logs.len() {
                self.logs[log].is_turning = true;
                self.turn(log, each);
            }
        }
        self.read(None, each);
    }

    /// Reads on in all files that are held.
    fn read(&mut self, most: Option<u64>, each: &mut dyn FnMut(Event<'_>)) -> Come {
        let mut come = Come::Nothing;
        for file in 0..self.files.len() {
            let step = self.files[file].read_on(most, &mut |bytes| each(Event::Bytes(file, bytes)));
            come = come.max(match step {
                Step::Come(come) => come,
                Step::Cut => {
                    self.cut(file, each);
                    Come::Some
                }
            });
        }
        come
    }

    /// A file was cut where it stands: what is missing of it may be in a copy.
    fn cut(&mut self, file: usize, each: &mut dyn FnMut(Event<'_>)) {
        let log = self.files[file].log;
        if self.logs[log].current == Some(file) {
            self.logs[log].current = None;
        }
        let held = &self.files[file];
        let is_free = |opening: &Opening| self.files.iter().all(|other| !other.is_file(opening.id));
        let copy = self.beside(log).into_iter().find(|(_, opening)| is_free(opening) && held.goes_on_in(opening));
        match copy {
            Some((path, opening)) => {
                self.files[file].go_on_in(path, opening);
                self.files[file].read_on(None, &mut |bytes| each(Event::Bytes(file, bytes)));
            }
            None => {
                self.files[file].lose();
                each(Event::End(file, true));
            }
        }
    }

    /// Looks whether a path leads to another file than before, and begins with it then, and with those that had its name in
    /// between.
    fn turn(&mut self, log: usize, each: &mut dyn FnMut(Event<'_>)) -> Come {
        let path = self.logs[log].path.clone();
        let current = self.logs[log].current;
        let found = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
            Ok(metadata) if !metadata.is_file() => Err("no regular file".to_owned()),
            Ok(metadata) if current.is_some_and(|current| self.files[current].id == identity(&path, &metadata)) => {
                return self.unseen(log, None, each);
            }
            Ok(_) => Opening::of(&path).map(Some).map_err(|error| error.to_string()),
        };
        let next = found.as_ref().ok().and_then(Option::as_ref);
        // Only what was cut leaves its number to what follows it.
        let is_cut = next.is_some_and(|next| self.files.iter().any(|file| file.log == log && file.was(next.id)));
        let has_turned = current.is_some() || next.is_some();
        (self.logs[log].is_cut, self.logs[log].is_turning) = (is_cut, has_turned);
        let unseen = self.unseen(log, next, each);
        self.logs[log].is_turning |= has_turned;
        match found {
            // Between two files there is none.
            Ok(None) => self.logs[log].current = None,
            Err(because) => self.logs[log].trouble = Some((because, Loss::Yes)),
            // Another log's file, or one that is on its way to another name.
            Ok(Some(opening)) if self.files.iter().any(|file| file.is_file(opening.id)) => {
                let because = "the same file as another that is read".to_owned();
                self.logs[log].trouble = Some((because, Loss::No));
            }
            Ok(Some(opening)) => {
                let file = self.begin(log, path, opening, each);
                (self.logs[log].current, self.logs[log].trouble) = (Some(file), None);
                self.let_go(each);
                return Come::Some;
            }
        }
        unseen
    }

    /// Begins with files that were made and put away since the last look, the oldest first; `next` is the file that has
    /// the name now, where it is another than before.
    fn unseen(&mut self, log: usize, next: Option<&Opening>, each: &mut dyn FnMut(Event<'_>)) -> Come {
        let changed = fs::metadata(&self.logs[log].folder).and_then(|metadata| metadata.modified()).ok();
        let has_changed = changed != self.logs[log].changed;
        if !has_changed && !self.logs[log].is_turning {
            return Come::Nothing;
        }
        // What is new beside a log that is what it was is a copy of what it was before, and that was cut.
        self.logs[log].is_cut |= !self.logs[log].is_turning && self.logs[log].current.is_some();
        (self.logs[log].changed, self.logs[log].is_turning) = (changed, has_changed);
        let mut come = Come::Nothing;
        for (path, opening) in self.beside(log) {
            if let Some(file) = self.files.iter_mut().find(|file| file.is_file(opening.id)) {
                file.name = Some(path);
                continue;
            }
            // In this order: what is copied now has by now what the copy had when it was looked at.
            let is_known = self.known.iter().any(|known| opening.begins_with(known))
                || self.logs.iter().any(|log| log.path == path);
            let is_copy = || {
                let mut own = self.files.iter().filter(|file| file.log == log);
                next.is_some_and(|next| next.begins_as(&opening)) || own.any(|file| file.begins_as(&opening))
            };
            if !opening.bytes.is_empty() && !is_known && !is_copy() {
                let file = self.begin(log, path, opening, each);
                if self.logs[log].is_cut {
                    self.files[file].is_a_copy();
                }
                self.let_go(each);
                come = Come::Some;
            }
        }
        come
    }

    /// The files beside a log that were it, as their names say, the oldest first; those that are packed are not among them.
    fn beside(&self, log: usize) -> Vec<(PathBuf, Opening)> {
        let Log { folder, order, path, .. } = &self.logs[log];
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        let names = entries.filter_map(|entry| Some(path.with_file_name(entry.ok()?.file_name())));
        let mut found: Vec<PathBuf> =
            names.filter(|name| name != path && !is_packed(name) && Order::of(name).is_of_same_log(order)).collect();
        found.sort_by_cached_key(|name| Order::of(name));
        found.into_iter().filter_map(|name| Opening::of(&name).ok().map(|opening| (name, opening))).collect()
    }

    /// Holds a file.
    fn begin(&mut self, log: usize, path: PathBuf, opening: Opening, each: &mut dyn FnMut(Event<'_>)) -> usize {
        self.files.push(Held::new(log, path, opening, self.has_digests));
        each(Event::Begin(log));
        self.files.len() - 1
    }

    /// Lets go of the files that were put away first where there are too many.
    fn let_go(&mut self, each: &mut dyn FnMut(Event<'_>)) {
        let is_away = |file: &usize| self.files[*file].is_held() && !self.is_current(*file);
        let away: Vec<usize> = (0..self.files.len()).filter(is_away).collect();
        for file in away.iter().copied().take(away.len().saturating_sub(HELD_MAX)) {
            let oldest = &mut self.files[file];
            oldest.read_on(None, &mut |bytes| each(Event::Bytes(file, bytes)));
            self.known.push(oldest.let_go());
            each(Event::End(file, false));
        }
    }

    /// The file of that number.
    pub(crate) fn file(&self, file: usize) -> &Held {
        &self.files[file]
    }

    /// Whether a file has the name of its log.
    pub(crate) fn is_current(&self, file: usize) -> bool {
        self.logs[self.files[file].log].current == Some(file)
    }

    /// What each file is to be called: as it is named now, or as which file of its log it was read.
    pub(crate) fn names(&mut self) -> Vec<PathBuf> {
        for log in 0..self.logs.len() {
            let beside = self.beside(log);
            for (place, file) in self.files.iter_mut().enumerate().filter(|(_, file)| file.log == log) {
                let found = beside.iter().find(|(_, opening)| file.is_file(opening.id));
                let is_current = self.logs[log].current == Some(place);
                file.name =
                    if is_current { Some(self.logs[log].path.clone()) } else { found.map(|(name, _)| name.clone()) };
            }
        }
        let mut counts = vec![0; self.logs.len()];
        let name = |file: &Held| {
            counts[file.log] += 1;
            file.name.clone().unwrap_or_else(|| {
                let mut name = self.logs[file.log].path.clone().into_os_string();
                name.push(format!("!{}", counts[file.log]));
                PathBuf::from(name)
            })
        };
        self.files.iter().map(name).collect()
    }

    /// The logs that cannot be read as it is now, and why.
    pub(crate) fn troubles(&self) -> impl Iterator<Item = (&Path, &str, bool)> {
        self.logs.iter().filter_map(|log| {
            let (because, loss) = log.trouble.as_ref()?;
            Some((log.path.as_path(), because.as_str(), *loss == Loss::Yes))
        })
    }
}

#[cfg(test)]
mod tests;
